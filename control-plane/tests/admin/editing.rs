//! Parts of the configuration are changed one by one, by several at once.

use control_plane::{
    ConfigMode, Options,
    manage::{
        ManageError,
        config::{
            Apply, Author, Comes, apply,
            edit::{Edit, Editing, edit},
            rollback,
        },
    },
    start,
};
use control_plane_core::{
    audit::Actor,
    permission::{Grants, Role},
    resource::Resource,
};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    database::EmptyServer,
    plane::{Answer, DOCUMENT, Plane, local_admin, options},
};

fn weight(of: u64) -> Value {
    json!({"targets": [{"model": "openai/mini", "weight": of}]})
}

async fn document(plane: &Plane) -> Value {
    plane.get("/api/v1/config?format=json").await.json()
}

async fn patch(plane: &Plane, version: u64, operations: Value) -> Answer {
    let body = json!({"operations": operations, "expected_version": version, "comment": "by hand"});
    plane.send("PATCH", "/api/v1/config", Some(&plane.admin), Some(body)).await
}

#[tokio::test]
async fn a_patch_changes_what_it_names_as_one_version() {
    let plane = Plane::configured().await;
    let answer = patch(
        &plane,
        1,
        json!([
            {"op": "add", "path": "/groups/smart", "value": weight(3)},
            {"op": "add", "path": "/callers/0/allow/-", "value": "smart"},
            {"op": "replace", "path": "/providers/openai/models/mini/model", "value": "gpt-5-nano"},
        ]),
    )
    .await;
    assert_eq!((answer.status, answer.headers["etag"].as_str()), (200, "\"2\""), "{}", answer.text);
    let done = answer.json();
    assert_eq!((&done["version"], &done["merged"]), (&json!(2), &json!([])));
    let paths: Vec<&str> = done["changes"].as_array().unwrap().iter().map(|it| it["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["providers.openai.models.mini.model", "groups.smart", "callers[ana].allow"]);
    assert_eq!(document(&plane).await["callers"][0]["allow"], json!(["fast", "smart"]));
    let line = &plane.get("/api/v1/config/versions").await.json()["versions"][0];
    assert_eq!((&line["version"], &line["comment"]), (&json!(2), &json!("by hand")));
    assert!(line["author"].as_str().unwrap().starts_with("admin-token/"));
    // What is there already is not published again.
    let again = patch(&plane, 2, json!([{"op": "test", "path": "/version", "value": 1}])).await.json();
    assert_eq!((&again["version"], &again["changes"]), (&json!(2), &json!([])));
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named_at_once_and_nothing_is_changed() {
    let plane = Plane::configured().await;
    let answer = patch(
        &plane,
        1,
        json!([
            {"op": "add", "path": "/groups/fast/targets/0/weight", "value": "many"},
            {"op": "add", "path": "/groups/fast/polcy", "value": {}},
            {"op": "add", "path": "/callers/1/allow/-", "value": "slow"},
            {"op": "replace", "path": "/providers/openai/base_url", "value": "${ENDPOINT}"},
        ]),
    )
    .await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "config-invalid"));
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let pointers: Vec<&str> = errors.iter().map(|it| it["pointer"].as_str().unwrap()).collect();
    for pointer in
        ["/groups/fast/targets/0/weight", "/groups/fast/polcy", "/callers/1/allow/1", "/providers/openai/base_url"]
    {
        assert!(pointers.contains(&pointer), "{pointer}: {}", answer.text);
    }
    assert!(!answer.text.contains("from.environment"), "nothing is expanded");
    let missing = patch(&plane, 1, json!([{"op": "remove", "path": "/groups/slow"}])).await;
    assert_eq!((missing.status, missing.code().as_str()), (422, "patch-failed"));
    assert_eq!(missing.json()["errors"][0]["pointer"], "/groups/slow");
    assert_eq!(plane.get("/api/v1/config/versions").await.json()["versions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_variable_in_an_edit_stays_the_text_that_it_is() {
    let plane = Plane::configured().await;
    let purpose = json!([{"op": "add", "path": "/groups/fast/contract", "value": {"purpose": "costs ${ENDPOINT} $$"}}]);
    assert_eq!(patch(&plane, 1, purpose).await.status, 200);
    let shown = plane.get("/api/v1/config").await.text;
    assert_eq!(document(&plane).await["groups"]["fast"]["contract"]["purpose"], "costs ${ENDPOINT} $$");
    assert_eq!(plane.apply(&shown).await.json()["changes"], json!([]), "its export is applied: {shown}");
}

#[tokio::test]
async fn each_resource_is_read_put_and_removed() {
    let plane = Plane::configured().await;
    let mut version = 1;
    for (path, body, there) in [
        (
            "/api/v1/providers/openai",
            json!({"base_url": "https://b/v1", "dialects": ["openai-chat"], "models": {"mini": {"model": "x"}}}),
            true,
        ),
        ("/api/v1/providers/openai/models/big", json!({"model": "gpt-5"}), false),
        ("/api/v1/groups/smart", weight(7), false),
        ("/api/v1/callers/cleo", json!({"id": "cleo", "allow": ["smart"]}), false),
        ("/api/v1/projects/search", json!({"owner": "ana"}), false),
    ] {
        let before = plane.get(path).await;
        assert_eq!(before.status, if there { 200 } else { 404 }, "{path}");
        let unsaid = plane.send("PUT", path, Some(&plane.admin), Some(body.clone())).await;
        assert_eq!((unsaid.status, unsaid.code().as_str()), (428, "precondition-required"), "{path}");
        let put = plane.edit("PUT", &format!("{path}?comment=why"), version, Some(body.clone())).await;
        assert_eq!(put.status, 200, "{path}: {}", put.text);
        version += 1;
        let shown = plane.get(path).await;
        assert_eq!((shown.json(), shown.headers["etag"].clone()), (body, format!("\"{version}\"")), "{path}");
    }
    let prices = "/api/v1/providers/openai/models/mini/prices";
    assert_eq!(plane.get(prices).await.json(), json!({"prices": []}));
    let list = json!({"prices": [{"from": "2026-01-01", "input": 0.25, "output": 2}]});
    assert_eq!(plane.edit("PUT", prices, version, Some(list.clone())).await.status, 200);
    assert_eq!(plane.get(prices).await.json(), list);
    version += 1;
    let group = json!({"value": "fast"});
    assert_eq!(plane.edit("PUT", "/api/v1/settings/default_group", version, Some(group)).await.status, 200);
    version += 1;
    let refused = plane.edit("DELETE", "/api/v1/groups/fast", version, None).await;
    for pointer in ["/callers/0/allow/0", "/callers/1/allow/0", "/settings/default_group"] {
        assert!(refused.text.contains(pointer), "{}", refused.text);
    }
    for path in
        ["settings/default_group", "callers/cleo", "groups/smart", "projects/search", "providers/openai/models/big"]
    {
        let path = format!("/api/v1/{path}");
        let removed = plane.edit("DELETE", &path, version, None).await;
        assert_eq!(removed.status, 200, "{path}: {}", removed.text);
        version += 1;
        assert_eq!(plane.get(&path).await.status, 404);
        assert_eq!(plane.edit("DELETE", &path, version, None).await.code(), "not-found");
    }
    let nobody = plane.edit("PUT", "/api/v1/providers/none/models/m", version, Some(json!({"model": "x"}))).await;
    assert_eq!(nobody.code(), "not-found");
    let other = plane.edit("PUT", "/api/v1/callers/ana", version, Some(json!({"id": "ben"}))).await;
    assert_eq!((other.status, other.code().as_str()), (422, "invalid-value"));
}

#[tokio::test]
async fn of_two_who_edit_the_same_group_the_second_sees_both_versions() {
    let plane = Plane::configured().await;
    assert_eq!(plane.edit("PUT", "/api/v1/groups/fast", 1, Some(weight(5))).await.status, 200);
    let late = plane.edit("PUT", "/api/v1/groups/fast", 1, Some(weight(7))).await;
    assert_eq!((late.status, late.code().as_str()), (412, "edit-conflict"));
    let conflict = late.json()["conflict"].clone();
    assert_eq!((&conflict["based_on"], &conflict["current"]), (&json!(1), &json!(2)));
    assert_eq!(conflict["resource"]["name"], "groups.fast");
    assert_eq!(conflict["resource"]["base"], json!({"targets": [{"model": "openai/mini"}]}));
    assert_eq!(conflict["resource"]["current"], weight(5));
    let both = json!([{"path": "groups.fast.targets[openai/mini].weight", "base": null, "yours": 7, "theirs": 5}]);
    assert_eq!(conflict["both"], both);
    assert_eq!((&conflict["yours"][0]["after"], &conflict["theirs"][0]["after"]), (&json!(7), &json!(5)));
    assert_eq!(plane.get("/api/v1/groups/fast").await.json(), weight(5), "the first one's change stands");

    // Another field of the same group: told as well, and that no field is in question.
    let fidelity = json!({"targets": [{"model": "openai/mini"}], "fidelity": "strict"});
    let other = plane.edit("PUT", "/api/v1/groups/fast", 1, Some(fidelity)).await;
    assert_eq!((other.code().as_str(), &other.json()["conflict"]["both"]), ("edit-conflict", &json!([])));

    // Something else altogether: both stand, and it is said.
    let limits = json!({"allow": ["fast"], "limits": {"rpm": 60}});
    let merged = plane.edit("PUT", "/api/v1/callers/ana", 1, Some(limits)).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    assert_eq!(merged.json()["merged"][0]["path"], "groups.fast.targets[openai/mini].weight");
    let now = document(&plane).await;
    assert_eq!((&now["groups"]["fast"], &now["callers"][0]["limits"]["rpm"]), (&weight(5), &json!(60)));

    let future = plane.edit("PUT", "/api/v1/groups/fast", 99, Some(weight(1))).await;
    assert_eq!((future.status, future.code().as_str()), (412, "edit-conflict"));
    for bad in ["W/\"3\"", "3", "\"x\"", "\"1\", \"2\""] {
        let header = format!("if-match: {bad}\r\n");
        let path = "/api/v1/groups/fast";
        let answer = plane.send_with("PUT", path, Some(&plane.admin), &header, Some(weight(1))).await;
        assert_eq!(answer.code(), "invalid-request", "{bad}");
    }
}

#[tokio::test]
async fn an_edit_that_sends_a_key_elsewhere_needs_who_may_set_keys() {
    let plane = Plane::configured().await;
    let key = json!([{"op": "add", "path": "/providers/openai/credential", "value": {"env": "OPENAI_API_KEY"}}]);
    assert_eq!(patch(&plane, 1, key).await.status, 200);
    let operator = plane.admin_of("operator").await;
    let body = json!({"operations": [{"op": "replace", "path": "/providers/openai/base_url", "value": "https://evil.example"}], "expected_version": 2});
    let answer = plane.send("PATCH", "/api/v1/config", Some(&operator), Some(body)).await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "moves-keys"));
    let viewer = plane.admin_of("viewer").await;
    let answer = plane.send("DELETE", "/api/v1/groups/fast", Some(&viewer), None).await;
    assert_eq!(answer.code(), "forbidden");
}

#[tokio::test]
async fn two_editors_at_once_lose_nothing_on_sqlite() {
    two_editors_at_once_lose_nothing(Plane::start().await).await;
}

#[tokio::test]
async fn two_editors_at_once_lose_nothing_on_postgresql() {
    let Some(server) = EmptyServer::create().await else { return };
    two_editors_at_once_lose_nothing(Plane::start_at(&server.url).await).await;
    server.remove().await;
}

/// Each adds one to the weight of a group that both edit, and puts callers of its own beside the other's.
async fn two_editors_at_once_lose_nothing(plane: Plane) {
    const EACH: u64 = 15;
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    let editor = async |name: &str| {
        let mut conflicts = 0;
        for at in 0..EACH {
            let caller = format!("/api/v1/callers/{name}-{at}");
            let put = plane.edit("PUT", &caller, 1, Some(json!({"allow": ["fast"]}))).await;
            assert_eq!(put.status, 200, "a caller of its own is nobody else's: {}", put.text);
            loop {
                let read = plane.get("/api/v1/groups/fast").await;
                let version = read.headers["etag"].trim_matches('"').parse().unwrap();
                let next = read.json()["targets"][0]["weight"].as_u64().unwrap_or(1) + 1;
                let put = plane.edit("PUT", "/api/v1/groups/fast", version, Some(weight(next))).await;
                match put.status {
                    200 => break,
                    412 => conflicts += 1,
                    _ => panic!("{}", put.text),
                }
            }
        }
        conflicts
    };
    tokio::join!(editor("one"), editor("other"));
    let now = document(&plane).await;
    assert_eq!(now["groups"]["fast"], weight(1 + 2 * EACH));
    assert_eq!(now["callers"].as_array().unwrap().len() as u64, 2 + 2 * EACH);
    let versions = plane.get("/api/v1/config/versions?limit=1000").await.json();
    assert_eq!(versions["versions"].as_array().unwrap().len() as u64, 1 + 4 * EACH, "each is a version of its own");
    plane.running.stop().await;
}

#[tokio::test]
async fn a_configuration_that_is_a_file_is_not_changed_in_a_browser_and_elsewhere_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let file = "/etc/smart-router.yaml";
    let options = Options { config_mode: ConfigMode::File(file.to_owned()), ..options(dir.path()) };
    let running = start(options).await.unwrap();
    let plane = Plane { running, admin: local_admin(dir.path()).1, _dir: dir };
    let mode = json!({"config_mode": "file", "file": file, "editable_in_browser": false});
    assert_eq!(plane.get("/api/v1/config/mode").await.json(), mode);
    let warned = |answer: &Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.text.contains("the next start takes this back") && answer.text.contains(file)
    };
    assert!(warned(&plane.apply(DOCUMENT).await));
    assert!(!warned(&plane.apply(DOCUMENT).await), "nothing was changed");
    assert!(warned(&plane.edit("PUT", "/api/v1/groups/fast", 1, Some(weight(5))).await));
    assert!(warned(&plane.post("/api/v1/config/rollback", json!({"version": 1})).await));

    let control = plane.running.control();
    let actor = Actor::Person { provider: "corp".to_owned(), subject: "7".to_owned(), name: "Ana".to_owned() };
    let grants = Grants::everywhere(Role::Admin);
    let author = Author { actor: &actor, grants: &grants, comes: Comes::Browser { recent: true } };
    let put = Edit::Put(Resource::Group("fast".to_owned()), weight(7));
    let editing = Editing { edit: &put, based_on: Some(3), comment: "", ticket: "", draft: None };
    let text = DOCUMENT.replace("gpt-5-mini", "x");
    let whole = Apply { text: &text, comment: "", expected_version: None, file: None, force: false };
    for refused in [
        edit(control, author, &editing).await.err(),
        apply(control, author, &whole).await.err(),
        rollback(control, author, 2, "", None).await.err(),
    ] {
        let Some(ManageError::ReadOnly { file: named }) = &refused else { panic!("{refused:?}") };
        assert_eq!(named, file);
    }

    // Whoever comes with a cookie, whatever it was given for.
    let browser = Browser::of_age(&plane, 0, 0).await;
    let draft = plane.post("/api/v1/drafts", json!({"title": "x", "operations": []})).await.json();
    let draft = draft["draft"]["id"].as_str().unwrap().to_owned();
    let patch = json!({"operations": [{"op": "remove", "path": "/callers/0"}]});
    let put = weight(9);
    for (method, path, body) in [
        ("PATCH", "/api/v1/config", patch.clone()),
        ("PUT", "/api/v1/groups/fast", put.clone()),
        ("PUT", "/api/v1/settings/default_group", json!({"value": "fast"})),
        ("DELETE", "/api/v1/callers/ana", Value::Null),
        ("POST", "/api/v1/config/apply", json!({"document": "version: 1"})),
        ("POST", "/api/v1/config/rollback", json!({"version": 2})),
        ("POST", "/api/v1/drafts", json!({"title": "y"})),
    ] {
        let answer = browser.edit(method, path, 3, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "config-file"), "{method} {path}");
    }
    let theirs = browser.edit("POST", &format!("/api/v1/drafts/{draft}/apply"), 1, &json!({})).await;
    assert_eq!(theirs.code(), "not-found", "it is the token's");
}

#[tokio::test]
async fn who_leads_a_project_edits_its_groups_and_callers_and_sees_no_others() {
    let plane = Plane::start().await;
    let document = "\
version: 1
providers:
  openai: {base_url: https://api.openai.com/v1, dialects: [openai-chat], models: {mini: {model: gpt-5-mini, state: active}}}
groups:
  mine: {project: search, targets: [{model: openai/mini}]}
  other: {project: billing, targets: [{model: openai/mini}]}
projects: {search: {}, billing: {}}
callers:
  - {id: ana, project: search, allow: [mine]}
  - {id: ben, project: billing, allow: [other]}
";
    assert_eq!(plane.apply(document).await.status, 200);
    let lead = plane.admin_in("project-admin", "search").await;
    let ask = async |method: &str, path: &str, body: Option<Value>| {
        plane.send_with(method, &format!("/api/v1/{path}"), Some(&lead), "if-match: \"1\"\r\n", body).await
    };
    let group = |project: &str, weight: u64| json!({"project": project, "targets": [{"model": "openai/mini", "weight": weight}]});
    // Somebody changes another project's group meanwhile: it stays, and is not told.
    let theirs = plane.edit("PUT", "/api/v1/groups/other", 1, Some(group("billing", 9))).await;
    assert_eq!(theirs.status, 200, "{}", theirs.text);
    let mine = ask("PUT", "groups/mine", Some(group("search", 2))).await;
    assert_eq!((mine.status, &mine.json()["merged"]), (200, &json!([])), "{}", mine.text);
    assert_eq!(plane.get("/api/v1/groups/other").await.json(), group("billing", 9));
    assert_eq!(ask("GET", "groups/mine", None).await.json(), group("search", 2));
    assert_eq!(ask("PUT", "callers/ana", Some(json!({"project": "search", "limits": {"rpm": 5}}))).await.status, 200);
    for path in ["groups/other", "callers/ben", "projects/billing"] {
        assert_eq!(ask("GET", path, None).await.code(), "not-found", "{path}");
    }
    for path in ["groups/other", "callers/ben"] {
        assert_eq!(ask("DELETE", path, None).await.code(), "not-found", "{path}");
        let body = if path.starts_with("groups") { group("search", 1) } else { json!({"project": "search"}) };
        assert_eq!(ask("PUT", path, Some(body)).await.code(), "not-found", "{path}");
    }
    let away = ask("PUT", "groups/more", Some(group("billing", 1))).await;
    assert_eq!((away.status, away.code().as_str()), (403, "outside-domain"), "{}", away.text);
    for (method, path) in [("PUT", "providers/openai"), ("PUT", "settings/usage"), ("PUT", "projects/search")] {
        assert_eq!(ask(method, path, Some(json!({}))).await.code(), "forbidden", "{path}");
    }
}
