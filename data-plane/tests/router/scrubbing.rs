//! A provider's key stays with the router, whatever its provider writes; and a provider gets of a caller's headers and query
//! what its API knows.

use http::Method;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, Step, chat, messages, responses};

const KEY: &str = "sk-live/0123456789abcdef";

fn catalog(upstream: &Scripted) -> Catalog {
    Catalog::new(upstream.address).model("m").with(|it| {
        let source = proto::v1::credential::Source::Value(KEY.as_bytes().to_vec());
        it.openai.credential = Some(proto::v1::Credential { source: Some(source) });
    })
}

/// Everything that the caller got, head and body.
async fn told(upstream: &Scripted, path: &str, body: String) -> String {
    let stack = Stack::start(catalog(upstream)).await;
    let reply = stack.post(path, body).await;
    let events = stack.events(1).await;
    assert!(!format!("{events:?}").contains("0123456789abcdef"), "{events:?}");
    format!("{:?} {:?} {}", reply.status, reply.headers, reply.text())
}

fn assert_clean(told: &str) {
    assert!(!told.contains("0123456789abcdef"), "{told}");
}

#[tokio::test]
async fn a_key_in_an_error_does_not_reach_the_caller() {
    let written = KEY.replace('/', "\\/");
    let error = format!(
        r#"{{"error":{{"message":"bad key {KEY} or {written}","type":"invalid_request_error","code":"{KEY}"}}}}"#
    );
    for status in ["400 Bad Request", "401 Unauthorized", "422 Unprocessable Entity", "500 Oops", "200 OK"] {
        let upstream =
            Scripted::answering(status, &format!("content-type: application/json; k={KEY}\r\n"), &error).await;
        for (path, body) in [(CHAT, chat("")), (RESPONSES, responses("")), (MESSAGES, messages(""))] {
            let told = told(&upstream, path, body).await;
            assert_clean(&told);
            if status.starts_with("422") {
                assert!(told.contains("bad key [redacted] or [redacted]"), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_in_an_answers_header_does_not_reach_the_caller() {
    let answer = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}"#;
    let headers = format!("content-type: application/json; k={KEY}\r\nx-key: {KEY}\r\n");
    let upstream = Scripted::answering("200 OK", &headers, answer).await;
    assert_clean(&told(&upstream, CHAT, chat("")).await);
}

#[tokio::test]
async fn a_key_in_a_stream_that_fails_does_not_reach_the_caller() {
    let begins = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"hi"}}]}"#;
    let fails = format!(r#"data: {{"error":{{"message":"lost {KEY}","type":"invalid_prompt","code":"{KEY}"}}}}"#);
    for events in [format!("{begins}\n\n{fails}\n\n"), format!("{fails}\n\n")] {
        let upstream = Scripted::streaming(vec![Step::Send(events.clone())]).await;
        let told = told(&upstream, CHAT, chat(r#","stream":true"#)).await;
        assert_clean(&told);
        assert!(told.contains("lost [redacted]"), "{told}");
        // The same, told in another dialect.
        assert_clean(&self::told(&upstream, MESSAGES, messages(r#","stream":true"#)).await);
    }
}

#[tokio::test]
async fn what_an_upstream_encoded_is_told_in_the_routers_words() {
    let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let upstream = Scripted::answering("400 Bad Request", headers, "\x1f\x08who knows").await;
    let told = told(&upstream, CHAT, chat("")).await;
    assert!(told.starts_with("400") && told.contains("invalid-request") && !told.contains("gzip"), "{told}");
}

#[tokio::test]
async fn unknown_headers_and_credentials_in_queries_stay() {
    let upstream = Scripted::answering("400 Bad Request", "", "{}").await;
    let stack =
        Stack::start(catalog(&upstream).with(|it| it.openai.forward_headers = vec!["x-cost-centre".into()])).await;
    let headers = [
        ("x-internal-secret", "planted"),
        ("x-cost-centre", "7"),
        ("anthropic-beta", "b"),
        ("anthropic-workspace-id", "planted"),
        ("openai-beta", "planted"),
    ];
    let path = format!("{MESSAGES}?beta=true&api_key=planted&x=1");
    stack.send(Method::POST, &path, &headers, messages("")).await;
    let sent = &upstream.requests()[0];
    assert!(sent.starts_with("POST /v1/messages?beta=true&x=1 HTTP/1.1"), "{sent}");
    assert!(!sent.contains("planted"), "{sent}");
    assert!(sent.contains("x-cost-centre: 7") && sent.contains("anthropic-beta: b"), "{sent}");
}
