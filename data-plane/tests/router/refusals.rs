//! Malformed and hostile requests: each a clear answer in the caller's dialect, and nothing reaches an upstream.

use std::fmt::Write as _;

use http::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, all, chat, messages, raw, responses, token};

#[tokio::test]
async fn malformed_bodies_are_refused_in_the_callers_dialect() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let deep = format!("{{\"model\":\"team\",\"x\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let bodies: Vec<(&str, &str)> = vec![
        ("", "invalid-request"),
        ("{", "invalid-request"),
        ("null", "invalid-request"),
        ("[]", "invalid-request"),
        ("\"x\"", "invalid-request"),
        ("{}", "missing-model"),
        ("{\"model\":7}", "invalid-request"),
        ("{\"model\":null}", "missing-model"),
        ("{\"model\":\"\"}", "missing-model"),
        ("{\"model\":\"team\",\"model\":\"other\"}", "invalid-request"),
        ("{\"model\":\"team\",\"m\\u006fdel\":\"other\"}", "invalid-request"),
        ("{\"model\":\"team\"} trailing", "invalid-request"),
        ("{\"model\":\"team\"}{}", "invalid-request"),
        ("{\"model\":\"team\",}", "invalid-request"),
        ("{\"model\":\"team\",\"x\":NaN}", "invalid-request"),
        ("{\"model\":\"team\",\"x\":01}", "invalid-request"),
        ("{'model':'team'}", "invalid-request"),
        ("// no\n{\"model\":\"team\"}", "invalid-request"),
        ("{\"model\":\"team\",\"stream\":\"true\"}", "invalid-request"),
        ("{\"model\":\"team\",\"max_tokens\":-1,\"max_output_tokens\":-1}", "invalid-request"),
        ("\u{feff}{\"model\":\"team\"}", "invalid-request"),
        (&deep, "invalid-request"),
        ("{\"model\":\"../team\"}", "model-not-allowed"),
        ("{\"model\":\" team \"}", "model-not-allowed"),
        ("{\"model\":\"openai/0\"}", "model-not-allowed"),
        ("{\"model\":\"demo\"}", "model-not-allowed"),
    ];
    for path in [CHAT, RESPONSES, MESSAGES] {
        for (body, code) in &bodies {
            let reply = stack.post(path, (*body).to_owned()).await;
            let shown: String = body.chars().take(60).collect();
            let told = reply.code() == *code || (*code == "missing-model" && reply.code() == "invalid-request");
            assert!(reply.status.is_client_error() && told, "{path} {shown}: {} {}", reply.status, reply.text());
            let key = if path == MESSAGES { "type" } else { "error" };
            assert!(!reply.json()[key].is_null(), "{path} {shown}: {}", reply.text());
        }
    }
    let invalid_utf8 = [b"{\"model\":\"team\",\"x\":\"".as_slice(), &[0xff, 0xfe], b"\"}"].concat();
    assert_eq!(stack.post(CHAT, invalid_utf8).await.code(), "invalid-request");
    assert!(stack.received().await.is_empty());
}

#[tokio::test]
async fn bodies_are_bounded_and_must_be_plain_json() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"] {
        let reply = stack.send(Method::POST, CHAT, &[("content-type", kind)], chat("")).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (415, "unsupported-media-type"), "{kind}");
    }
    assert_eq!(stack.send(Method::POST, CHAT, &[("content-type", "")], chat("")).await.status, 200);
    for coding in ["gzip", "gzip, gzip", "zstd"] {
        let reply = stack.send(Method::POST, CHAT, &[("content-encoding", coding)], chat("")).await;
        assert_eq!(reply.status, 415, "{coding}");
    }
    let large = chat("").replace("hello", &"x".repeat(33 * 1024 * 1024));
    let reply = stack.post(CHAT, large).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (413, "request-too-large"));
    assert_eq!(stack.received().await.len(), 1);
}

#[tokio::test]
async fn smuggled_and_broken_heads_are_refused() {
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", "{\"choices\":[{}]}").await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    let body = chat("");
    let auth = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", token("abcdefghijkl"));
    let length = body.len();
    let huge = format!("x-huge: {}\r\n", "a".repeat(1 << 20));
    let many = (0..10_000).fold(String::new(), |mut all, n| {
        write!(all, "x-{n}: 1\r\n").unwrap();
        all
    });
    let heads = [
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}content-length: {length}\r\ncontent-length: 1\r\n\r\n{body}"),
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}transfer-encoding: chunked, identity\r\n\r\n{body}"),
        format!(
            "POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}transfer-encoding: gzip, chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
        ),
        format!(
            "POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}transfer-encoding: chunked, chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
        ),
        format!("POST http://evil{CHAT} HTTP/1.1\r\nhost: r\r\n{auth}content-length: {length}\r\n\r\n{body}"),
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}content-length: 18446744073709551615\r\n\r\n{body}"),
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"),
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}content-length: -1\r\n\r\n{body}"),
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}{huge}content-length: {length}\r\n\r\n{body}"),
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}{many}content-length: {length}\r\n\r\n{body}"),
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}bad header: 1\r\ncontent-length: {length}\r\n\r\n{body}"),
        format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}x-fold: a\r\n b\r\ncontent-length: {length}\r\n\r\n{body}"),
        "CONNECT evil:443 HTTP/1.1\r\nhost: evil\r\n\r\n".to_owned(),
        "TRACE / HTTP/1.1\r\nhost: r\r\n\r\n".to_owned(),
        "GARBAGE\r\n\r\n".to_owned(),
    ];
    all(&heads, async |head| {
        let answer = raw(stack.address, head.as_bytes()).await;
        let shown: String = head.chars().take(160).collect();
        assert!(answer.starts_with("HTTP/1.1 4"), "{shown}\n→ {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value =
            serde_json::from_str(body).unwrap_or_else(|it| panic!("{it}: {shown}\n→ {answer}"));
        assert!(body["error"]["code"].is_string() && answer.contains("x-request-id: req_"), "{shown}\n→ {answer}");
    })
    .await;
    assert!(upstream.requests().is_empty(), "{:?}", upstream.requests());
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200, "the router is unharmed");
}

#[tokio::test]
async fn a_request_with_two_lengths_is_refused_and_the_last_one_on_its_connection() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let body = chat("");
    let auth = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", token("abcdefghijkl"));
    let lengths =
        ["content-length: 5\r\ntransfer-encoding: chunked\r\n", "transfer-encoding: chunked\r\ncontent-length: 5\r\n"];
    for lengths in lengths {
        let chunked = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
        let smuggled = "GET /livez HTTP/1.1\r\nhost: r\r\n\r\n";
        for before in ["", "GET /livez HTTP/1.1\r\nhost: r\r\n\r\n"] {
            let mut client = tokio::net::TcpStream::connect(stack.address).await.unwrap();
            if !before.is_empty() {
                client.write_all(before.as_bytes()).await.unwrap();
                assert!(client.read(&mut [0; 4096]).await.unwrap() > 0);
            }
            let sent = format!("POST {CHAT} HTTP/1.1\r\nhost: r\r\n{auth}{lengths}\r\n{chunked}{smuggled}");
            client.write_all(sent.as_bytes()).await.unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 400") && answer.matches("HTTP/1.1 ").count() == 1, "{answer}");
            assert!(answer.contains("connection: close") && answer.contains("transfer-encoding"), "{answer}");
        }
    }
    assert!(stack.received().await.is_empty());
}

#[tokio::test]
async fn broken_requests_are_told_in_the_dialect_of_their_path() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let huge = format!("x-huge: {}\r\n", "a".repeat(70 * 1024));
    for (path, anthropic) in [(CHAT, false), (RESPONSES, false), (MESSAGES, true), ("/anthropic/v1/messages", true)] {
        let cases = [
            (String::new(), 400),
            ("host: a\r\nhost: b\r\n".to_owned(), 400),
            ("host: a b\r\n".to_owned(), 400),
            ("host: r\r\ntransfer-encoding: gzip, chunked, gzip\r\n".to_owned(), 400),
            ("host: r\r\ncontent-length: 1x\r\n".to_owned(), 400),
            (format!("host: r\r\n{huge}"), 431),
        ];
        for (headers, status) in cases {
            let answer = raw(stack.address, format!("POST {path} HTTP/1.1\r\n{headers}\r\n").as_bytes()).await;
            let shown: String = headers.chars().take(60).collect();
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path} {shown}: {answer}");
            let body: serde_json::Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
            assert_eq!(body["type"] == "error", anthropic, "{path} {shown}: {answer}");
            assert_eq!(
                body["error"]["type"],
                if status == 431 && anthropic { "request_too_large" } else { "invalid_request_error" }
            );
            assert!(answer.contains("x-router-error-code: "), "{answer}");
        }
    }
}

#[tokio::test]
async fn slow_and_broken_bodies_are_not_waited_for() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let head = format!(
        "POST {CHAT} HTTP/1.1\r\nhost: r\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        token("abcdefghijkl")
    );
    // The client closes in the middle of its body.
    let stream = tokio::net::TcpStream::connect(stack.address).await.unwrap();
    stream.try_write(head.as_bytes()).unwrap();
    drop(stream);
    // A stranger's body is not waited for: the answer would say that it is too slow.
    let answer = raw(stack.address, head.replace("Bearer sr_", "Bearer xx_").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(stack.received().await.is_empty());
}

#[tokio::test]
async fn refusals_with_unread_bodies_are_read_by_clients() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let large = chat("").replace("hello", &"x".repeat(5 * 1024 * 1024));
    let reply = stack.send(Method::POST, CHAT, &[("authorization", "Bearer nobody")], large.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (401, "unauthorized"));
    assert_eq!(stack.send(Method::POST, "/v1/nothing", &[], large).await.code(), "not-found");
}

#[tokio::test]
async fn a_connection_is_closed_by_name_where_a_body_stays_unread() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let body = chat("");
    let sent = |path: &str, headers: &str, length: usize, body: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: r\r\n{headers}content-length: {length}\r\n\r\n{body}")
    };
    let mine = format!("authorization: Bearer {}\r\n", token("abcdefghijkl"));
    let expects = format!("{mine}content-type: text/plain\r\nexpect: 100-continue\r\n");
    for (path, headers) in
        [(CHAT, ""), ("/v1/nothing", ""), ("/v1/models", ""), ("/v1/route/explain", &mine), (CHAT, &expects)]
    {
        let answer = raw(stack.address, sent(path, headers, body.len() + 1, &body).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("connection: close\r\n"), "{path}: {answer}");
    }
    for path in [CHAT, "/v1/nothing"] {
        let twice = sent(path, "", body.len(), &body).repeat(2);
        let answer = raw(stack.address, twice.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 4").count(), 2, "a connection whose body was read goes on: {answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn what_no_target_can_do_is_explained() {
    let catalog = |it: Catalog| {
        it.model("demo").with(|it| {
            for target in &mut it.targets {
                target.context_tokens = 1000;
                target.reasoning = false;
                target.max_output_tokens = 500;
            }
        })
    };
    let stack = Stack::sandboxed(catalog).await;
    let reply = stack.post(CHAT, chat(r#","reasoning_effort":"high""#)).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (400, "no-eligible-target"));
    assert_eq!(reply.json()["error"]["details"]["targets"][0]["reasons"][0]["code"], "reasoning");
    assert_eq!(reply.header("x-should-retry"), "false");
    let long = stack.post(MESSAGES, messages("").replace("hello", &"word ".repeat(5000))).await;
    assert_eq!(long.code(), "context-length-exceeded", "{}", long.text());
    assert_eq!(stack.post(RESPONSES, responses(r#","max_output_tokens":900"#)).await.code(), "no-eligible-target");
    let events = stack.events(3).await;
    assert_eq!(events[0].candidates[0].reasons, ["reasoning"]);
    assert!(events.iter().all(|it| it.attempts.is_empty() && it.status == 400));
    assert!(stack.received().await.is_empty());
}

#[tokio::test]
async fn private_addresses_are_refused_unless_the_provider_is_private() {
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", "{\"choices\":[{}]}").await;
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"] {
        let base = format!("http://{host}:{}/v1", upstream.address.port());
        let catalog = Catalog::new(upstream.address).model("m").with(|it| {
            it.openai.private_network = false;
            it.openai.base_url = base;
        });
        let stack = Stack::start(catalog).await;
        let reply = stack.post(CHAT, chat("")).await;
        assert_eq!(reply.code(), "upstream-failed", "{host}: {}", reply.text());
        let attempt = stack.events(1).await.remove(0).attempts.remove(0);
        assert_eq!(attempt.class, "network", "{host}: {}", attempt.detail);
    }
    assert!(upstream.requests().is_empty());
}

#[tokio::test]
async fn a_missing_credential_is_the_operators_fault() {
    let stack = Stack::sandboxed(|it| {
        it.model("demo").with(|it| {
            let source = proto::v1::credential::Source::Env("NO_SUCH_VARIABLE_ANYWHERE".to_owned());
            it.openai.credential = Some(proto::v1::Credential { source: Some(source) });
            it.caller.scopes.push(proto::Word::number(vocabulary::Scope::Metrics));
        })
    })
    .await;
    let reply = stack.post(CHAT, chat("")).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (424, "upstream-access-denied"));
    assert_eq!(stack.events(1).await[0].candidates[0].reasons, ["credential-missing"]);
    let text = stack.get("/metrics").await.text();
    assert!(text.contains("smart_router_provider_keys_missing 1"), "{text}");
}
