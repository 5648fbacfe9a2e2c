//! The pages of groups, providers and the catalogue, asked over HTTP as several roles.

use std::sync::Arc;

use control_plane::{
    clock::now_ms,
    ingest::{Batch, Ingest},
};
use prost::Message;
use proto::v1::{CostParts, UsageAttempt, UsageBatch, UsageEvent};
use serde_json::json;

use crate::plane::{Answer, Plane};

const DOCUMENT: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    credential: {env: OPENAI_API_KEY}
    models:
      mini:
        model: gpt-5-mini
        context_tokens: 400000
        modalities: {input: [text, image]}
        prices:
          - {input: 0.5, output: 3}
          - {from: 2026-02-01, input: 0.25, output: 2, source: https://openai.com/pricing}
          - {from: 2099-01-01, input: 9, output: 18}
      org/large:8b: {model: gpt-5, state: retired}
  spare:
    base_url: https://spare.example/v1
    dialects: [anthropic-messages]
    models: {haiku: {model: claude-haiku}}
projects: {search: {}, billing: {}}
groups:
  fast:
    contract: {purpose: Short answers}
    policy: {kind: weighted}
    targets: [{model: openai/mini, weight: 3}, {model: spare/haiku}]
  mine: {project: search, targets: [{model: openai/mini}]}
  theirs: {project: billing, targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast, mine], project: search}
  - {id: ben, allow: [fast, theirs], project: billing}
";

pub async fn page(plane: &Plane, path: &str, token: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    plane.raw(&head).await
}

pub async fn sent(plane: &Plane, path: &str, token: &str, form: &str) -> Answer {
    let content = format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}", form.len());
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}");
    plane.raw(&format!("{head}\r\n{content}\r\n\r\n{form}")).await
}

pub async fn configured() -> Plane {
    let plane = Plane::start().await;
    let answer = plane.apply(DOCUMENT).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    plane
}

/// Requests of a minute ago in `fast`: of four, one ends at the spare, after a call of the first target that came to nothing.
pub async fn used(plane: &Plane, count: u64) {
    let now = now_ms();
    let attempt = |target: &str, class: &str| UsageAttempt {
        target: target.into(),
        class: class.into(),
        latency_us: 7_000,
        first_byte_us: if class == "ok" { 5_000 } else { 0 },
        ..UsageAttempt::default()
    };
    let event = |sequence: u64| {
        let spare = sequence.is_multiple_of(4);
        let attempts = if spare {
            vec![attempt("openai/mini", "timeout"), attempt("spare/haiku", "ok")]
        } else {
            vec![attempt("openai/mini", "ok")]
        };
        UsageEvent {
            sequence,
            request_id: format!("req_{sequence:032x}"),
            started_ms: now - 60_000,
            caller: "ana".into(),
            project: "search".into(),
            group: "fast".into(),
            provider: if spare { "spare" } else { "openai" }.into(),
            model: if spare { "spare/haiku" } else { "openai/mini" }.into(),
            status: 200,
            code: "ok".into(),
            first_byte_us: 300_000,
            latency_us: 400_000,
            cost: Some(CostParts { total: 500_000_000, ..CostParts::default() }),
            attempts,
            ..UsageEvent::default()
        }
    };
    let events = (1..=count).map(|it| event(it).encode_to_vec().into()).collect();
    let (ingest, _) = Ingest::start(plane.running.control().store.clone(), Arc::default());
    let batch = Batch::new("node-1", UsageBatch { epoch: 1, events, nothing_older: true }).unwrap();
    ingest.submit(batch).await.await.unwrap().unwrap();
}

/// What of a page stands between two texts, without its markup.
fn between(page: &str, from: &str, to: &str) -> String {
    let rest = page.split_once(from).unwrap_or_else(|| panic!("no {from} in {page}")).1;
    let mut text = String::new();
    let mut inside = true;
    for it in rest.split_once(to).map_or(rest, |it| it.0).chars() {
        match it {
            '<' => inside = false,
            '>' => {
                inside = true;
                text.push(' ');
            }
            _ if inside => text.push(it),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_group_shows_what_was_meant_beside_what_was() {
    let plane = configured().await;
    used(&plane, 8).await;
    let list = page(&plane, "/groups", &plane.admin).await;
    assert_eq!(list.status, 200, "{}", list.text);
    let row = between(&list.text, "href=\"/groups/fast\"", "</tr>");
    for text in ["Short answers", "weighted", "openai/mini 75%", "$4.00"] {
        assert!(row.contains(text), "{text} in {row}");
    }
    // The first target fails in a fifth of its calls, and says so although all requests were served.
    assert!(row.contains("1 of 2 failing"), "{row}");
    let fast = page(&plane, "/groups/fast", &plane.admin).await;
    assert_eq!(fast.status, 200, "{}", fast.text);
    assert_eq!(between(&fast.text, "As configured</h3>", "</div>"), "openai/mini 75% spare/haiku 25%");
    assert_eq!(between(&fast.text, "Last 24 hours</h3>", "</div>"), "openai/mini 75% spare/haiku 25%");
    let mini = between(&fast.text, "aria-label=\"Targets\"", "spare/haiku</bdi></a></th>");
    assert!(mini.contains("failing") && mini.contains("8 calls in the last hour: timeout 2"), "{mini}");
    assert!(mini.contains("$0.25 in, $2.00 out"), "the price of today: {mini}");
    let callers = between(&fast.text, "aria-label=\"Callers that may use it\"", "</section>");
    assert!(callers.contains("ana") && callers.contains("ben") && callers.contains("$4.00"), "{callers}");
    for none in ["", "?q=answers", "?policy=weighted", "?project=search&q=mine"] {
        assert!(page(&plane, &format!("/groups{none}"), &plane.admin).await.text.contains("data-row-link"), "{none}");
    }
    assert!(page(&plane, "/groups?q=nothing", &plane.admin).await.text.contains("No group is like that"));
}

#[tokio::test]
async fn groups_of_other_projects_are_not_there() {
    let plane = configured().await;
    used(&plane, 4).await;
    let lead = plane.admin_in("project-admin", "billing").await;
    let list = page(&plane, "/groups", &lead).await;
    assert!(list.text.contains("/groups/theirs") && list.text.contains("/groups/fast"), "{}", list.text);
    assert!(!list.text.contains("/groups/mine") && !list.text.contains(">search<"), "{}", list.text);
    assert_eq!(page(&plane, "/groups/mine", &lead).await.status, 404);
    // What another project has sent is not theirs to see, nor is its caller.
    let shared = page(&plane, "/groups/fast", &lead).await;
    assert!(shared.text.contains("No requests.") && !shared.text.contains("ana"), "{}", shared.text);
    assert!(!shared.text.contains("/groups/fast/edit"), "what all share is not theirs to change: {}", shared.text);
    assert!(page(&plane, "/groups/theirs", &lead).await.text.contains("/groups/theirs/edit"));
    assert_eq!(page(&plane, "/providers", &lead).await.status, 403);
    let catalogue = page(&plane, "/catalogue", &lead).await;
    assert!(catalogue.text.contains("openai/mini") && !catalogue.text.contains("href=\"/providers\""));
}

#[tokio::test]
async fn a_provider_shows_its_key_as_a_reference_and_takes_another_unread() {
    let plane = configured().await;
    used(&plane, 4).await;
    let list = page(&plane, "/providers", &plane.admin).await;
    let row = between(&list.text, "href=\"/providers/openai\"", "</tr>");
    for text in ["https://api.openai.com/v1", "openai-chat", "variable", "failing"] {
        assert!(row.contains(text), "{text} in {row}");
    }
    let openai = page(&plane, "/providers/openai", &plane.admin).await;
    assert!(openai.text.contains("From the variable OPENAI_API_KEY") && !openai.text.contains("sk-planted"));
    assert!(!openai.text.contains("name=\"value\""), "the configuration says where its key comes from");
    let spare = page(&plane, "/providers/spare", &plane.admin).await;
    assert!(spare.text.contains("It has none") && spare.text.contains("type=\"password\""), "{}", spare.text);
    for wrong in ["value=", "value=two+words"] {
        let answer = sent(&plane, "/providers/spare/key", &plane.admin, wrong).await;
        assert!(answer.status == 422 && answer.text.contains("value-error"), "{}", answer.text);
        assert!(!answer.text.contains("two words"), "what was entered is not told again");
    }
    let set = sent(&plane, "/providers/spare/key", &plane.admin, "value=sk-secret-1").await;
    assert_eq!((set.status, set.headers["location"].as_str()), (303, "/providers/spare?told=key-set"));
    let sealed = page(&plane, "/providers/spare?told=key-set", &plane.admin).await;
    assert!(sealed.text.contains("for https://spare.example alone") && !sealed.text.contains("sk-secret"));
    assert!(sealed.text.contains("The key is sealed"), "{}", sealed.text);
    let operator = plane.admin_of("operator").await;
    assert!(!page(&plane, "/providers/spare", &operator).await.text.contains("type=\"password\""));
    assert_eq!(sent(&plane, "/providers/spare/key", &operator, "value=x").await.status, 403);
    let remove = "/providers/spare/key/remove";
    let asked = page(&plane, remove, &plane.admin).await;
    assert!(asked.text.contains("name=\"typed\"") && asked.text.contains("fast"), "{}", asked.text);
    assert_eq!(sent(&plane, remove, &plane.admin, "typed=yes").await.status, 422);
    assert_eq!(sent(&plane, remove, &plane.admin, "typed=spare").await.status, 303);
    assert!(page(&plane, "/providers/spare", &plane.admin).await.text.contains("It has none"));
    assert_eq!(page(&plane, "/providers/nobody", &plane.admin).await.status, 404);
}

#[tokio::test]
async fn the_catalogue_has_what_was_what_is_and_what_will_be_paid() {
    let plane = configured().await;
    let list = page(&plane, "/catalogue", &plane.admin).await;
    assert!(list.text.contains("href=\"/catalogue/openai/org%2Flarge%3A8b\""), "{}", list.text);
    let mini = between(&list.text, "href=\"/catalogue/openai/mini\"", "</tr>");
    assert!(mini.contains("400k") && mini.contains("image") && mini.contains("$0.25"), "{mini}");
    for (query, mini) in
        [("can=unpriced", false), ("can=image", true), ("q=gpt-5-MINI", true), ("provider=spare", false)]
    {
        let answer = page(&plane, &format!("/catalogue?{query}"), &plane.admin).await;
        assert_eq!(answer.text.contains("/catalogue/openai/mini"), mini, "{query}");
    }
    let one = page(&plane, "/catalogue/openai/mini", &plane.admin).await;
    let prices = between(&one.text, "aria-label=\"Prices\"", "</tbody>");
    let places: Vec<usize> = ["to come", "applies now", "past"].iter().map(|it| prices.find(it).unwrap()).collect();
    assert!(places.is_sorted(), "{prices}");
    assert!(prices.contains("2099-01-01 to come $9.00") && prices.contains("openai.com/pricing"), "{prices}");
    assert!(between(&one.text, "aria-label=\"Groups\"", "</table>").contains("fast weighted 3"), "{}", one.text);
    assert!(page(&plane, "/catalogue/openai/org%2Flarge%3A8b", &plane.admin).await.text.contains("No price"));
    assert_eq!(page(&plane, "/catalogue/openai/none", &plane.admin).await.status, 404);
    let file = async |format| page(&plane, &format!("/catalogue/export?format={format}"), &plane.admin).await;
    let csv = file("csv").await.text;
    assert!(
        csv.contains("openai/mini,gpt-5-mini,active,400000,,text image,text,true,true,2026-02-01,now,0.25,,,,2"),
        "{csv}"
    );
    assert_eq!(csv.lines().count(), 1 + 3 + 1 + 1);
    let json = file("json").await.json();
    assert_eq!((&json[0]["applies"], &json[2]["applies"]), (&json!("past"), &json!("to come")));
    assert_eq!(file("ndjson").await.text.lines().count(), 5);
}

#[tokio::test]
async fn pages_without_a_configuration_say_how_to_begin() {
    let plane = Plane::start().await;
    for (path, text) in
        [("/groups", "No model groups yet"), ("/providers", "No providers yet"), ("/catalogue", "No models yet")]
    {
        let answer = page(&plane, path, &plane.admin).await;
        assert!(answer.status == 200 && answer.text.contains(text), "{path}: {}", answer.text);
        assert!(answer.text.contains("/providers/new"), "{path}");
        let viewer = page(&plane, path, &plane.admin_of("viewer").await).await;
        assert!(viewer.status == 200 && !viewer.text.contains("/providers/new"), "{path}: {}", viewer.text);
    }
}
