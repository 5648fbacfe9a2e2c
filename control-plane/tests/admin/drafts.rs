//! Drafts: what somebody is working on, beside what others publish.

use control_plane::start;
use serde_json::{Value, json};

use crate::{
    database::EmptyServer,
    plane::{Answer, DOCUMENT, Plane, local_admin, options},
};

fn weigh(weight: u64) -> Value {
    json!([{"op": "add", "path": "/groups/fast/targets/0/weight", "value": weight}])
}

async fn begin(plane: &Plane, body: Value) -> Value {
    let answer = plane.post("/api/v1/drafts", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

fn id(draft: &Value) -> String {
    format!("/api/v1/drafts/{}", draft["draft"]["id"].as_str().unwrap())
}

async fn preview(plane: &Plane, draft: &str) -> Value {
    let answer = plane.get(&format!("{draft}/preview")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn a_draft_becomes_a_version_on_sqlite() {
    a_draft_becomes_a_version(Plane::start().await).await;
}

#[tokio::test]
async fn a_draft_becomes_a_version_on_postgresql() {
    let Some(server) = EmptyServer::create().await else { return };
    a_draft_becomes_a_version(Plane::start_at(&server.url).await).await;
    server.remove().await;
}

async fn a_draft_becomes_a_version(plane: Plane) {
    plane.apply(DOCUMENT).await;
    let made = begin(&plane, json!({"title": "cheaper", "ticket": "OPS-71", "operations": weigh(5)})).await;
    assert_eq!((&made["draft"]["base_version"], &made["draft"]["revision"]), (&json!(1), &json!(1)));
    let draft = id(&made);
    assert_eq!(plane.get("/api/v1/config/versions").await.json()["versions"].as_array().unwrap().len(), 1);

    // Its owner alone sees it.
    let other = plane.admin_of("admin").await;
    assert_eq!(plane.send("GET", &draft, Some(&other), None).await.code(), "not-found");
    let theirs = plane.send("GET", "/api/v1/drafts", Some(&other), None).await.json();
    assert_eq!(theirs["drafts"], json!([]));
    assert_eq!(plane.get("/api/v1/drafts").await.json()["drafts"][0]["title"], "cheaper");

    // It is saved though it is wrong, and what is wrong is told.
    let mut document = made["document"].clone();
    document["groups"]["fast"]["targets"][0]["weight"] = json!("many");
    let save = json!({"title": "cheaper", "ticket": "OPS-71", "document": document});
    assert_eq!(plane.send("PUT", &draft, Some(&plane.admin), Some(save.clone())).await.status, 428);
    let saved = plane.edit("PUT", &draft, 1, Some(save.clone())).await;
    assert_eq!((saved.status, saved.headers["etag"].as_str()), (200, "\"2\""), "{}", saved.text);
    let again = plane.edit("PUT", &draft, 1, Some(save.clone())).await;
    assert_eq!((again.status, again.headers["etag"].as_str()), (200, "\"2\""), "a save that is repeated");
    let late = plane.edit("PUT", &draft, 1, Some(json!({"title": "dearer", "operations": []}))).await;
    assert_eq!((late.status, late.code().as_str()), (412, "draft-conflict"));
    let wrong = preview(&plane, &draft).await;
    assert_eq!(wrong["errors"][0]["pointer"], "/groups/fast/targets/0/weight", "{wrong}");
    assert!(wrong.get("effects").is_none());
    let refused = plane.edit("POST", &format!("{draft}/apply"), 2, Some(json!({}))).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "config-invalid"));

    let fixed = plane.edit("PUT", &draft, 2, Some(json!({"operations": weigh(5)}))).await;
    assert_eq!(fixed.status, 200);
    let about = &fixed.json()["draft"];
    assert_eq!((&about["title"], &about["ticket"]), (&json!("cheaper"), &json!("OPS-71")), "what is not given stays");
    let right = preview(&plane, &draft).await;
    assert_eq!((&right["errors"], &right["conflicts"], &right["theirs"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(right["changes"][0]["path"], "groups.fast.targets[openai/mini].weight");
    assert_eq!(
        (&right["effects"]["callers_touched"], &right["effects"]["groups"][0]["id"]),
        (&json!(2), &json!("fast"))
    );

    let stale = plane.edit("POST", &format!("{draft}/apply"), 3, Some(json!({"expected_version": 9}))).await;
    assert_eq!(stale.code(), "version-conflict");
    let applied = plane.edit("POST", &format!("{draft}/apply"), 3, Some(json!({"expected_version": 1}))).await;
    assert_eq!(applied.status, 200, "{}", applied.text);
    assert_eq!(applied.json()["version"], 2);
    let line = plane.get("/api/v1/config/versions").await.json()["versions"][0].clone();
    assert_eq!(
        (&line["comment"], &line["ticket"], &line["summary"]),
        (&json!("cheaper"), &json!("OPS-71"), &json!("groups.fast"))
    );
    assert_eq!(plane.get(&draft).await.code(), "not-found", "it is a version now");
    let events = plane.get("/api/v1/audit").await.text;
    assert!(events.contains("draft.create") && events.contains("ticket OPS-71"), "{events}");
    plane.running.stop().await;
}

#[tokio::test]
async fn a_draft_is_brought_onto_what_others_have_published_field_by_field() {
    let plane = Plane::configured().await;
    let operations = json!([
        {"op": "add", "path": "/groups/fast/targets/0/weight", "value": 5},
        {"op": "add", "path": "/groups/fast/fidelity", "value": "strict"},
    ]);
    let draft = id(&begin(&plane, json!({"title": "mine", "operations": operations})).await);
    let theirs = json!({"aliases": ["f"], "targets": [{"model": "openai/mini", "weight": 7}]});
    assert_eq!(plane.edit("PUT", "/api/v1/groups/fast", 1, Some(theirs)).await.status, 200);

    let seen = preview(&plane, &draft).await;
    let path = "groups.fast.targets[openai/mini].weight";
    assert_eq!((&seen["current_version"], &seen["conflicts"][0]["path"]), (&json!(2), &json!(path)));
    assert_eq!(seen["theirs"].as_array().unwrap().len(), 2);
    let apply = plane.edit("POST", &format!("{draft}/apply"), 1, Some(json!({}))).await;
    assert_eq!((apply.status, apply.code().as_str()), (412, "edit-conflict"));
    let rebase = async |body: Value| plane.edit("POST", &format!("{draft}/rebase"), 1, Some(body)).await;
    let open: Answer = rebase(json!({})).await;
    assert_eq!((open.status, open.code().as_str()), (409, "rebase-conflict"));
    assert_eq!(open.json()["conflict"]["both"], json!([{"path": path, "base": null, "yours": 5, "theirs": 7}]));
    let done = rebase(json!({"keep_yours": [path]})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(done.json()["draft"]["base_version"], 2);
    assert_eq!(plane.edit("POST", &format!("{draft}/apply"), 2, Some(json!({}))).await.status, 200);
    let both = json!({"aliases": ["f"], "targets": [{"model": "openai/mini", "weight": 5}], "fidelity": "strict"});
    assert_eq!(plane.get("/api/v1/groups/fast").await.json(), both);
}

#[tokio::test]
async fn a_draft_outlives_the_control_plane_and_a_database_that_is_away() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(options(dir.path())).await.unwrap();
    let admin = local_admin(dir.path()).1;
    let plane = Plane { running, admin, _dir: tempfile::tempdir().unwrap() };
    plane.apply(DOCUMENT).await;
    let draft = id(&begin(&plane, json!({"title": "mine", "operations": weigh(5)})).await);
    // The database goes away during an edit: the page keeps what it has.
    plane.running.control().store.close().await;
    let save = json!({"title": "mine", "operations": weigh(6)});
    let away = plane.edit("PUT", &draft, 1, Some(save.clone())).await;
    assert_eq!((away.status, away.code().as_str()), (503, "store-unavailable"));
    plane.running.stop().await;
    let running = start(options(dir.path())).await.unwrap();
    let admin = local_admin(dir.path()).1;
    let plane = Plane { running, admin, _dir: dir };
    assert_eq!(plane.get(&draft).await.json()["document"]["groups"]["fast"]["targets"][0]["weight"], 5);
    assert_eq!(plane.edit("PUT", &draft, 1, Some(save)).await.status, 200, "the same save again");
    assert_eq!(plane.get(&draft).await.json()["document"]["groups"]["fast"]["targets"][0]["weight"], 6);
    assert_eq!(plane.send("DELETE", &draft, Some(&plane.admin), None).await.status, 204);
    assert_eq!(plane.get("/api/v1/drafts").await.json()["drafts"], json!([]));
}

#[tokio::test]
async fn a_difference_says_whom_it_touches() {
    let plane = Plane::configured().await;
    plane.token_of("ana").await;
    plane.token_of("ana").await;
    let without = DOCUMENT.replace("id: ana, allow: [fast]", "id: ana, limits: {rpm: 5}");
    let found = plane.post("/api/v1/config/diff", json!({"document": without})).await.json()["effects"].clone();
    assert_eq!((&found["callers_touched"], &found["tokens_touched"]), (&json!(1), &json!(2)), "{found}");
    let caller = &found["callers"][0];
    assert_eq!((&caller["id"], &caller["loses"], &caller["tokens"]), (&json!("ana"), &json!(["fast"]), &json!(2)));
    assert_eq!(caller["tightened"], json!([{"limit": "rpm", "before": null, "after": 5}]));
    let other =
        DOCUMENT.replace("dialects: [openai-chat]", "dialects: [openai-chat]\n    credential: {env: LLM_SECRET_NONE}");
    let found = plane.post("/api/v1/config/diff", json!({"document": other})).await.json()["effects"].clone();
    assert_eq!((&found["keys_missing"], &found["groups"][0]["id"]), (&json!(["openai"]), &json!("fast")));

    // Going back is looked at in the same words before it is done.
    assert_eq!(plane.apply(&without).await.status, 200);
    let back = plane.post("/api/v1/config/rollback/preview", json!({"version": 1})).await.json();
    assert_eq!(back["effects"]["callers"][0]["gains"], json!(["fast"]), "{back}");
    assert_eq!(plane.get("/api/v1/config/versions").await.json()["versions"].as_array().unwrap().len(), 2);
}
