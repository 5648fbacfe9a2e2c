//! What follows a failed attempt.

use http::Method;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Reply, Scripted, Stack, all, chat, messages, responses};

fn requests(more: &str) -> [(&'static str, String); 3] {
    [(CHAT, chat(more)), (RESPONSES, responses(more)), (MESSAGES, messages(more))]
}

/// The sandbox's ways to fail before the first byte, and the class that each of them is.
const RETRYABLE: [(&str, &str); 15] = [
    ("fail=401", "access-denied"),
    ("fail=403", "access-denied"),
    ("fail=404", "server-error"),
    ("fail=429", "rate-limit"),
    ("fail=429-retry-after:7", "rate-limit"),
    ("fail=402", "quota"),
    ("fail=quota", "quota"),
    ("fail=500", "server-error"),
    ("fail=503", "server-error"),
    ("fail=529", "server-error"),
    ("fail=html-502", "server-error"),
    ("fail=disconnect-before", "network"),
    ("fail=hang", "timeout"),
    ("fail=malformed", "invalid-response"),
    ("fail=redirect", "invalid-response"),
];

#[tokio::test]
async fn the_next_target_answers_where_the_first_one_fails() {
    all(RETRYABLE, async |(behaviour, class)| {
        let stack = Stack::sandboxed(|it| it.model(&format!("demo:{behaviour}")).model("demo").total(1000)).await;
        for (path, body) in requests("") {
            let reply = stack.post(path, body).await;
            assert_eq!(reply.status, 200, "{behaviour} {path}: {}", reply.text());
            assert_eq!(reply.header("x-router-attempts"), "2", "{behaviour} {path}");
        }
        for event in stack.events(3).await {
            assert_eq!((event.status, event.fallback), (200, true));
            let classes: Vec<_> = event.attempts.iter().map(|it| it.class.as_str()).collect();
            assert_eq!(classes, [class, "ok"], "{behaviour}");
            assert!(event.attempts[0].latency_us > 0);
            assert_eq!((event.trace.len(), event.trace[0].stage.as_str()), (1, "fallback"));
            assert_eq!(event.model.split_once('/').unwrap().1, "1", "the target that served is named");
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_failure_decides_what_the_caller_is_told() {
    let cases: [(&str, u16, &str, &str); 13] = [
        ("fail=429-retry-after:7", 503, "upstream-rate-limited", "7"),
        ("fail=429-retry-after:3600", 503, "upstream-rate-limited", "60"),
        ("fail=quota", 424, "upstream-quota-exhausted", ""),
        ("fail=401", 424, "upstream-access-denied", ""),
        ("fail=403", 424, "upstream-access-denied", ""),
        ("fail=404", 424, "upstream-model-not-found", ""),
        ("fail=500", 502, "upstream-failed", "1"),
        ("fail=503", 503, "upstream-capacity-throttled", "1"),
        ("fail=529", 503, "upstream-capacity-throttled", "1"),
        ("fail=hang", 504, "upstream-timeout", "1"),
        ("fail=disconnect-before", 502, "upstream-failed", "1"),
        ("fail=malformed", 502, "upstream-failed", "1"),
        ("fail=redirect", 502, "upstream-failed", "1"),
    ];
    all(cases, async |(behaviour, status, code, retry_after)| {
        let stack = Stack::sandboxed(|it| it.model(&format!("demo:{behaviour}")).total(1000)).await;
        for (path, body) in requests("") {
            let reply = stack.post(path, body).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{behaviour} {path}: {}", reply.text());
            assert_eq!(reply.header("retry-after"), retry_after, "{behaviour}");
            assert_eq!(reply.header("x-should-retry"), if retry_after.is_empty() { "false" } else { "" });
            has_the_dialects_shape(path, &reply, code);
        }
        for event in stack.events(3).await {
            assert_eq!((event.status, event.code.as_str()), (u32::from(status), code));
            assert_eq!(event.cost.unwrap().total, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_whole_answer_is_waited_for_longer_than_a_streams_first_byte() {
    let catalog = |it: Catalog| it.model("demo:latency=1200").timeouts(300, 300);
    let stack = Stack::sandboxed(|it| catalog(it).with(|it| it.group.late_keep_alive = true)).await;
    for (path, body) in requests("") {
        let reply = stack.post(path, body).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "1"), "{path}: {}", reply.text());
    }
    assert_eq!(stack.post(CHAT, chat(r#","stream":true"#)).await.code(), "upstream-timeout");
}

fn has_the_dialects_shape(path: &str, reply: &Reply, code: &str) {
    let body = reply.json();
    if path == MESSAGES {
        assert_eq!(body["type"], "error");
        assert!(body["error"]["type"].is_string() && body["error"]["message"].is_string());
        assert_eq!(body["request_id"], reply.header("request-id"));
    } else {
        assert_eq!(body["error"]["details"]["code"], code);
        assert!(body["error"]["type"].is_string() && body["error"]["message"].is_string());
    }
    assert_eq!(reply.header("content-type"), "application/json");
    assert!(!reply.text().contains("sandbox"), "the upstream's words are not the caller's: {}", reply.text());
}

#[tokio::test]
async fn faults_of_the_request_are_not_tried_elsewhere() {
    for behaviour in ["fail=400", "fail=413", "fail=context"] {
        let stack = Stack::sandboxed(|it| it.model(&format!("demo:{behaviour}")).model("demo")).await;
        for (path, body) in requests("") {
            let reply = stack.post(path, body).await;
            assert!(reply.status.is_client_error(), "{behaviour} {path}: {}", reply.status);
            assert_eq!((reply.header("x-router-attempts"), reply.code()), ("1", ""), "{behaviour} {path}");
            assert_eq!(reply.header("x-should-retry"), "false", "{behaviour} {path}");
        }
        for event in stack.events(3).await {
            let code = match behaviour {
                "fail=context" => "context-length-exceeded",
                "fail=413" => "request-too-large",
                _ => "invalid-request",
            };
            assert_eq!((event.code.as_str(), event.attempts[0].class.as_str()), (code, "bad-request"));
        }
    }
}

#[tokio::test]
async fn an_encoded_error_says_that_it_is_encoded() {
    let headers = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let upstream = Scripted::answering("400 Bad Request", headers, "not really gzip").await;
    // There is no key that could be in it.
    let catalog = Catalog::new(upstream.address).model("m").with(|it| it.openai.credential = None);
    let stack = Stack::start(catalog).await;
    let reply = stack.post(CHAT, chat("")).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-encoding")), (400, "gzip"));
    assert_eq!(reply.text(), "not really gzip");
}

#[tokio::test]
async fn attempts_are_bounded_and_can_be_forbidden() {
    let stack = Stack::sandboxed(|it| it.model("demo:fail=500").model("demo:fail=500").model("demo")).await;
    let forbidden = stack.send(Method::POST, CHAT, &[("x-router-no-fallback", "1")], chat("")).await;
    assert_eq!((forbidden.status.as_u16(), forbidden.header("x-router-attempts")), (502, "1"));
    assert_eq!(stack.post(CHAT, chat("")).await.header("x-router-attempts"), "3");
    let bounded = Stack::sandboxed(|it| {
        it.model("demo:fail=500").model("demo:fail=500").model("demo").with(|it| it.group.max_attempts = 2)
    });
    let reply = bounded.await.post(CHAT, chat("")).await;
    assert_eq!((reply.code(), reply.header("x-router-attempts")), ("upstream-failed", "2"));
}

#[tokio::test]
async fn a_connection_that_is_not_made_is_explained_to_the_operator() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for (base, why) in
        [(format!("http://{nobody}/v1"), "refused"), ("http://no.such.invalid/v1".to_owned(), "no.such.invalid")]
    {
        let stack = Stack::start(Catalog::new(nobody).model("m").with(|it| it.openai.base_url = base)).await;
        assert_eq!(stack.post(CHAT, chat("")).await.code(), "upstream-failed");
        let attempt = stack.events(1).await.remove(0).attempts.remove(0);
        assert_eq!(attempt.class, "network");
        assert!(attempt.detail.starts_with("cannot connect: ") && attempt.detail.contains(why), "{}", attempt.detail);
    }
}

#[tokio::test]
async fn an_error_object_in_a_200_is_a_failed_attempt() {
    let stack = Stack::sandboxed(|it| it.model("demo:fail=stream-error").model("demo")).await;
    for (path, body) in requests("") {
        let reply = stack.post(path, body).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "2"), "{path}: {}", reply.text());
    }
}

#[tokio::test]
async fn streams_fall_back_before_their_content_and_never_after() {
    let stream = r#","stream":true"#;
    let before = [
        "fail=stream-error,after=start",
        "fail=stream-error-plain,after=start",
        "fail=disconnect,after=start",
        "fail=hang,after=start",
        "fail=stream-as-json",
        "fail=500",
    ];
    all(before, async |behaviour| {
        let catalog = |it: Catalog| {
            let catalog = it.model(&format!("demo:{behaviour}")).model("demo").timeouts(300, 300);
            catalog.with(|it| it.group.late_keep_alive = true)
        };
        let stack = Stack::sandboxed(catalog).await;
        for (path, body) in requests(stream) {
            let reply = stack.post(path, body).await;
            assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "2"), "{behaviour} {path}");
            assert!(!reply.text().contains("\"error\":{"), "{behaviour} {path}: {}", reply.text());
        }
        assert!(stack.events(3).await.iter().all(|it| it.code == "ok" && it.fallback && it.stream));
    })
    .await;
    // Chat's first chunk has a role and no content.
    let prelude = Stack::sandboxed(|it| it.model("demo:fail=stream-error,after=0").model("demo")).await;
    assert_eq!(prelude.post(CHAT, chat(stream)).await.header("x-router-attempts"), "2");
    for behaviour in ["fail=stream-error,after=1", "fail=stream-error-plain,after=1", "fail=disconnect,after=1"] {
        let stack = Stack::sandboxed(|it| it.model(&format!("demo:{behaviour}")).model("demo")).await;
        for (path, body) in requests(stream) {
            let reply = stack.post(path, body).await;
            assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "1"), "{behaviour} {path}");
            assert!(reply.text().contains("error"), "{behaviour} {path}: {}", reply.text());
            for end in ["[DONE]", "message_stop", "response.completed"] {
                assert!(!reply.text().contains(end), "{behaviour} {path}: {}", reply.text());
            }
        }
        for event in stack.events(3).await {
            assert!(
                event.status >= 500 && event.code.starts_with("upstream-"),
                "{behaviour}: {} {}",
                event.status,
                event.code
            );
            assert!(event.tokens_estimated && event.attempts.len() == 1);
        }
    }
}
