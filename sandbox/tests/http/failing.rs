//! The sandbox over HTTP when it was asked to fail.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use crate::client::{ENDPOINTS, Sandbox, hello, receive};
use http::Method;
use serde_json::{Value, json};

const MESSAGES: &str = "/v1/messages";

#[tokio::test]
async fn refusals_have_the_providers_status_shape_and_words() {
    let sandbox = Sandbox::start().await;
    // The failure, then status and a telling value in OpenAI's body, then in Anthropic's.
    for (fail, openai, code, anthropic, kind) in [
        ("400", 400, "invalid_value", 400, "invalid_request_error"),
        ("401", 401, "invalid_api_key", 401, "authentication_error"),
        ("402", 402, "invalid_request_error", 402, "billing_error"),
        ("403", 403, "unsupported_country_region_territory", 403, "permission_error"),
        ("404", 404, "model_not_found", 404, "not_found_error"),
        ("413", 413, "request_too_large", 413, "request_too_large"),
        ("429", 429, "rate_limit_exceeded", 429, "rate_limit_error"),
        ("quota", 429, "insufficient_quota", 400, "invalid_request_error"),
        ("context", 400, "context_length_exceeded", 400, "invalid_request_error"),
        ("500", 500, "server_error", 500, "api_error"),
        ("503", 503, "service_unavailable", 503, "api_error"),
        ("529", 529, "overloaded", 529, "overloaded_error"),
    ] {
        for path in ENDPOINTS {
            for stream in [false, true] {
                let answer = sandbox.post(path, &hello(path, &format!("sandbox:fail={fail}"), stream)).await;
                let error = &answer.json()["error"];
                let expected = if path == MESSAGES { (anthropic, kind) } else { (openai, code) };
                let told = &error[if path == MESSAGES { "type" } else { "code" }];
                assert_eq!((answer.status.as_u16(), told.as_str().unwrap()), expected, "{path} {fail}");
                assert!(answer.header("retry-after").is_none());
            }
        }
    }
}

#[tokio::test]
async fn retry_after_and_the_words_of_quota_errors() {
    let sandbox = Sandbox::start().await;
    let limited = sandbox.post(MESSAGES, &hello(MESSAGES, "sandbox:fail=429-retry-after:2", false)).await;
    assert_eq!((limited.status.as_u16(), limited.header("retry-after")), (429, Some("2")));
    let quota = sandbox.post(MESSAGES, &hello(MESSAGES, "sandbox:fail=quota", false)).await;
    assert!(quota.text().contains("credit balance is too low"));
    assert_eq!(quota.json()["request_id"], quota.header("request-id").unwrap());
}

#[tokio::test]
async fn only_the_first_requests_fail() {
    let sandbox = Sandbox::start().await;
    let mut statuses = vec![];
    for _ in 0..4 {
        statuses
            .push(sandbox.post(MESSAGES, &hello(MESSAGES, "sandbox:fail=529,first=2", false)).await.status.as_u16());
    }
    assert_eq!(statuses, [529, 529, 200, 200]);
    let other = sandbox.post(MESSAGES, &hello(MESSAGES, "other:fail=529,first=2", false)).await;
    assert_eq!(other.status, 529);
}

#[tokio::test]
async fn the_header_chooses_too_and_mistakes_are_told() {
    let sandbox = Sandbox::start().await;
    let body = hello(ENDPOINTS[0], "plain-name", false).to_string();
    for (header, status, word) in [("fail=500", 500, "server_error"), ("fial=500", 400, "`fial` is not a behaviour")] {
        let headers = [("x-sandbox-behaviour", header)];
        let answer = sandbox.send(Method::POST, ENDPOINTS[0], &headers, body.clone()).await.unwrap();
        let answer = receive(answer).await;
        assert_eq!(answer.status, status);
        assert!(answer.text().contains(word), "{}", answer.text());
    }
}

#[tokio::test]
async fn connections_break_where_asked() {
    let sandbox = Sandbox::start().await;
    for path in ENDPOINTS {
        let body = hello(path, "sandbox:fail=disconnect-before", true).to_string();
        assert!(sandbox.send(Method::POST, path, &[], body).await.is_err());

        let whole = sandbox.post(path, &hello(path, "sandbox:fail=disconnect", false)).await;
        assert_eq!(whole.status, 200);
        let length: usize = whole.header("content-length").unwrap().parse().unwrap();
        assert!(whole.broken && whole.body.len() == length / 2);

        let stream = sandbox.post(path, &hello(path, "sandbox:fail=disconnect,after=2", true)).await;
        assert!(stream.broken && stream.text().contains("sandbox") && stream.text().ends_with("\n\n"));
        let stream = sandbox.post(path, &hello(path, "sandbox:fail=disconnect,after=start", true)).await;
        assert!(stream.broken && stream.body.is_empty());
    }
}

#[tokio::test]
async fn errors_inside_streams_come_where_asked() {
    let sandbox = Sandbox::start().await;
    for path in ENDPOINTS {
        for fail in ["stream-error", "stream-error-plain"] {
            let model = |after: &str| hello(path, &format!("sandbox:fail={fail},after={after}"), true);
            let first = sandbox.post(path, &model("start")).await;
            assert_eq!((first.status.as_u16(), first.broken), (200, false));
            assert!(data(&first.text())[0].get("error").is_some(), "{}", first.text());
            let prelude = sandbox.post(path, &model("0")).await.text();
            assert!(!prelude.contains("Hello from") && data(&prelude).len() > 1, "{prelude}");
            let third = sandbox.post(path, &model("3")).await.text();
            assert!(third.contains("Hello from") && third.contains("error") && !third.contains("DONE"));
        }
        let whole = sandbox.post(path, &hello(path, "sandbox:fail=stream-error", false)).await;
        assert_eq!(whole.status, 200);
        assert!(whole.json().get("error").is_some());
    }
    let failed = sandbox.post(ENDPOINTS[1], &hello(ENDPOINTS[1], "sandbox:fail=stream-error", true)).await.text();
    let events = data(&failed);
    let [.., error, last] = events.as_slice() else { panic!("{failed}") };
    assert_eq!((&error["type"], &last["type"]), (&json!("error"), &json!("response.failed")));
    assert_eq!(last["sequence_number"], events.len() - 1);
    assert_eq!(last["response"]["id"], events[0]["response"]["id"]);
}

fn data(stream: &str) -> Vec<Value> {
    let lines = stream.lines().filter_map(|line| line.strip_prefix("data: "));
    lines.map(|data| serde_json::from_str(data).unwrap()).collect()
}

#[tokio::test]
async fn bodies_are_malformed_huge_or_of_another_kind() {
    let sandbox = Sandbox::start().await;
    for path in ENDPOINTS {
        for stream in [false, true] {
            let broken = sandbox.post(path, &hello(path, "sandbox:fail=malformed", stream)).await;
            assert!((broken.status, broken.broken) == (http::StatusCode::OK, false));
            let last = broken.text().lines().rfind(|line| !line.is_empty()).unwrap().to_owned();
            let last = last.trim_start_matches("data: ");
            assert!(serde_json::from_str::<Value>(last).is_err());
        }
        let json = sandbox.post(path, &hello(path, "sandbox:fail=stream-as-json", true)).await;
        assert_eq!(json.header("content-type"), Some("application/json"));
        assert!(json.json().get("usage").is_some());
        let page = sandbox.post(path, &hello(path, "sandbox:fail=html-502", true)).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (502, Some("text/html")));
        let redirect = sandbox.post(path, &hello(path, "sandbox:fail=redirect", true)).await;
        assert_eq!((redirect.status.as_u16(), redirect.header("location")), (307, Some("/v1/redirected")));
    }
    let huge = sandbox.post(MESSAGES, &hello(MESSAGES, "sandbox:fail=huge", false)).await;
    assert!(huge.body.len() > 64 * 1024 * 1024 && huge.body.ends_with(b"\"}"));
}

#[tokio::test]
async fn a_hanging_answer_sends_no_headers() {
    let sandbox = Sandbox::start().await;
    let body = hello(MESSAGES, "sandbox:fail=hang", false).to_string();
    let answer = sandbox.send(Method::POST, MESSAGES, &[], body);
    assert!(tokio::time::timeout(Duration::from_millis(100), answer).await.is_err());
}

#[tokio::test]
async fn broken_requests_unknown_paths_and_sockets_are_refused() {
    let sandbox = Sandbox::start().await;
    for path in ENDPOINTS {
        for body in ["", "{", "[]", "{\"model\":1}", "{\"model\":\"m\"}"] {
            let answer = receive(sandbox.send(Method::POST, path, &[], body).await.unwrap()).await;
            assert_eq!(answer.status, 400, "{path} {body}");
            assert!(answer.json()["error"]["message"].is_string());
        }
    }
    assert_eq!(sandbox.get("/v1/unknown").await.json()["error"]["type"], "invalid_request_error");
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    let answer = sandbox.send(Method::GET, "/v1/responses", &upgrade, "").await.unwrap();
    assert_eq!(answer.status(), 426);
}
