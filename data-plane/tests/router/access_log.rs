//! One line a request, whatever becomes of it, and nothing in it that nobody else should read.

use std::fs;
use std::path::Path;
use std::time::Duration;

use data_plane::access_log::AccessLogTo;
use http::Method;
use serde_json::Value;

use crate::support::{CHAT, Catalog, RESPONSES, Scripted, Stack, chat, responses, token};

async fn logged(path: &Path, sample: f64, requests: impl AsyncFnOnce(&Stack)) -> Vec<Value> {
    let upstream = Scripted::answering("500 Oops", "content-type: application/json\r\n", "{}").await;
    let to = AccessLogTo::File(path.to_owned());
    let sandbox = Stack::sandboxed(|it| it.model("demo")).await;
    let catalog = Catalog::new(sandbox.upstream()).model("demo").with(|it| it.settings.store_client_ip = true);
    let stack = Stack::unconfigured(|it| {
        it.access_log.to = to;
        it.access_log.sample = sample;
    })
    .await;
    stack.configure(1, catalog).await;
    requests(&stack).await;
    stack.configure(2, Catalog::new(upstream.address).model("dead")).await;
    stack.post(CHAT, chat("")).await;
    stack.running.stop().await;
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|it| serde_json::from_str::<Value>(it).unwrap());
    // The test itself asks whether the router is ready, and until it is that is worth a line.
    lines.filter(|it| it["operation"] != "healthz").collect()
}

#[tokio::test]
async fn every_request_is_one_line_with_the_columns_of_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("access.log");
    let lines = logged(&path, 1.0, async |stack| {
        let served = stack
            .send(Method::POST, CHAT, &[("user-agent", "OpenAI/Python 2.0"), ("x-session-id", "s1")], chat(""))
            .await;
        assert_eq!(served.status, 200);
        stack.post(RESPONSES, responses(r#","stream":true"#)).await;
        stack.send(Method::POST, CHAT, &[("authorization", "Bearer sr_secret_of_somebody")], chat("")).await;
        stack.post(CHAT, "{").await;
        stack.get("/v1/models").await;
        stack.get("/v1/responses/resp_private").await;
        stack.get("/readyz").await;
        stack.get("/metrics").await;
    })
    .await;
    let told: Vec<(&str, &str, u64)> = lines
        .iter()
        .map(|it| (it["operation"].as_str().unwrap(), it["code"].as_str().unwrap(), it["status"].as_u64().unwrap()))
        .collect();
    let expected = [
        ("chat-completions", "ok", 200),
        ("responses", "ok", 200),
        ("chat-completions", "unauthorized", 401),
        ("chat-completions", "invalid-request", 400),
        ("models", "ok", 200),
        ("stored-response", "response-store-disabled", 404),
        ("metrics", "metrics-forbidden", 403),
        ("chat-completions", "upstream-failed", 502),
    ];
    assert_eq!(told, expected);
    let served = &lines[0];
    for (name, value) in [
        ("caller", "ana"),
        ("group", "team"),
        ("provider", "openai"),
        ("model", "openai/0"),
        ("client", "openai-python"),
        ("session", "s1"),
        ("region", "eu"),
        ("token", "abcdefghijkl"),
        ("client_ip", "127.0.0.1"),
        ("cache", "bypass"),
    ] {
        assert_eq!(served[name], value, "{name}");
    }
    assert!(!served["node"].as_str().unwrap().is_empty());
    for name in ["latency_us", "first_byte_us", "input_tokens", "output_tokens", "cost_total_nanousd", "config_version"]
    {
        assert!(served[name].as_u64().unwrap() > 0, "{name}");
    }
    assert_eq!((&lines[1]["stream"], &lines[7]["class"]), (&true.into(), &"server-error".into()));
    let text = fs::read_to_string(&path).unwrap();
    for secret in [&token("abcdefghijkl")[16..], "secret_of_somebody", "hello", "resp_private"] {
        assert!(!text.contains(secret), "{secret} is in\n{text}");
    }
}

#[tokio::test]
async fn a_sample_misses_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let lines = logged(&dir.path().join("access.log"), 0.0, async |stack| {
        stack.post(CHAT, chat("")).await;
        stack.get("/v1/models").await;
        stack.post(CHAT, "{").await;
    })
    .await;
    let codes: Vec<&str> = lines.iter().map(|it| it["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["invalid-request", "upstream-failed"]);
}

/// A pipe that nobody reads takes some lines and then none: callers do not notice, and what was dropped is counted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_takes_nothing_holds_no_request_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let to = AccessLogTo::File(path);
    let stack = Stack::unconfigured(|it| it.access_log.to = to).await;
    let sandbox = Stack::sandboxed(|it| it.model("demo")).await;
    stack.configure(1, Catalog::new(sandbox.upstream()).model("demo")).await;
    let body = "x".repeat(200);
    for _ in 0..300 {
        let sent = tokio::time::timeout(
            Duration::from_secs(5),
            stack.send(Method::POST, CHAT, &[("x-session-id", &body)], chat("")),
        )
        .await;
        assert_eq!(sent.unwrap().status, 200);
    }
    stack.running.stop().await;
    drop(reader);
}
