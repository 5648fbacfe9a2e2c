use http::Method;
use proto::Word;
use proto::v1::SharedState;
use serde_json::json;
use vocabulary::SharedStateKind;

use super::{PLANTED, ask, get, kept, last_received, storing};
use crate::support::{Catalog, Stack};

/// The same in a Valkey or Redis server, which two routers share.
#[tokio::test]
async fn valkey_keeps_conversations_for_all_routers() {
    let Ok(url) = std::env::var("SMART_ROUTER_TEST_REDIS_URL") else {
        let asked_for = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!asked_for, "CI runs this with a server: set SMART_ROUTER_TEST_REDIS_URL");
        eprintln!("skipped: SMART_ROUTER_TEST_REDIS_URL is not set");
        return;
    };
    let state = SharedState { kind: SharedStateKind::Valkey.number(), url: url.clone() };
    let shared =
        |it: Catalog| storing(it.model_of("responses", "demo")).with(|it| it.settings.shared_state = Some(state));
    let one = Stack::sandboxed(shared.clone()).await;
    let other = Stack::sandboxed(shared).await;
    // No server's other tests have this answer.
    let own = format!("{PLANTED} {}", one.address);
    for stream in [false, true] {
        let first = kept(&one, &json!({"model": "team", "input": own, "stream": stream})).await;
        assert_eq!(other.get(&get(&first["id"], "")).await.json(), first);
        kept(&other, &json!({"model": "team", "input": "x", "previous_response_id": first["id"]})).await;
        assert!(last_received(&other).await.to_string().contains(&own));
        let deleted = other.send(Method::DELETE, &get(&first["id"], ""), &[], "").await;
        assert_eq!(deleted.status, 200);
        assert_eq!(one.get(&get(&first["id"], "")).await.code(), "response-not-found");
    }
    assert!(one.control.stored.all().is_empty() && other.control.stored.all().is_empty());
}

#[tokio::test]
async fn a_valkey_that_is_away_is_told_without_its_password() {
    let url = "redis://:planted-password@127.0.0.1:1/0".to_owned();
    let state = SharedState { kind: SharedStateKind::Valkey.number(), url };
    let shared =
        |it: Catalog| storing(it.model_of("responses", "demo")).with(|it| it.settings.shared_state = Some(state));
    let stack = Stack::sandboxed(shared).await;
    let reply = ask(&stack, &json!({"model": "team", "input": "hello"})).await;
    assert_eq!((reply.status.as_u16(), reply.header("x-router-warnings")), (200, "dropped:store"));
    let gone = stack.get("/v1/responses/resp_1").await;
    assert_eq!(gone.status, 503);
    assert!(!gone.text().contains("planted"), "{}", gone.text());
}
