//! A provider's key stays with the router, whatever its provider writes; and a provider gets of a caller's headers and query
//! what its API knows.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::Method;
use proto::numbers;
use vocabulary::Dialect;

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
    told_of(catalog(upstream), path, body).await
}

async fn told_of(catalog: Catalog, path: &str, body: String) -> String {
    let stack = Stack::start(catalog).await;
    let reply = stack.post(path, body).await;
    let events = stack.events(1).await;
    assert!(!format!("{events:?}").contains("0123456789abcdef"), "{events:?}");
    format!("{:?} {:?} {}", reply.status, reply.headers, reply.text())
}

/// For other dialects its answers are translated.
fn of_chat(upstream: &Scripted) -> Catalog {
    catalog(upstream).with(|it| it.openai.dialects = numbers(&[Dialect::OpenaiChat]))
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

/// The key as an upstream may write it: after its client has decoded it, this is the key.
fn written() -> Vec<String> {
    let each = |escape: &dyn Fn(u8) -> String| KEY.bytes().map(escape).collect::<String>();
    vec![
        KEY.replace('-', "\\u002d"),
        each(&|it| format!("\\u00{it:02X}")),
        each(&|it| format!("\\\\u00{it:02x}")),
        each(&|it| format!("%{it:02x}")),
        each(&|it| format!("{it:02x}")),
        STANDARD.encode(KEY),
        URL_SAFE_NO_PAD.encode(format!("Bearer {KEY}")),
        KEY.to_ascii_uppercase(),
    ]
}

#[tokio::test]
async fn a_key_that_an_error_escapes_or_encodes_does_not_reach_the_caller_either() {
    for form in written() {
        let error = format!(r#"{{"error":{{"message":"bad key {form}","type":"invalid_request_error"}}}}"#);
        let head = format!("content-type: application/json; k={form}\r\n");
        let failing = Scripted::answering("400 Bad Request", &head, &error).await;
        let begins = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"hi"}}]}"#;
        let events = format!("{begins}\n\ndata: {error}\n\n");
        let (start, end) = events.split_at(events.len() - 30);
        let pause = Step::Wait(Duration::from_millis(100));
        let steps = vec![Step::Send(start.to_owned()), pause, Step::Send(end.to_owned())];
        let breaking = Scripted::streaming(steps).await;
        for (path, body) in [(CHAT, chat("")), (RESPONSES, responses("")), (MESSAGES, messages(""))] {
            let again = body.clone();
            let told = told(&failing, path, body).await;
            assert!(told.contains("[redacted]") && !told.contains(&form), "{told}");
            assert!(!told.contains("k="), "{told}");
            let told = told_of(of_chat(&failing), path, again).await;
            assert!(told.contains("[redacted]") && !told.contains(&form), "{told}");
        }
        let told = told(&breaking, CHAT, chat(r#","stream":true"#)).await;
        assert!(told.contains("[redacted]") && !told.contains(&form), "{told}");
    }
}

#[tokio::test]
async fn a_key_in_an_answer_does_not_reach_the_caller_however_it_is_cut() {
    for form in [KEY.to_owned(), KEY.replace('/', "\\/"), STANDARD.encode(format!("user:{KEY}"))] {
        let answer = format!(
            r#"{{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"it is {form}, no?"}},"finish_reason":"stop"}}]}}"#
        );
        let whole = Scripted::answering("200 OK", "content-type: application/json\r\n", &answer).await;
        let event = format!(
            r#"data: {{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{{"role":"assistant","content":"it is {form}, no?"}}}}]}}"#
        );
        let end = r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
        let events = format!("{event}\n\n{end}\n\ndata: [DONE]\n\n");
        for cut in [0, event.find(&form).unwrap() + 9] {
            let (start, rest) = events.split_at(cut);
            let pieces = [start, rest].into_iter().filter(|it| !it.is_empty());
            let steps = pieces.flat_map(|it| [Step::Send(it.to_owned()), Step::Wait(Duration::from_millis(50))]);
            let stream = Scripted::streaming(steps.collect()).await;
            for (path, asked) in [(CHAT, chat(r#","stream":true"#)), (MESSAGES, messages(r#","stream":true"#))] {
                let told = told_of(of_chat(&stream), path, asked).await;
                assert!(told.contains("[redacted]") && !told.contains(&form), "{told}");
            }
        }
        for (path, asked) in [(CHAT, chat("")), (RESPONSES, responses(""))] {
            let told = told_of(of_chat(&whole), path, asked).await;
            assert!(told.contains("[redacted]") && !told.contains(&form), "{told}");
        }
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
