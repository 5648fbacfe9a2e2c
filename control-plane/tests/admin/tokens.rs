use control_plane_core::token::{TokenKind, digest, id};
use serde_json::json;

use crate::plane::Plane;

#[tokio::test]
async fn a_token_is_shown_once_and_stored_as_a_digest() {
    let plane = Plane::configured().await;
    let body = json!({"caller": "ana", "name": "laptop", "expires_in": "30d"});
    let answer = plane.post("/api/v1/tokens", body).await;
    assert_eq!(answer.status, 201);
    let created = answer.json();
    let text = created["token"].as_str().unwrap();
    assert_eq!(id(TokenKind::Caller, text), created["id"].as_str());
    assert_eq!((&created["state"], &created["version"]), (&json!("active"), &json!(2)));

    let list = plane.get("/api/v1/tokens").await;
    assert!(!list.text.contains(text));
    assert_eq!(list.json()["tokens"][0]["name"], "laptop");
    assert!(list.json()["tokens"][0]["expires_at"].is_string());
    assert_eq!(plane.get("/api/v1/tokens?caller=ben").await.json()["tokens"], json!([]));

    let stored: Vec<u8> =
        sqlx::query_scalar("select digest from tokens").fetch_one(plane.running.control().store.read()).await.unwrap();
    assert_eq!(stored, digest(text));
}

#[tokio::test]
async fn a_token_goes_through_its_states() {
    let plane = Plane::configured().await;
    let created = plane.token_of("ana").await;
    let path = |verb: &str| format!("/api/v1/tokens/{}/{verb}", created["id"].as_str().unwrap());
    let mut version = 2;
    for (verb, state) in [("suspend", "suspended"), ("resume", "active"), ("revoke", "revoked")] {
        let answer = plane.post(&path(verb), json!({})).await;
        version += 1;
        assert_eq!((answer.status, &answer.json()["state"]), (200, &json!(state)), "{verb}");
        assert_eq!(answer.json()["version"], version);
    }
    for verb in ["suspend", "resume", "revoke"] {
        let answer = plane.post(&path(verb), json!({})).await;
        assert_eq!((answer.status, answer.code().as_str()), (409, "token-state"), "{verb}");
    }
    assert_eq!(plane.post(&path("rotate"), json!({})).await.code(), "token-state");
    assert_eq!(plane.post("/api/v1/tokens/nobody/revoke", json!({})).await.code(), "not-found");
    // What was refused took no version.
    assert_eq!(plane.token_of("ana").await["version"], version + 1);
}

#[tokio::test]
async fn a_wrong_wait_changes_nothing() {
    let plane = Plane::configured().await;
    let created = plane.token_of("ana").await;
    let path = |verb: &str| format!("/api/v1/tokens/{}/{verb}", created["id"].as_str().unwrap());
    for verb in ["suspend", "revoke", "resume"] {
        for wait in ["30", "1x", "abc", "6m", ""] {
            let answer = plane.post(&format!("{}?wait={wait}", path(verb)), json!({})).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "invalid-request"), "{verb} {wait}");
            assert!(answer.text.contains("`wait`"), "{}", answer.text);
        }
    }
    assert_eq!(plane.get("/api/v1/tokens").await.json()["tokens"][0]["state"], "active");
    assert_eq!(plane.token_of("ana").await["version"], created["version"].as_u64().unwrap() + 1);
}

#[tokio::test]
async fn who_waits_may_ask_again() {
    let plane = Plane::configured().await;
    let created = plane.token_of("ana").await;
    let path = |verb: &str| format!("/api/v1/tokens/{}/{verb}", created["id"].as_str().unwrap());
    for verb in ["suspend", "resume", "revoke"] {
        let first = plane.post(&format!("{}?wait=0s", path(verb)), json!({})).await.json();
        let again = plane.post(&format!("{}?wait=0s", path(verb)), json!({})).await;
        assert_eq!((again.status, again.json()), (200, first), "{verb}");
        assert_eq!(plane.post(&path(verb), json!({})).await.code(), "token-state", "{verb}");
    }
    // Another state than the one that was asked for stays a conflict.
    assert_eq!(plane.post(&format!("{}?wait=0s", path("suspend")), json!({})).await.code(), "token-state");
}

#[tokio::test]
async fn a_rotated_token_works_for_the_overlap_and_its_heir_lives_as_long() {
    let plane = Plane::configured().await;
    let body = json!({"caller": "ana", "name": "ci", "expires_in": "30d"});
    let old = plane.post("/api/v1/tokens", body).await.json();
    let path = format!("/api/v1/tokens/{}/rotate", old["id"].as_str().unwrap());
    let answer = plane.post(&path, json!({"overlap": "10m"})).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let new = answer.json();
    assert_eq!((&new["rotated_from"], &new["name"], &new["caller"]), (&old["id"], &json!("ci"), &json!("ana")));
    assert!(new["expires_at"].is_string(), "a limited life is inherited");
    let tokens = plane.get("/api/v1/tokens").await.json();
    let line = tokens["tokens"].as_array().unwrap().iter().find(|it| it["id"] == old["id"]).unwrap().clone();
    assert_eq!(line["state"], "rotated");
    assert!(line["expires_at"].as_str() < old["expires_at"].as_str(), "{line}");
}

#[tokio::test]
async fn odd_values_are_refused() {
    let plane = Plane::configured().await;
    let create = async |body| plane.post("/api/v1/tokens", body).await;
    assert_eq!(create(json!({"caller": "nobody"})).await.code(), "not-found");
    assert_eq!(create(json!({"caller": "ana", "expires_in": "soon"})).await.code(), "invalid-request");
    assert_eq!(create(json!({"caller": "ana", "expires_in": "0s"})).await.code(), "invalid-value");
    let long = create(json!({"caller": "ana", "expires_in": "3651d"})).await;
    assert_eq!(long.code(), "invalid-value");
    assert!(long.text.contains("3650d"), "{}", long.text);
    assert_eq!(create(json!({"caller": "ana", "name": "a\tb"})).await.code(), "invalid-value");
    let nothing_yet = Plane::start().await;
    assert_eq!(nothing_yet.post("/api/v1/tokens", json!({"caller": "ana"})).await.code(), "no-config");
}

#[tokio::test]
async fn a_list_is_in_order_and_says_what_has_expired() {
    let plane = Plane::configured().await;
    let mut ids = Vec::new();
    for expires_in in [Some("1ms"), None, Some("30d")] {
        let made = plane.post("/api/v1/tokens", json!({"caller": "ana", "expires_in": expires_in})).await.json();
        ids.push(made["id"].as_str().unwrap().to_owned());
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let list = plane.get("/api/v1/tokens").await.json();
    let lines: Vec<(&str, &str)> = list["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["id"].as_str().unwrap(), it["state"].as_str().unwrap()))
        .collect();
    assert_eq!(lines, [(ids[0].as_str(), "expired"), (ids[1].as_str(), "active"), (ids[2].as_str(), "active")]);
}

#[tokio::test]
async fn join_tokens_are_for_a_while() {
    let plane = Plane::start().await;
    let answer = plane.post("/api/v1/nodes/join-tokens", json!({"ttl": "15m"})).await;
    assert_eq!(answer.status, 201);
    let text = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(id(TokenKind::Join, &text), answer.json()["id"].as_str());
    for ttl in ["0s", "31d"] {
        assert_eq!(plane.post("/api/v1/nodes/join-tokens", json!({"ttl": ttl})).await.code(), "invalid-value");
    }
    assert_eq!(plane.get("/api/v1/nodes").await.json()["nodes"], json!([]));
    assert_eq!(plane.post("/api/v1/nodes/nobody/revoke", json!({})).await.code(), "not-found");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_with_its_bound() {
    let plane = Plane::configured().await;
    let token = plane.token_of("ana").await;
    let rotate = format!("/api/v1/tokens/{}/rotate", token["id"].as_str().unwrap());
    let refused = plane.post(&rotate, json!({"overlap": "999d"})).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "invalid-value"));
    assert!(refused.text.contains("30d"), "{}", refused.text);
    assert_eq!(plane.post(&rotate, json!({"overlap": "30d"})).await.status, 201);
    for path in ["config/versions", "audit", "requests"] {
        let refused = plane.get(&format!("/api/v1/{path}?limit=0")).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "invalid-request"), "{path}");
        assert!(refused.text.contains("write 1 to 1000"), "{}", refused.text);
    }
}
