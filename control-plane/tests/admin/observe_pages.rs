//! Explore, errors, sessions and requests as pages, asked over HTTP as several roles.

use std::{sync::Arc, time::SystemTime};

use control_plane::ingest::{Batch, Ingest};
use prost::Message;
use proto::v1::{CostParts, TokenUsage, UsageAttempt, UsageBatch, UsageEvent};
use serde_json::json;

use crate::plane::{Answer, Plane};

const DOCUMENT: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    models: {mini: {model: gpt-5-mini, state: active}, dear: {model: gpt-5, state: active}}
projects: {search: {}, billing: {}}
groups:
  fast: {targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast], project: search}
  - {id: ben, allow: [fast], project: billing}
";

pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

/// A page, with its addresses as a browser reads them.
async fn page(plane: &Plane, path: &str, token: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    let answer = plane.raw(&head).await;
    Answer { text: answer.text.replace("&#38;", "&").replace("&#39;", "'"), ..answer }
}

/// A request of a caller, so many minutes ago.
pub fn event(sequence: u64, caller: &str, minutes_ago: i64, dollars: u64) -> UsageEvent {
    let project = if caller == "ana" { "search" } else { "billing" };
    UsageEvent {
        sequence,
        request_id: format!("req_{sequence:032x}"),
        started_ms: now_ms() - minutes_ago * 60_000,
        caller: caller.into(),
        project: project.into(),
        session: format!("run/{caller} {}", sequence % 2),
        group: "fast".into(),
        requested_model: "fast".into(),
        provider: "openai".into(),
        model: "openai/mini".into(),
        status: 200,
        code: "ok".into(),
        latency_us: 120_000 * sequence,
        first_byte_us: 50_000,
        tokens: Some(TokenUsage { input: 40, output: 100, cached_input: 10, ..TokenUsage::default() }),
        cost: Some(CostParts { total: dollars * 1_000_000_000, ..CostParts::default() }),
        attempts: vec![attempt("openai/mini", "ok")],
        ..UsageEvent::default()
    }
}

fn attempt(target: &str, class: &str) -> UsageAttempt {
    UsageAttempt { target: target.into(), class: class.into(), latency_us: 7_000, ..UsageAttempt::default() }
}

pub fn failed(mut it: UsageEvent) -> UsageEvent {
    it.status = 503;
    it.code = "upstream-capacity-throttled".into();
    it.attempts = vec![attempt("openai/mini", "rate-limit")];
    it
}

pub async fn report(plane: &Plane, epoch: u64, events: Vec<UsageEvent>) {
    let (ingest, _) = Ingest::start(plane.running.control().store.clone(), Arc::default());
    let events = events.into_iter().map(|it| it.encode_to_vec().into()).collect();
    let batch = Batch::new("node-1", UsageBatch { epoch, events, nothing_older: true }).unwrap();
    ingest.submit(batch).await.await.unwrap().unwrap();
}

/// Four requests of ana, two of ben, one of them failed.
async fn used() -> Plane {
    let plane = Plane::start().await;
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    let events = vec![
        event(1, "ana", 5, 1),
        event(2, "ana", 4, 2),
        event(3, "ana", 3, 3),
        failed(event(4, "ana", 2, 0)),
        event(5, "ben", 90, 40),
        event(6, "ben", 1, 2),
    ];
    report(&plane, 1, events).await;
    plane
}

#[tokio::test]
async fn explore_tells_apart_adds_up_and_leads_to_the_rows() {
    let plane = used().await;
    let shown = page(&plane, "/explore?since=2h&metric=spend&group_by=caller&compare=true", &plane.admin).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    for part in [
        "Spend by caller per minute",
        "$48.00",
        "$42.00",
        "filter=caller%3Dben",
        "data-chart=\"stack\"",
        "no data before",
        "/api/v1/reports/usage?since=",
        "/api/v1/reports/series?since=",
        "smart-router report --metric spend --group-by caller --since 2h --top 10 --compare",
    ] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    let table = shown.text.split("class=\"table table-dense answer\"").nth(1).unwrap();
    assert!(table.find("ben").unwrap() < table.find("ana").unwrap(), "the most first");
    // What is not told apart by itself is in Other, and has its own rows.
    let top = page(&plane, "/explore?since=2h&group_by=caller&top=1&kind=bars", &plane.admin).await.text;
    assert!(top.contains("filter=caller%21%3Dben") && top.contains("1 more is in Other"), "{top}");
    let two = page(&plane, "/explore?since=2h&group_by=project&then_by=model&kind=table", &plane.admin).await.text;
    assert!(two.contains("filter=project%3Dbilling&filter=model%3Dopenai%2Fmini"), "{two}");
    assert!(!two.contains("data-chart="), "a table has no drawing");
}

#[tokio::test]
async fn explore_draws_maps_of_weeks_and_of_lengths() {
    let plane = used().await;
    let week = page(&plane, "/explore?since=24h&metric=requests&kind=heat", &plane.admin).await.text;
    assert!(week.contains("Requests by weekday and hour") && week.contains("Wednesday"), "{week}");
    let lengths = page(&plane, "/explore?since=2h&metric=latency_p95&kind=heat", &plane.admin).await.text;
    assert!(lengths.contains("Requests by latency over time"), "{lengths}");
    assert!(lengths.contains("filter=latency%3E%3D"), "a cell leads to its requests: {lengths}");
    let answer = plane.get("/api/v1/reports/heat?since=2h&metric=latency_p95").await.json();
    let counts = answer["bands"].as_array().unwrap().iter().flat_map(|it| it["counts"].as_array().unwrap());
    assert_eq!(counts.map(|it| it.as_u64().unwrap()).sum::<u64>(), 6);
    let answer = plane.get("/api/v1/reports/heat?since=24h&metric=requests").await.json();
    let hours = answer["week"].as_array().unwrap().iter().flat_map(|it| it["hours"].as_array().unwrap());
    assert_eq!(hours.map(|it| it.as_u64().unwrap()).sum::<u64>(), 6);
    let long = page(&plane, "/explore?since=365d&metric=requests&kind=heat", &plane.admin).await;
    assert!(long.status == 200 && long.text.contains("There is no map of this"), "{}", long.text);
}

#[tokio::test]
async fn explore_says_what_is_wrong_and_why_there_is_nothing() {
    let plane = used().await;
    for wrong in
        ["metric=shoes", "group_by=shoes", "bucket=year", "since=soon", "timezone=Mars", "since=90d&group_by=session"]
    {
        assert_eq!(page(&plane, &format!("/explore?{wrong}"), &plane.admin).await.status, 400, "{wrong}");
    }
    let none = page(&plane, "/explore?filter=caller%3Dnobody", &plane.admin).await.text;
    assert!(none.contains("No such requests") && none.contains("Clear all filters"), "{none}");
    let resting = page(&plane, "/explore?since=2h&filter=latency%3E1h", &plane.admin).await.text;
    assert!(resting.contains("is-idle") && resting.contains("$48.00"), "it does not know the field: {resting}");
    let fresh = Plane::start().await;
    let none = page(&fresh, "/explore", &fresh.admin).await.text;
    assert!(none.contains("No requests yet"), "{none}");
}

#[tokio::test]
async fn exports_of_explore_are_what_the_page_shows() {
    let plane = used().await;
    let mut dangerous = event(9, "ana", 1, 5);
    dangerous.client = "=HYPERLINK(\"http://x\")".into();
    report(&plane, 2, vec![dangerous]).await;
    let shown = page(&plane, "/explore?since=2h&group_by=client&kind=lines", &plane.admin).await.text;
    let links: Vec<String> = shown
        .split("href=\"")
        .filter_map(|it| it.split('"').next())
        .filter(|it| it.starts_with("/api/v1/reports/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(links.len(), 6, "{links:?}");
    for link in &links {
        let file = plane.get(link).await;
        assert_eq!(file.status, 200, "{link}: {}", file.text);
        if link.ends_with("format=csv") {
            assert!(file.text.contains("\"'=HYPERLINK("), "{}", file.text);
        }
        if link.ends_with("format=ndjson") {
            let mut rows = file.text.lines().map(|it| serde_json::from_str::<serde_json::Value>(it).unwrap());
            assert!(rows.all(|it| it["client"].is_string()), "{}", file.text);
        }
    }
}

#[tokio::test]
async fn errors_are_grouped_with_what_to_do_and_where_they_are() {
    let plane = used().await;
    let shown = page(&plane, "/errors?since=2h", &plane.admin).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    for part in [
        "upstream-capacity-throttled",
        "rate-limit",
        "openai/mini",
        "Failed requests by code",
        "/requests/req_00000000000000000000000000000004",
        "filter=code%3Dupstream-capacity-throttled&filter=group%3Dfast&filter=target%3Dopenai%2Fmini",
        "/api/v1/errors/export?since=2h&format=csv",
        "17%",
    ] {
        assert!(shown.text.contains(part), "{part} in {}", shown.text);
    }
    let file = page(&plane, "/api/v1/errors/export?since=2h&format=csv", &plane.admin).await.text;
    assert!(file.contains("\ncode,class,target,group,failures,"), "{file}");
    assert!(file.contains("\nupstream-capacity-throttled,rate-limit,openai/mini,fast,1,1,"), "{file}");
    let none = page(&plane, "/errors?since=2h&filter=caller%3Dben", &plane.admin).await.text;
    assert!(none.contains("No such errors"), "{none}");
    let kept = page(&plane, "/errors?since=2h&filter=latency%3E1s", &plane.admin).await;
    assert!(kept.status == 200 && kept.text.contains("is-idle"), "{}", kept.text);
}

#[tokio::test]
async fn a_session_adds_up_its_requests() {
    let plane = used().await;
    let list = page(&plane, "/sessions?since=2h", &plane.admin).await;
    assert_eq!(list.status, 200, "{}", list.text);
    assert!(list.text.contains("/sessions/run%2Fana%201") && list.text.contains("4 sessions"), "{}", list.text);
    let one = page(&plane, "/sessions/run%2Fana%201", &plane.admin).await;
    assert_eq!(one.status, 200, "{}", one.text);
    for part in ["run/ana 1", "$4.00", "2 of 2", "openai/mini", "smart-router request list --id 'run/ana 1'"] {
        assert!(one.text.contains(part), "{part} in {}", one.text);
    }
    let told = plane.get("/api/v1/sessions/run%2Fana%201").await.json();
    assert_eq!((&told["requests"], &told["cached_input_tokens"]), (&json!(2), &json!(20)), "{told}");
    let file = page(&plane, "/api/v1/sessions/export?since=2h&format=ndjson", &plane.admin).await.text;
    assert_eq!(file.matches("{\"session\":").count(), 4, "{file}");
    assert_eq!(page(&plane, "/sessions/none", &plane.admin).await.status, 404);
}

#[tokio::test]
async fn who_sees_one_project_sees_its_rows_alone() {
    let plane = used().await;
    let lead = plane.admin_in("viewer", "search").await;
    let explored = page(&plane, "/explore?since=2h&group_by=caller", &lead).await.text;
    assert!(explored.contains("$6.00") && !explored.contains(">ben<"), "{explored}");
    let sessions = page(&plane, "/sessions?since=2h", &lead).await.text;
    assert!(sessions.contains("run/ana 0") && !sessions.contains("run/ben"), "{sessions}");
    assert_eq!(page(&plane, "/sessions/run%2Fben%201", &lead).await.status, 404);
    assert_eq!(plane.send("GET", "/api/v1/sessions/run%2Fben%201", Some(&lead), None).await.status, 404);
    let other = plane.admin_in("viewer", "billing").await;
    let errors = page(&plane, "/errors?since=2h", &other).await.text;
    assert!(errors.contains("All 2 requests of this period were served."), "{errors}");
    let file = page(&plane, "/api/v1/errors/export?since=2h&format=ndjson", &other).await;
    assert!(file.status == 200 && !file.text.contains("upstream"), "{}", file.text);
    let file = page(&plane, "/api/v1/sessions/export?since=2h&format=csv", &other).await;
    assert!(file.text.contains("run/ben") && !file.text.contains("run/ana"), "{}", file.text);
    let heat = plane.send("GET", "/api/v1/reports/heat?since=2h&metric=latency_p50", Some(&other), None).await.json();
    let counts = heat["bands"].as_array().unwrap().iter().flat_map(|it| it["counts"].as_array().unwrap());
    assert_eq!(counts.map(|it| it.as_u64().unwrap()).sum::<u64>(), 2);
}

#[tokio::test]
async fn values_are_suggested_of_what_may_be_seen() {
    let plane = used().await;
    let told = async |query: &str, token: &str| {
        let path = format!("/api/v1/values?{query}");
        plane.send("GET", &path, Some(token), None).await.json()["values"].clone()
    };
    assert_eq!(told("dimension=caller", &plane.admin).await, json!(["ana", "ben"]));
    assert_eq!(told("dimension=model&q=MINI", &plane.admin).await, json!(["openai/mini"]));
    assert_eq!(told("dimension=session", &plane.admin).await, json!([]), "there are too many of them");
    let lead = plane.admin_in("viewer", "search").await;
    assert_eq!(told("dimension=caller", &lead).await, json!(["ana"]));
    assert_eq!(plane.get("/api/v1/values?dimension=caller&x=1").await.status, 400);
    // Without scripts the value is written as a text.
    let form =
        page(&plane, "/requests?filter_dimension=caller&filter_is=%3D&filter_value=ana", &plane.admin).await.text;
    assert!(form.contains("<datalist id=\"filter-values\">") && form.contains("4 of 4"), "{form}");
}

#[tokio::test]
async fn a_list_that_is_followed_names_its_stream() {
    let plane = used().await;
    let list = page(&plane, "/requests?since=2h&filter=caller%3Dana&live=1", &plane.admin).await.text;
    assert!(list.contains("data-tail=\"/api/v1/requests/tail?filter=caller%3Dana\""), "{list}");
    assert!(list.contains("tail.js") && list.contains("Pause"), "{list}");
    let still = page(&plane, "/requests?since=2h", &plane.admin).await.text;
    assert!(!still.contains("data-tail=") && !still.contains("tail.js"), "{still}");
}

async fn sent(plane: &Plane, path: &str, token: &str, form: &str) -> Answer {
    let content = format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}", form.len());
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}");
    plane.raw(&format!("{head}\r\n{content}\r\n\r\n{form}")).await
}

#[tokio::test]
async fn a_search_is_kept_under_a_name_by_whoever_named_it() {
    let plane = used().await;
    let form =
        "name=dear+%3Cb%3E&return_to=%2Frequests%3Fsince%3D2h%26filter%3Dcaller%253Dana%26after%3Dx%26sort%3Dcost";
    let kept = sent(&plane, "/requests/views", &plane.admin, form).await;
    assert_eq!(kept.status, 303, "{}", kept.text);
    assert_eq!(kept.headers["location"], "/requests?since=2h&filter=caller%3Dana&sort=cost&told=view-kept");
    let list = page(&plane, "/requests?since=2h&filter=caller%3Dana&sort=cost", &plane.admin).await.text;
    let tab = list.split("<a ").find(|it| it.contains("dear")).unwrap();
    assert!(tab.contains("since=2h&filter=caller%3Dana&sort=cost\" aria-current=\"true\""), "{tab}");
    assert!(!list.contains("<b>"), "a name is a text");
    let views = plane.get("/api/v1/views").await.json();
    assert_eq!(views["views"][0]["query"], "since=2h&filter=caller%3Dana&sort=cost");
    // Again under the same name: there is one. Nobody else has it, nor can remove it.
    let again = plane.post("/api/v1/views", json!({"name": "dear <b>", "query": "since=1h"})).await;
    assert_eq!(again.status, 201, "{}", again.text);
    let views = plane.get("/api/v1/views").await.json();
    assert_eq!((views["views"].as_array().unwrap().len(), &views["views"][0]["query"]), (1, &json!("since=1h")));
    let id = views["views"][0]["id"].as_str().unwrap().to_owned();
    let other = plane.admin_of("viewer").await;
    assert_eq!(plane.send("GET", "/api/v1/views", Some(&other), None).await.json()["views"], json!([]));
    assert_eq!(plane.send("DELETE", &format!("/api/v1/views/{id}"), Some(&other), None).await.status, 404);
    for wrong in ["", " ", "a\nb", &"x".repeat(81)] {
        let answer = plane.post("/api/v1/views", json!({"name": wrong, "query": ""})).await;
        assert_eq!(answer.status, 422, "{wrong:?}");
    }
    let removed = sent(&plane, &format!("/requests/views/{id}/remove"), &plane.admin, "").await;
    assert_eq!((removed.status, removed.headers["location"].as_str()), (303, "/requests?told=view-removed"));
    assert_eq!(plane.get("/api/v1/views").await.json()["views"], json!([]));
}
