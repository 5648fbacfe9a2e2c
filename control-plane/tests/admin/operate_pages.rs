//! The pages of versions and drafts, asked over HTTP as several roles.

use control_plane::{ConfigMode, Options, start};
use serde_json::json;

use crate::{
    database::EmptyServer,
    plane::{Answer, Plane, local_admin, options},
};

const DOCUMENT: &str = "\
version: 1
providers:
  openai:
    base_url: https://api.openai.com/v1
    dialects: [openai-chat]
    models: {mini: {model: gpt-5-mini, state: active}}
projects: {search: {}, billing: {}}
groups:
  fast: {targets: [{model: openai/mini}]}
  theirs: {project: billing, aliases: [hidden-alias], targets: [{model: openai/mini}]}
callers:
  - {id: ana, allow: [fast], project: search}
  - {id: hidden-ben, allow: [theirs], project: billing}
";

pub async fn page(plane: &Plane, path: &str, token: &str) -> Answer {
    let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n");
    plane.raw(&head).await
}

pub async fn sent(plane: &Plane, path: &str, token: &str, form: &[(&str, &str)]) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let content = format!("content-type: application/x-www-form-urlencoded\r\ncontent-length: {}", form.len());
    let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}");
    plane.raw(&format!("{head}\r\n{content}\r\n\r\n{form}")).await
}

pub async fn configured(plane: Plane) -> Plane {
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    let more = json!({"operations": [{"op": "add", "path": "/groups/fast/fidelity", "value": "strict"}],
        "comment": "stricter <script>", "expected_version": 1});
    assert_eq!(plane.send("PATCH", "/api/v1/config", Some(&plane.admin), Some(more)).await.status, 200);
    plane
}

/// The text of a page without what is escaped and marked up in it.
pub fn text(answer: &Answer) -> String {
    answer.text.replace("&#60;", "<").replace("&#62;", ">").replace("&#34;", "\"").replace("&#39;", "'")
}

/// Where a draft is that was just saved or begun.
pub fn led_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers["location"].clone()
}

#[tokio::test]
async fn versions_are_listed_seen_compared_and_exported_on_sqlite() {
    versions_are_listed_seen_compared_and_exported(Plane::start().await).await;
}

#[tokio::test]
async fn versions_are_listed_seen_compared_and_exported_on_postgresql() {
    let Some(server) = EmptyServer::create().await else { return };
    versions_are_listed_seen_compared_and_exported(Plane::start_at(&server.url).await).await;
    server.remove().await;
}

async fn versions_are_listed_seen_compared_and_exported(plane: Plane) {
    let empty = page(&plane, "/versions", &plane.admin).await;
    assert!(empty.status == 200 && empty.text.contains("No configuration yet"), "{}", empty.text);
    let plane = configured(plane).await;
    let list = page(&plane, "/versions", &plane.admin).await;
    assert!(list.status == 200 && list.text.contains("/versions/2\""), "{}", list.text);
    assert!(list.text.contains("Group fast") && !list.text.contains("<script>"), "{}", list.text);
    assert!(text(&list).contains("stricter <script>"), "{}", list.text);
    let one = page(&plane, "/versions/2", &plane.admin).await;
    assert_eq!(one.status, 200, "{}", one.text);
    for told in ["Fidelity of the group fast", "beside version 1", "No router has joined", "Group fast changes"] {
        assert!(one.text.contains(told), "{told} in {}", one.text);
    }
    let first = page(&plane, "/versions/1", &plane.admin).await;
    assert!(
        first.text.contains("beside an empty document") && first.text.contains("/versions/1/rollback"),
        "{}",
        first.text
    );
    let compared = page(&plane, "/versions/compare?from=2&to=1", &plane.admin).await;
    assert!(compared.text.contains("From 2 to 1") && compared.text.contains("Fidelity"), "{}", compared.text);
    assert_eq!(page(&plane, "/versions/compare?from=2", &plane.admin).await.status, 400);
    let file = page(&plane, "/versions/1/export", &plane.admin).await;
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"smart-router-1.yaml\"");
    assert!(file.text.starts_with("version: 1\n") && !file.text.contains("strict"), "{}", file.text);
    // A number that a token took leads to what was in force then.
    plane.token_of("ana").await;
    assert_eq!(page(&plane, "/versions/3", &plane.admin).await.headers["location"], "/versions/2");
    for missing in ["/versions/99", "/versions/99/export", "/versions/99/rollback"] {
        assert_eq!(page(&plane, missing, &plane.admin).await.status, 404, "{missing}");
    }
    let detail = plane.get("/api/v1/config/versions/2").await.json();
    assert_eq!((&detail["base_version"], &detail["changes"][0]["path"]), (&json!(1), &json!("groups.fast.fidelity")));
    assert_eq!(detail["effects"]["groups"][0]["id"], "fast");
    plane.running.stop().await;
}

#[tokio::test]
async fn a_way_back_is_looked_at_and_gone() {
    let plane = configured(Plane::start().await).await;
    let asked = page(&plane, "/versions/1/rollback", &plane.admin).await;
    assert!(asked.text.contains("Go back to version 1") && asked.text.contains("Fidelity"), "{}", asked.text);
    let form = |expected| [("comment", "too strict"), ("expected_version", expected)];
    // Somebody else was quicker: nothing is done, and what was written stays.
    let late = sent(&plane, "/versions/1/rollback", &plane.admin, &form("1")).await;
    assert!(late.status == 409 && late.text.contains("too strict"), "{} {}", late.status, late.text);
    let done = led_to(&sent(&plane, "/versions/1/rollback", &plane.admin, &form("2")).await);
    assert_eq!(done, "/versions/3?told=version-applied");
    let seen = page(&plane, &done, &plane.admin).await;
    assert!(seen.text.contains("too strict") && seen.text.contains("version 1, again"), "{}", seen.text);
    assert_eq!(plane.get("/api/v1/groups/fast").await.json().get("fidelity"), None);
}

#[tokio::test]
async fn a_draft_is_written_corrected_and_applied() {
    let plane = configured(Plane::start().await).await;
    let new = page(&plane, "/versions/drafts/new", &plane.admin).await;
    assert!(new.status == 200 && new.text.contains("fidelity: strict"), "{}", new.text);
    let wrong = DOCUMENT.replace("fast: {targets: [{model: openai/mini}]}", "fast: {targets: [{model: openai/mimi}]}");
    let form = |document, revision| {
        [
            ("title", "cheaper"),
            ("ticket", "OPS-7"),
            ("base_version", "2"),
            ("revision", revision),
            ("document", document),
        ]
    };
    let saved = sent(&plane, "/versions/drafts", &plane.admin, &form(&wrong, "0")).await;
    assert_eq!(saved.status, 422, "{}", saved.text);
    for told in ["line 9, column", "/groups/fast/targets/0/model", "saved as a draft", "openai/mimi"] {
        assert!(saved.text.contains(told), "{told} in {}", saved.text);
    }
    let draft = plane.get("/api/v1/drafts").await.json()["drafts"][0]["id"].as_str().unwrap().to_owned();
    let at = format!("/versions/drafts/{draft}");
    let seen = page(&plane, &at, &plane.admin).await;
    assert!(seen.text.contains("It cannot be applied") && !seen.text.contains("Apply over"), "{}", seen.text);
    assert!(page(&plane, "/versions", &plane.admin).await.text.contains("cheaper"));
    // What is no document at all is not kept, and stands there again.
    let torn = sent(&plane, &format!("{at}/edit"), &plane.admin, &form("version: 1\ngroups: [\n", "1")).await;
    assert!(
        torn.status == 422 && torn.text.contains("It is not saved") && torn.text.contains("groups: ["),
        "{}",
        torn.text
    );
    let right = led_to(&sent(&plane, &format!("{at}/edit"), &plane.admin, &form(DOCUMENT, "1")).await);
    assert_eq!(right, at);
    let seen = page(&plane, &at, &plane.admin).await;
    assert!(seen.text.contains("Apply over version 2") && seen.text.contains("OPS-7"), "{}", seen.text);
    let apply = |revision, expected| {
        [("comment", "back"), ("ticket", "OPS-8"), ("revision", revision), ("expected_version", expected)]
    };
    let stale = sent(&plane, &format!("{at}/apply"), &plane.admin, &apply("2", "1")).await;
    assert!(stale.status == 409 && stale.text.contains("OPS-8"), "{} {}", stale.status, stale.text);
    let revision = plane.get(&format!("/api/v1/drafts/{draft}")).await.json()["draft"]["revision"].to_string();
    let done = led_to(&sent(&plane, &format!("{at}/apply"), &plane.admin, &apply(&revision, "2")).await);
    assert_eq!(done, "/versions/3?told=version-applied");
    let seen = page(&plane, &done, &plane.admin).await;
    assert!(seen.text.contains("OPS-8") && seen.text.contains("It is published"), "{}", seen.text);
    assert_eq!(page(&plane, &at, &plane.admin).await.status, 404);
}

#[tokio::test]
async fn two_who_change_the_same_see_both_and_lose_nothing() {
    let plane = configured(Plane::start().await).await;
    let document = |weight: u64| {
        DOCUMENT.replace(
            "fast: {targets: [{model: openai/mini}]}",
            &format!("fast: {{fidelity: strict, targets: [{{model: openai/mini, weight: {weight}}}]}}"),
        )
    };
    let form = |text| [("title", "mine"), ("base_version", "2"), ("document", text)];
    let at = led_to(&sent(&plane, "/versions/drafts", &plane.admin, &form(&document(5))).await);
    let theirs = json!({"operations": [{"op": "add", "path": "/groups/fast/targets/0/weight", "value": 7},
        {"op": "add", "path": "/groups/fast/aliases", "value": ["quick"]}], "comment": "seven is better", "expected_version": 2});
    assert_eq!(plane.send("PATCH", "/api/v1/config", Some(&plane.admin), Some(theirs)).await.status, 200);
    let seen = page(&plane, &at, &plane.admin).await;
    assert!(seen.text.contains("Others have changed a field") && !seen.text.contains("Apply over"), "{}", seen.text);
    let both = page(&plane, &format!("{at}/rebase"), &plane.admin).await;
    for told in ["seven is better", "Weight of the target openai/mini of the group fast", "quick", ">5<", ">7<"] {
        assert!(both.text.contains(told), "{told} in {}", both.text);
    }
    let path = "groups.fast.targets[openai/mini].weight";
    let open = sent(&plane, &format!("{at}/rebase"), &plane.admin, &[("revision", "1")]).await;
    assert_eq!(open.status, 409, "{}", open.text);
    let chosen = [("revision", "1"), (path, "yours")];
    assert_eq!(
        led_to(&sent(&plane, &format!("{at}/rebase"), &plane.admin, &chosen).await),
        format!("{at}?told=draft-rebased")
    );
    let apply = [("comment", "five"), ("revision", "2"), ("expected_version", "3")];
    assert_eq!(
        led_to(&sent(&plane, &format!("{at}/apply"), &plane.admin, &apply).await),
        "/versions/4?told=version-applied"
    );
    let group = plane.get("/api/v1/groups/fast").await.json();
    assert_eq!((&group["targets"][0]["weight"], &group["aliases"]), (&json!(5), &json!(["quick"])));
}

#[tokio::test]
async fn drafts_are_discarded_after_a_question() {
    let plane = configured(Plane::start().await).await;
    let at =
        led_to(&sent(&plane, "/versions/drafts", &plane.admin, &[("base_version", "2"), ("document", DOCUMENT)]).await);
    assert!(page(&plane, &format!("{at}/discard"), &plane.admin).await.text.contains("is lost"));
    let other = plane.admin_of("operator").await;
    assert_eq!(page(&plane, &at, &other).await.status, 404, "it is its owner's alone");
    assert_eq!(
        led_to(&sent(&plane, &format!("{at}/discard"), &plane.admin, &[]).await),
        "/versions?told=draft-discarded"
    );
    assert_eq!(page(&plane, &at, &plane.admin).await.status, 404);
}

#[tokio::test]
async fn a_file_is_read_only_in_the_browser() {
    let dir = tempfile::tempdir().unwrap();
    let mode = ConfigMode::File("smart-router.yaml".to_owned());
    let running = start(Options { config_mode: mode, ..options(dir.path()) }).await.unwrap();
    let plane = Plane { running, admin: local_admin(dir.path()).1, _dir: dir };
    let plane = configured(plane).await;
    let list = page(&plane, "/versions", &plane.admin).await;
    assert!(list.text.contains("smart-router.yaml") && !list.text.contains("Write a document"), "{}", list.text);
    let one = page(&plane, "/versions/1", &plane.admin).await;
    assert!(!one.text.contains("/rollback\""), "{}", one.text);
    for (path, form) in [("/versions/1/rollback", "comment"), ("/versions/drafts", "document")] {
        let refused = sent(&plane, path, &plane.admin, &[(form, "version: 1")]).await;
        assert_eq!(refused.status, 409, "{path}: {}", refused.text);
    }
}

#[tokio::test]
async fn what_belongs_to_other_projects_is_in_no_version() {
    let plane = configured(Plane::start().await).await;
    let theirs = json!({"operations": [{"op": "add", "path": "/groups/theirs/fidelity", "value": "strict"}],
        "comment": "hidden-words", "expected_version": 2});
    assert_eq!(plane.send("PATCH", "/api/v1/config", Some(&plane.admin), Some(theirs)).await.status, 200);
    let lead = plane.admin_in("project-admin", "search").await;
    for path in [
        "/versions",
        "/versions/1",
        "/versions/2",
        "/versions/3",
        "/versions/1/export",
        "/versions/compare?from=1&to=3",
    ] {
        let seen = page(&plane, path, &lead).await;
        assert_eq!(seen.status, 200, "{path}: {}", seen.text);
        assert!(!seen.text.contains("hidden-") && !seen.text.contains("Group theirs"), "{path}: {}", seen.text);
    }
    let own = page(&plane, "/versions/2", &lead).await;
    assert!(own.text.contains("Fidelity of the group fast") && !own.text.contains("/rollback"), "{}", own.text);
    assert!(page(&plane, "/versions/3", &lead).await.text.contains("Nothing changes"));
    for refused in ["/versions/1/rollback", "/versions/drafts/new", "/versions/2/acks"] {
        assert_eq!(page(&plane, refused, &lead).await.status, 403, "{refused}");
    }
    let viewer = plane.admin_of("viewer").await;
    let seen = page(&plane, "/versions/1", &viewer).await;
    assert!(seen.status == 200 && !seen.text.contains("/rollback\""), "{}", seen.text);
    assert_eq!(sent(&plane, "/versions/1/rollback", &viewer, &[]).await.status, 403);
}
