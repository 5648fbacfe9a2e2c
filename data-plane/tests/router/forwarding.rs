//! Same dialect in and out: bytes and headers.

use http::Method;
use serde_json::json;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, Step, chat, messages, responses, token};

/// Bodies as no serialiser writes them: spaces, escapes, numbers, key order and unknown fields must arrive as they are.
const ODD: [(&str, &str); 3] = [
    (
        CHAT,
        "{ \"zeta\":1.50e+3,\n\t\"model\" : \"team\",\"messages\":[{\"role\":\"user\",\"content\":\"h\\u00e9\\/ \\ud83d\\ude00 é\",\"model\":\"inner\"}],\"unknown\":{\"model\":\"team\",\"a\":[1,2.0,-0,1E-7]} ,\"max_tokens\":5}",
    ),
    (
        RESPONSES,
        "{\"input\":[{\"type\":\"additional_tools\",\"role\":\"developer\",\"tools\":[]},{\"role\":\"user\",\"content\":\"hi\"}],  \"model\":\"te\\u0061m\",\"store\":false,\"include\":[\"reasoning.encrypted_content\"],\"prompt_cache_key\":\"k\"}",
    ),
    (
        MESSAGES,
        "{\"max_tokens\":64,\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\",\"cache_control\":{\"type\":\"ephemeral\"}}]}],\"context_management\":{\"edits\":[]},\"model\":\"team\" }",
    ),
];

#[tokio::test]
async fn bodies_arrive_byte_for_byte_but_for_the_model() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    for (path, body) in ODD {
        let reply = stack.post(path, body).await;
        // The sandbox refuses unknown fields, as providers do: by naming one it shows that it arrived.
        assert!(reply.status == 200 || reply.text().contains("zeta"), "{}", reply.text());
    }
    let received = stack.received().await;
    assert_eq!(received.len(), ODD.len());
    for ((path, body), (seen_path, _, seen)) in ODD.iter().zip(received) {
        let at = body.find("\"model\"").unwrap();
        let expected = body[..at].to_owned()
            + &body[at..].replacen("\"team\"", "\"demo\"", 1).replacen("\"te\\u0061m\"", "\"demo\"", 1);
        assert_eq!(std::str::from_utf8(&seen).unwrap(), expected);
        assert_eq!(seen_path, *path);
    }
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let text = "x".repeat(3_000_000);
    let reply = stack.post(CHAT, chat("").replace("hello", &text)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(stack.received().await[0].2, chat("").replace("team", "demo").replace("hello", &text));
}

#[tokio::test]
async fn answers_are_untouched_but_for_the_model() {
    let body = "{ \"id\":\"c1\",\"object\":\"chat.completion\",\"model\" :\"gpt-\\u0035\", \"x\":1.0e2,\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"\\u00e9 model\",\"model\":\"gpt-5\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n";
    let headers = "content-type: application/json; charset=utf-8\r\nset-cookie: a=b\r\nx-request-id: provider\r\nopenai-organization: org-secret\r\nx-ratelimit-remaining-requests: 9\r\nserver: nginx\r\ncf-ray: 1\r\n";
    let upstream = Scripted::answering("200 OK", headers, body).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5")).await;
    let reply = stack.post(CHAT, chat("")).await;
    assert_eq!(reply.text(), body.replacen("\"gpt-\\u0035\"", "\"team\"", 1));
    assert_eq!(reply.header("content-type"), "application/json; charset=utf-8");
    for name in ["set-cookie", "openai-organization", "x-ratelimit-remaining-requests", "server", "cf-ray"] {
        assert!(!reply.headers.contains_key(name), "{name} passed");
    }
    assert!(reply.header("x-request-id").starts_with("req_"));
    assert_eq!(reply.header("x-router-group"), "team");
    assert_eq!(reply.header("x-router-attempts"), "1");
    assert_eq!(reply.header("x-router-config-version"), "1");
    assert!(!reply.headers.contains_key("x-router-target"));
    let event = stack.events(1).await.remove(0);
    assert_eq!((event.status, event.code.as_str(), event.model.as_str()), (200, "ok", "openai/0"));
    let tokens = event.tokens.unwrap();
    assert_eq!((tokens.input, tokens.output, event.tokens_estimated), (7, 3, false));
    // 7 x $1 and 3 x $4 per million.
    assert_eq!(event.cost.unwrap().total, 19_000);
    assert_eq!((event.baseline.as_str(), event.baseline_cost_nanousd), ("frontier", 110_000));
}

#[tokio::test]
async fn a_group_may_reveal_its_target_and_its_cost() {
    let body = json!({"model": "gpt-5", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}}).to_string();
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", &body).await;
    let catalog = Catalog::new(upstream.address).model("gpt-5").with(|it| {
        it.group.reveal_target = true;
        it.group.reveal_cost = true;
    });
    let stack = Stack::start(catalog).await;
    let reply = stack.post(CHAT, chat("")).await;
    assert_eq!(reply.text(), body);
    assert_eq!(reply.header("x-router-target"), "openai/0");
    assert_eq!(reply.header("x-router-cost-usd"), "0.000019000");
}

#[tokio::test]
async fn an_upstreams_words_about_the_request_reach_the_caller() {
    let body = "{\"error\": {\"message\": \"Unknown parameter: 'x'.\",  \"type\":\"invalid_request_error\",\"param\":\"x\",\"code\":\"unknown_parameter\"}}\n";
    let upstream =
        Scripted::answering("400 Bad Request", "content-type: application/json\r\nx-secret: 1\r\n", body).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5").model("other")).await;
    let reply = stack.post(CHAT, chat("")).await;
    assert_eq!((reply.status.as_u16(), reply.text().as_str()), (400, body));
    assert!(!reply.headers.contains_key("x-router-error-code"));
    assert!(!reply.headers.contains_key("x-secret"));
    assert_eq!(upstream.requests().len(), 1, "a bad request is bad everywhere");
    let event = stack.events(1).await.remove(0);
    assert_eq!((event.status, event.code.as_str()), (400, "invalid-request"));
    assert_eq!(event.attempts[0].class, "bad-request");
    assert_eq!(event.cost.unwrap().total, 0);
}

#[tokio::test]
async fn headers_arrive_and_secrets_do_not() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let own = token("abcdefghijkl");
    let headers = [
        ("authorization", ""),
        ("x-api-key", own.as_str()),
        ("anthropic-beta", "a-2025,b-2025"),
        ("anthropic-version", "2026-10-21"),
        ("user-agent", "claude-cli/2.1.329 (external, cli)"),
        ("x-app", "cli"),
        ("x-stainless-lang", "js"),
        ("x-claude-code-session-id", "session-7"),
        ("x-request-id", "client-9"),
        ("cookie", "a=b"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-router-no-fallback", "1"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
    ];
    let reply = stack.send(Method::POST, "/anthropic/v1/messages?beta=true", &headers, messages("")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("request-id"), reply.header("x-request-id"));
    let (path, seen, _) = stack.received().await.remove(0);
    assert_eq!(path, "/v1/messages?beta=true");
    let value = |name: &str| seen.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
    assert_eq!(value("anthropic-beta"), Some("a-2025,b-2025"));
    assert_eq!(value("anthropic-version"), Some("2026-10-21"));
    assert_eq!(value("x-stainless-lang"), Some("js"));
    assert_eq!(value("x-api-key"), Some("sk-openai"));
    for name in ["authorization", "cookie", "x-forwarded-for", "x-router-no-fallback", "x-hop"] {
        assert_eq!(value(name), None, "{name} passed");
    }
    assert!(!format!("{seen:?}").contains(&own));
    let event = stack.events(1).await.remove(0);
    assert_eq!((event.client.as_str(), event.session.as_str()), ("claude-code", "session-7"));
    assert_eq!(event.client_request_id, "client-9");
    assert_eq!(event.request_id, reply.header("x-request-id"));
    assert_eq!((event.caller.as_str(), event.token.as_str()), ("ana", "abcdefghijkl"));
    assert_eq!((event.region.as_str(), event.dialect.as_str()), ("eu", "anthropic-messages"));
}

#[tokio::test]
async fn openai_keys_are_bearers_and_count_tokens_costs_nothing() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    assert_eq!(stack.post(RESPONSES, responses("")).await.status, 200);
    let counted = stack.post("/v1/messages/count_tokens", messages("")).await;
    assert!(counted.json()["input_tokens"].as_u64().unwrap() > 0);
    let received = stack.received().await;
    assert!(received[0].1.contains(&("authorization".to_owned(), "Bearer sk-openai".to_owned())));
    let events = stack.events(2).await;
    assert!(events[0].cost.unwrap().total > 0);
    assert_eq!((events[1].operation.as_str(), events[1].cost.unwrap().total), ("count-tokens", 0));
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let mut script = Vec::new();
    let body = json!({"model": "m", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}).to_string();
    // Answers twice on one connection, then the router is left with a closed one and must open another.
    script.push(Step::Send(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )));
    let upstream = Scripted::start(script).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    for _ in 0..5 {
        assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    }
    assert_eq!(upstream.requests().len(), 5, "a connection that the upstream closed is never used");
}
