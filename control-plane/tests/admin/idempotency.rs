//! A request that is sent twice is done once.

use control_plane::{
    start,
    store::{
        Run, StoreError,
        admin_session::{FromProvider, Origin},
        within,
    },
};
use serde_json::{Value, json};

use crate::{
    browser::Browser,
    database::EmptyServer,
    plane::{Answer, DOCUMENT, Plane, local_admin, options},
};

async fn keyed(plane: &Plane, key: &str, method: &str, path: &str, body: Value) -> Answer {
    let header = format!("idempotency-key: {key}\r\n");
    plane.send_with(method, path, Some(&plane.admin), &header, Some(body)).await
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.get("idempotent-replayed").is_some_and(|it| it == "true")
}

#[tokio::test]
async fn a_repetition_changes_nothing_on_sqlite() {
    a_repetition_changes_nothing(Plane::start().await).await;
}

#[tokio::test]
async fn a_repetition_changes_nothing_on_postgresql() {
    let Some(server) = EmptyServer::create().await else { return };
    a_repetition_changes_nothing(Plane::start_at(&server.url).await).await;
    server.remove().await;
}

async fn a_repetition_changes_nothing(plane: Plane) {
    assert_eq!(plane.apply(DOCUMENT).await.status, 200);
    let body = json!({"caller": "ana", "name": "laptop"});
    let first = keyed(&plane, "one", "POST", "/api/v1/tokens", body.clone()).await;
    assert_eq!((first.status, is_replayed(&first)), (201, false), "{}", first.text);
    let again = keyed(&plane, "one", "POST", "/api/v1/tokens", body.clone()).await;
    assert_eq!((again.status, is_replayed(&again), &again.text), (201, true, &first.text));
    assert_eq!(again.headers["content-type"], first.headers["content-type"]);
    assert_eq!(plane.get("/api/v1/tokens").await.json()["tokens"].as_array().unwrap().len(), 1);

    // The token that was shown once is nowhere in clear.
    let token = first.json()["token"].as_str().unwrap().to_owned();
    let kept: Vec<u8> = sqlx::query_scalar("select answer from idempotency_keys")
        .fetch_one(plane.running.control().store.read())
        .await
        .unwrap();
    assert!(!kept.windows(token.len()).any(|it| it == token.as_bytes()) && kept.len() > token.len());

    let other = keyed(&plane, "one", "POST", "/api/v1/tokens", json!({"caller": "ben"})).await;
    assert_eq!((other.status, other.code().as_str()), (422, "idempotency-key-reused"));
    let elsewhere = keyed(&plane, "one", "POST", "/api/v1/config/rollback", body.clone()).await;
    assert_eq!(elsewhere.code(), "idempotency-key-reused");

    // Of somebody else it is another key.
    let somebody = plane.admin_of("admin").await;
    let header = "idempotency-key: one\r\n";
    let theirs = plane.send_with("POST", "/api/v1/tokens", Some(&somebody), header, Some(body)).await;
    assert_eq!((theirs.status, is_replayed(&theirs)), (201, false));

    // An edit that is repeated does not find itself to conflict with; a refusal is repeated, too.
    let weight = |of: u64| json!({"operations": [{"op": "add", "path": "/groups/fast/targets/0/weight", "value": of}], "expected_version": 1});
    let edited = keyed(&plane, "two", "PATCH", "/api/v1/config", weight(5)).await;
    let repeated = keyed(&plane, "two", "PATCH", "/api/v1/config", weight(5)).await;
    assert_eq!((edited.status, repeated.status), (200, 200), "{}", repeated.text);
    assert_eq!((&edited.text, &edited.headers["etag"]), (&repeated.text, &repeated.headers["etag"]));
    let refused = keyed(&plane, "three", "PATCH", "/api/v1/config", weight(6)).await;
    let repeated = keyed(&plane, "three", "PATCH", "/api/v1/config", weight(6)).await;
    assert_eq!((refused.status, repeated.status, is_replayed(&repeated)), (412, 412, true));

    for key in [String::new(), "x".repeat(256)] {
        let bad = keyed(&plane, &key, "POST", "/api/v1/tokens", json!({"caller": "ana"})).await;
        assert_eq!(bad.code(), "invalid-request");
    }
    plane.running.stop().await;
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    let plane = Plane::configured().await;
    let create = || keyed(&plane, "once", "POST", "/api/v1/tokens", json!({"caller": "ana"}));
    let (a, b, c, d) = tokio::join!(create(), create(), create(), create());
    for answer in [&a, &b, &c, &d] {
        let waits = answer.status == 409 && answer.code() == "idempotency-key-running";
        assert!(answer.status == 201 || waits, "{}", answer.text);
    }
    assert_eq!(create().await.status, 201);
    assert_eq!(plane.get("/api/v1/tokens").await.json()["tokens"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_a_token_is_used_for_is_told_before_it_is_closed() {
    let plane = Plane::configured().await;
    let one = plane.token_of("ana").await;
    plane.token_of("ana").await;
    let id = one["id"].as_str().unwrap();
    let effect = plane.get(&format!("/api/v1/tokens/{id}/effect")).await.json();
    let told = json!({
        "id": id, "caller": "ana", "state": "active", "requests_last_day": 0, "requests_per_hour": 0,
        "clients": [], "groups": [], "other_open_tokens": 1
    });
    assert_eq!(effect, told);
    assert_eq!(plane.get("/api/v1/tokens/nobody/effect").await.code(), "not-found");
}

#[tokio::test]
async fn what_a_crash_has_cut_off_runs_again_unless_it_has_changed_something() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(options(dir.path())).await.unwrap();
    let plane = Plane { running, admin: local_admin(dir.path()).1, _dir: tempfile::tempdir().unwrap() };
    plane.apply(DOCUMENT).await;
    let body = |caller: &str| json!({"caller": caller});
    for key in ["none", "some"] {
        assert_eq!(keyed(&plane, key, "POST", "/api/v1/tokens", body("ana")).await.status, 201);
    }
    // As a crash leaves them: one before it has changed anything, one after.
    let set = async |plane: &Plane, what: &'static str| {
        let mut tx = plane.running.control().store.write().await.unwrap();
        sqlx::query(what).execute(tx.connection()).await.unwrap();
        tx.commit().await.unwrap();
    };
    let noted: Vec<i64> = sqlx::query_scalar("select changed from idempotency_keys")
        .fetch_all(plane.running.control().store.read())
        .await
        .unwrap();
    assert_eq!(noted, [1, 1], "the change is noted with it");
    set(&plane, "update idempotency_keys set status = null, answer = null, lease_ms = 9000000000000000").await;
    set(&plane, "update idempotency_keys set changed = 0 where key = 'none'").await;
    for key in ["none", "some"] {
        let waits = keyed(&plane, key, "POST", "/api/v1/tokens", body("ana")).await;
        assert_eq!((waits.status, waits.code().as_str()), (409, "idempotency-key-running"));
    }
    // The only process there is has begun anew.
    plane.running.stop().await;
    let running = start(options(dir.path())).await.unwrap();
    let plane = Plane { running, admin: local_admin(dir.path()).1, _dir: dir };
    let again = keyed(&plane, "none", "POST", "/api/v1/tokens", body("ana")).await;
    assert_eq!((again.status, is_replayed(&again)), (201, false), "{}", again.text);
    let unknown = keyed(&plane, "some", "POST", "/api/v1/tokens", body("ana")).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (409, "idempotency-outcome-unknown"));

    // Whoever goes on without knowing that another has taken its place changes nothing.
    let control = plane.running.control();
    let gone = Run { actor: "admin-token/x".to_owned(), key: "some".to_owned(), id: "gone".to_owned() };
    let late = within(gone, async { control.store.write().await.unwrap().commit().await }).await;
    assert!(matches!(late, Err(StoreError::Superseded)), "{late:?}");
}

#[tokio::test]
async fn an_answer_is_not_given_again_to_who_may_not_ask_any_more() {
    let plane = Plane::start().await;
    let of = |project: &str| {
        let callers = format!("  - {{id: ana, allow: [fast], project: {project}}}\n");
        DOCUMENT.split("callers:").next().unwrap().to_owned()
            + "projects: {search: {}, billing: {}}\ncallers:\n"
            + &callers
    };
    assert_eq!(plane.apply(&of("search")).await.status, 200);
    let from = |group: &str| {
        Origin::Oidc(FromProvider {
            provider: "corp".into(),
            issuer: "https://id.example.com".into(),
            subject: "7".into(),
            session: None,
            claims: json!({"sub": "7", "groups": [group]}).to_string(),
            id_token: Vec::new(),
        })
    };
    let with = |document: String| {
        document
            + "oidc:\n  - id: corp\n    issuer: https://id.example.com\n    client_id: us\n    roles:\n      \
               - {claim: groups, value: all, role: admin}\n      \
               - {claim: groups, value: leads, role: project-admin, projects: [search]}\n"
    };
    assert_eq!(plane.apply(&with(of("search"))).await.status, 200);
    let (admin, lead) =
        (Browser::from_there(&plane, from("all"), 0, 0).await, Browser::from_there(&plane, from("leads"), 0, 0).await);
    let make = async |browser: &Browser<'_>, key: &str| {
        let csrf = browser.csrf();
        let headers = format!("content-type: application/json\r\nx-csrf-token: {csrf}\r\nidempotency-key: {key}\r\n");
        browser.send("POST", "/api/v1/tokens", &headers, &json!({"caller": "ana"}).to_string()).await
    };
    assert_eq!(make(&admin, "a").await.status, 201);
    assert_eq!(make(&lead, "b").await.status, 201);
    assert_eq!((make(&admin, "a").await.status, make(&lead, "b").await.status), (201, 201), "as long as they may");
    let fewer = make(&lead, "a").await;
    assert_eq!((fewer.status, fewer.code().as_str()), (403, "forbidden"), "the person has fewer roles now");
    assert_eq!(plane.apply(&with(of("billing"))).await.status, 200);
    let moved = make(&lead, "b").await;
    assert_eq!((moved.status, moved.code().as_str()), (403, "forbidden"), "the caller is another project's now");
    assert_eq!(make(&admin, "a").await.status, 201);
}
