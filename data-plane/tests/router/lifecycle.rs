//! Before the first configuration, and at the end.

use std::time::Duration;

use http_body_util::BodyExt as _;
use proto::Word;
use vocabulary::TokenState;

use crate::support::{CHAT, Catalog, MESSAGES, PATIENCE, Scripted, Stack, Step, chat, get, messages, post};

#[tokio::test]
async fn without_a_configuration_nothing_is_served_and_nobody_is_unauthorised() {
    let stack = Stack::unconfigured(|_| {}).await;
    let reply = stack.post(CHAT, chat("")).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (503, "config-unavailable"));
    assert!(!reply.header("retry-after").is_empty());
    assert_eq!(stack.post(MESSAGES, messages("")).await.json()["type"], "error");
    assert_eq!(stack.get("/v1/models").await.status, 503);
    assert_eq!(stack.get("/livez").await.status, 200);
    let ready = stack.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text().contains("config-unavailable"));
    let upstream = Scripted::answering("200 OK", "", "{}").await;
    stack.configure(4, Catalog::new(upstream.address).model("m")).await;
    assert_eq!(stack.get("/readyz").await.status, 200);
    assert_eq!(stack.get("/healthz").await.json()["config"]["version"], 4);
}

#[tokio::test]
async fn a_change_of_configuration_takes_effect_at_once() {
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", "{\"choices\":[{}]}").await;
    let catalog = Catalog::new(upstream.address).model("m");
    let stack = Stack::start(catalog.clone()).await;
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    stack.configure(2, catalog.clone().with(|it| it.tokens[0].state = TokenState::Revoked.number())).await;
    assert_eq!(stack.post(CHAT, chat("")).await.code(), "token-disabled");
    stack.configure(3, catalog.with(|it| it.caller.allow.clear())).await;
    assert_eq!(stack.post(CHAT, chat("")).await.code(), "model-not-allowed");
}

#[tokio::test]
async fn a_router_stops_serving_when_it_learns_that_it_was_revoked() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let until = async |code: &str| while stack.post(CHAT, chat("")).await.code() != code {};
    stack.control.revoke(true);
    tokio::time::timeout(PATIENCE, until("config-expired")).await.unwrap();
    let ready = stack.get("/readyz").await;
    assert!(ready.status == 503 && ready.text().contains("was revoked"), "{}", ready.text());
    assert_eq!(stack.get("/healthz").await.json()["config"]["link"], "revoked");
    stack.control.revoke(false);
    tokio::time::timeout(PATIENCE, until("")).await.unwrap();
    assert_eq!(stack.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn without_its_control_plane_a_router_serves_for_so_long_only() {
    let stack = Stack::sandboxed(|it| it.model("demo").with(|it| it.settings.max_disconnected_ms = 1000)).await;
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    stack.control.leave(true);
    let until = async |code: &str| while stack.post(CHAT, chat("")).await.code() != code {};
    tokio::time::timeout(PATIENCE, until("config-expired")).await.unwrap();
    assert_eq!(stack.get("/v1/models").await.code(), "config-expired");
    let ready = stack.get("/readyz").await;
    assert!(ready.status == 503 && ready.text().contains("max_disconnected"), "{}", ready.text());
    let config = &stack.get("/healthz").await.json()["config"];
    assert!(config["silent_ms"].as_u64() >= Some(1000) && config["max_disconnected_ms"] == 1000, "{config}");
    stack.control.leave(false);
    tokio::time::timeout(PATIENCE, until("")).await.unwrap();
    assert_eq!(stack.get("/healthz").await.json()["config"]["silent_ms"], 0);
}

#[tokio::test]
async fn requests_under_way_end_before_the_router_does() {
    let body = "{\"choices\":[{}]}";
    let answer =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let upstream = Scripted::start(vec![Step::Wait(Duration::from_millis(400)), Step::Send(answer)]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    let (address, control) = (stack.address, stack.control.clone());
    let (reply, ()) = tokio::join!(stack.open(CHAT, &[], chat("")), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
    });
    assert_eq!(reply.status(), 200);
    stack.running.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert_eq!(control.events().len(), 1, "the last event was delivered");
}

#[tokio::test]
async fn what_does_not_end_is_cut_off_and_accounted_for() {
    let chunk = "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n";
    let upstream = Scripted::streaming(vec![Step::Send(chunk.to_owned()), Step::WaitForClose]).await;
    let stack = Stack::unconfigured(|it| it.drain_timeout = Duration::from_millis(200)).await;
    stack.configure(1, Catalog::new(upstream.address).model("m")).await;
    let mut body = stack.open(CHAT, &[], chat(r#","stream":true"#)).await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    let control = stack.control.clone();
    let (rest, ()) = tokio::join!(body.collect(), stack.running.stop());
    let rest = rest.unwrap().to_bytes();
    assert!(rest.starts_with(b"data: {\"error\":{"), "{rest:?}");
    let events = control.events();
    assert_eq!((events.len(), events[0].status, events[0].code.as_str()), (1, 503, "draining"));
    assert_eq!(events[0].attempts[0].class, "interrupted");
    assert!(events[0].tokens_estimated && events[0].tokens.unwrap().output > 0);
}

/// As a second signal does it.
#[tokio::test]
async fn a_stop_that_is_given_up_cuts_off_what_is_under_way() {
    let chunk = "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n";
    let upstream = Scripted::streaming(vec![Step::Send(chunk.to_owned()), Step::WaitForClose]).await;
    for drain_delay in [Duration::ZERO, Duration::from_hours(1)] {
        let longer = |it: &mut data_plane::Options| {
            (it.drain_delay, it.drain_timeout) = (drain_delay, Duration::from_hours(1));
        };
        let stack = Stack::unconfigured(longer).await;
        stack.configure(1, Catalog::new(upstream.address).model("m")).await;
        let mut body = stack.open(CHAT, &[], chat(r#","stream":true"#)).await.into_body();
        assert!(body.frame().await.unwrap().is_ok());
        let stopping = tokio::time::timeout(Duration::from_millis(100), stack.running.stop());
        assert!(stopping.await.is_err(), "it waits for the answer's end");
        let rest = tokio::time::timeout(PATIENCE, body.collect()).await.unwrap().unwrap().to_bytes();
        assert!(rest.starts_with(b"data: {\"error\":{"), "{rest:?}");
    }
}

#[tokio::test]
async fn a_whole_answer_that_does_not_come_in_time_is_refused() {
    let upstream = Scripted::start(vec![Step::WaitForClose]).await;
    let stack = Stack::unconfigured(|it| it.drain_timeout = Duration::from_millis(300)).await;
    stack.configure(1, Catalog::new(upstream.address).model("m")).await;
    let control = stack.control.clone();
    let waiting = tokio::spawn(post(stack.address, CHAT, chat("")));
    while upstream.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stack.running.stop().await;
    let reply = waiting.await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.code(), reply.header("connection")), (503, "draining", "close"));
    let event = control.events().remove(0);
    assert_eq!((event.code.as_str(), event.attempts[0].class.as_str()), ("draining", "interrupted"));
    assert!(event.tokens_estimated && event.tokens.unwrap().input > 0);
}

#[tokio::test]
async fn a_stopping_router_says_so_while_requests_are_under_way() {
    let body = "{\"choices\":[{}]}";
    let answer =
        format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let upstream = Scripted::start(vec![Step::Wait(Duration::from_millis(600)), Step::Send(answer)]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    let address = stack.address;
    let served = tokio::spawn(post(address, CHAT, chat("")));
    while upstream.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stopping = tokio::spawn(stack.running.stop());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let ready = get(address, "/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.header("connection")), (503, "close"));
    let refused = post(address, CHAT, chat("")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (503, "draining"));
    assert_eq!((refused.header("retry-after"), refused.header("connection")), ("1", "close"));
    let served = served.await.unwrap();
    assert_eq!((served.status.as_u16(), served.header("connection")), (200, "close"));
    stopping.await.unwrap();
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_router_with_nothing_under_way_stops_without_waiting() {
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", "{\"choices\":[{}]}").await;
    let stack = Stack::unconfigured(|it| it.drain_timeout = Duration::from_hours(1)).await;
    stack.configure(1, Catalog::new(upstream.address).model("m")).await;
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    let _idle = tokio::net::TcpStream::connect(stack.address).await.unwrap();
    stack.events(1).await;
    tokio::time::timeout(PATIENCE, stack.running.stop()).await.expect("it does not wait until all must have ended");
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_sent() {
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", "{\"choices\":[{}]}").await;
    let stack = Stack::unconfigured(|it| {
        it.usage_log.segment_bytes = 4 * 1024;
        it.usage_log.max_bytes = 32 * 1024;
    })
    .await;
    stack.control.stop_listening();
    stack.configure(1, Catalog::new(upstream.address).model("m")).await;
    let mut served = 0;
    let refused = loop {
        let reply = stack.post(CHAT, chat("")).await;
        if reply.status != 200 {
            break reply;
        }
        served += 1;
        assert!(served < 1000, "the log has a bound");
    };
    assert_eq!((refused.status.as_u16(), refused.code()), (503, "usage-log-full"));
    assert_eq!(upstream.requests().len(), served, "nothing was sent that is not in the log");
    assert!(stack.get("/readyz").await.text().contains("usage-log-full"));
}
