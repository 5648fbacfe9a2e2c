//! What fails on the way to a target of another dialect.

use std::time::Duration;

use data_plane_core::dialect::Dialect;
use http::Method;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use validators::validate_stream;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, Step, all, chat, messages, responses};

const STREAM: &str = r#","stream":true"#;
const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":9,\"output_tokens\":1}}}\n\n";
const TEXT: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hello world\"}}\n\n";
const OVERLOADED: &str =
    "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
const CHUNK: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"hello world\"},\"finish_reason\":null}]}\n\n";
const STOP: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

/// Every caller with the providers that speak another dialect than it does.
fn crossings(more: &str) -> Vec<(&'static str, String, &'static str)> {
    let callers =
        [(CHAT, chat(more), "chat"), (RESPONSES, responses(more), "responses"), (MESSAGES, messages(more), "messages")];
    let others = ["chat", "responses", "messages"];
    callers
        .into_iter()
        .flat_map(|(path, body, own)| {
            others.into_iter().filter(move |it| *it != own).map(move |it| (path, body.clone(), it))
        })
        .collect()
}

fn of(path: &str) -> &'static str {
    match path {
        CHAT => "chat",
        RESPONSES => "responses",
        _ => "messages",
    }
}

fn dialect(path: &str) -> Dialect {
    match path {
        CHAT => Dialect::OpenaiChat,
        RESPONSES => Dialect::OpenaiResponses,
        _ => Dialect::AnthropicMessages,
    }
}

fn sends(parts: &[&str]) -> Vec<Step> {
    parts.iter().map(|it| Step::Send((*it).to_owned())).collect()
}

/// The error event that ends a stream, in the caller's dialect, and no sign of success.
fn ends_in_error(path: &str, text: &str) -> Value {
    for end in ["[DONE]", "message_stop", "response.completed"] {
        assert!(!text.contains(end), "{path}: {text}");
    }
    let shape = match path {
        CHAT => "data: {\"error\":{",
        RESPONSES => "event: response.failed\n",
        _ => "event: error\ndata: {\"type\":\"error\"",
    };
    assert!(text.contains(shape), "{path}: {text}");
    serde_json::from_str(text.rsplit_once("data: ").unwrap().1.trim_end()).unwrap()
}

#[tokio::test]
async fn what_fails_before_its_content_is_served_by_a_target_of_another_dialect() {
    all(["fail=500", "fail=stream-error,after=start", "fail=disconnect,after=start", "fail=hang"], async |behaviour| {
        all(crossings(STREAM), async |(path, body, other)| {
            let failing = format!("demo:{behaviour}");
            let catalog = |it: Catalog| {
                let catalog = it.model_of(of(path), &failing).model_of(other, "demo").timeouts(300, 300);
                catalog.with(|it| it.group.late_keep_alive = true)
            };
            let stack = Stack::sandboxed(catalog).await;
            let reply = stack.post(path, body).await;
            assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "2"), "{behaviour} {path}");
            let event = stack.events(1).await.remove(0);
            assert!(event.code == "ok" && event.fallback, "{event:#?}");
            assert_ne!(event.target_dialect, event.dialect);
            assert_eq!(
                (&event.attempts[0].dialect, &event.attempts[1].dialect),
                (&event.dialect, &event.target_dialect)
            );
        })
        .await;
    })
    .await;
    // And back: the translated one fails, the native one answers.
    for (path, body, other) in crossings(STREAM) {
        let catalog = |it: Catalog| it.model_of(other, "demo:fail=stream-error,after=start").model_of(of(path), "demo");
        let stack = Stack::sandboxed(catalog).await;
        let reply = stack.post(path, body).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "2"), "{path} {other}");
        let event = stack.events(1).await.remove(0);
        assert!(event.code == "ok" && event.warnings.is_empty(), "the target that answered lost nothing: {event:#?}");
    }
}

#[tokio::test]
async fn arguments_that_are_cut_off_are_told() {
    let call = r#"{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\": 1"}}"#;
    let whole = format!(r#"{{"choices":[{{"message":{{"tool_calls":[{call}]}},"finish_reason":"length"}}]}}"#);
    let chunk = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{call}]}},\"finish_reason\":\"length\"}}]}}\n\ndata: [DONE]\n\n"
    );
    let told = "approximated:choices[0].message.tool_calls.function.arguments";
    let whole = Scripted::answering("200 OK", "content-type: application/json\r\n", &whole).await;
    let streamed = Scripted::streaming(sends(&[&chunk])).await;
    for (upstream, more) in [(whole, ""), (streamed, STREAM)] {
        let stack = Stack::start(Catalog::new(upstream.address).model_of("chat", "m")).await;
        let reply = stack.post(MESSAGES, messages(more)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        if more.is_empty() {
            assert!(reply.header("x-router-warnings").contains(told), "{}", reply.header("x-router-warnings"));
        }
        let event = stack.events(1).await.remove(0);
        assert!(
            event.warnings.iter().any(|it| format!("{it:?}").contains("tool_calls.function.arguments")),
            "{event:#?}"
        );
    }
}

#[tokio::test]
async fn what_dies_before_its_first_words_is_served_by_another_target() {
    let block = TEXT.split_inclusive("\n\n").next().unwrap();
    let created = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\",\"model\":\"m\"}}\n\n";
    let item = "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"sequence_number\":1,\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[]}}\n\n";
    for (dialect, path, body, events) in [
        ("messages", MESSAGES, messages(STREAM), [START, block]),
        ("responses", RESPONSES, responses(STREAM), [created, item]),
        ("messages", CHAT, chat(STREAM), [START, block]),
        ("responses", CHAT, chat(STREAM), [created, item]),
    ] {
        let dying = Scripted::streaming(sends(&events)).await;
        let stack = Stack::start(Catalog::new(dying.address).model_of(dialect, "m")).await;
        let reply = stack.post(path, body).await;
        // Nothing was sent yet: the failure has a status, and any other target could have been asked.
        assert_eq!(
            (reply.status.as_u16(), reply.code()),
            (502, "upstream-failed"),
            "{path} of {dialect}: {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn an_overload_inside_a_stream_is_a_failed_attempt() {
    let upstream = Scripted::streaming(sends(&[START, OVERLOADED])).await;
    for (path, body) in [(CHAT, chat(STREAM)), (RESPONSES, responses(STREAM))] {
        let stack = Stack::start(Catalog::new(upstream.address).model_of("messages", "m")).await;
        let reply = stack.post(path, body).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (503, "upstream-capacity-throttled"), "{}", reply.text());
        let event = stack.events(1).await.remove(0);
        assert_eq!((event.status, event.attempts[0].class.as_str()), (503, "server-error"));
    }
}

#[tokio::test]
async fn an_error_object_in_a_successful_answer_is_found() {
    let object = "{\"error\":{\"message\":\"out of memory\",\"type\":\"server_error\"}}";
    let streamed = Scripted::streaming(sends(&[&format!("data: {object}\n\n")])).await;
    let whole = Scripted::answering("200 OK", "content-type: application/json\r\n", object).await;
    for (upstream, more) in [(&streamed, STREAM), (&whole, STREAM), (&whole, "")] {
        let stack = Stack::start(Catalog::new(upstream.address).model_of("chat", "m")).await;
        let reply = stack.post(MESSAGES, messages(more)).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (502, "upstream-failed"), "{}", reply.text());
        assert_eq!((&reply.json()["type"], &reply.json()["error"]["type"]), (&json!("error"), &json!("api_error")));
    }
    // One JSON where a stream was asked for.
    let answer = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}";
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", answer).await;
    let stack = Stack::start(Catalog::new(upstream.address).model_of("chat", "m")).await;
    assert_eq!(stack.post(MESSAGES, messages(STREAM)).await.code(), "upstream-failed");
    assert_eq!(stack.events(1).await[0].attempts[0].class, "invalid-response");
    // A stream where one JSON was asked for.
    let upstream = Scripted::streaming(sends(&[CHUNK, STOP])).await;
    let stack = Stack::start(Catalog::new(upstream.address).model_of("chat", "m")).await;
    let reply = stack.post(MESSAGES, messages(r#","top_k":5"#)).await;
    assert_eq!((reply.code(), reply.header("x-router-warnings")), ("upstream-failed", ""), "nobody answered");
    let event = stack.events(1).await.remove(0);
    assert!(event.attempts[0].class == "invalid-response" && event.warnings.is_empty(), "{event:#?}");
}

#[tokio::test]
async fn nothing_is_tried_again_after_its_content() {
    all(["fail=stream-error,after=2", "fail=disconnect,after=2", "chunk_delay=30000"], async |behaviour| {
        all(crossings(STREAM), async |(path, body, other)| {
            let failing = format!("demo:{behaviour},chunks=9");
            let catalog = |it: Catalog| it.model_of(other, &failing).model_of(of(path), "demo").timeouts(1000, 300);
            let stack = Stack::sandboxed(catalog).await;
            let reply = stack.post(path, body).await;
            assert_eq!(
                (reply.status.as_u16(), reply.header("x-router-attempts")),
                (200, "1"),
                "{behaviour} {path} on {other}"
            );
            let last = ends_in_error(path, &reply.text());
            let violations = validate_stream(dialect(path), &reply.body);
            assert!(violations.is_empty(), "{behaviour} {path} on {other}: {violations:#?}\n{}", reply.text());
            if path == RESPONSES {
                let first: Value =
                    serde_json::from_str(reply.text().split("data: ").nth(1).unwrap().lines().next().unwrap()).unwrap();
                for field in ["id", "model", "created_at", "tools", "metadata"] {
                    assert_eq!(last["response"][field], first["response"][field], "{}", reply.text());
                }
                let numbers: Vec<u64> = reply
                    .text()
                    .lines()
                    .filter_map(|it| serde_json::from_str::<Value>(it.strip_prefix("data: ")?).ok())
                    .filter_map(|it| it["sequence_number"].as_u64())
                    .collect();
                assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "{numbers:?}");
            }
            let event = stack.events(1).await.remove(0);
            assert!(event.status >= 500 && event.code.starts_with("upstream-"), "{behaviour} {path}: {event:#?}");
            assert!(event.tokens_estimated && event.tokens.unwrap().output > 0, "{behaviour} {path}: {event:#?}");
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_forbids_fallbacks_gets_none() {
    for (path, body, other) in crossings(STREAM) {
        let catalog = |it: Catalog| it.model_of(other, "demo:fail=stream-error,after=start").model_of(of(path), "demo");
        let stack = Stack::sandboxed(catalog).await;
        let reply = stack.send(Method::POST, path, &[("x-router-no-fallback", "1")], body).await;
        assert_eq!((reply.status.as_u16() >= 500, reply.header("x-router-attempts")), (true, "1"), "{path} {other}");
    }
}

#[tokio::test]
async fn silent_translated_streams_are_kept_alive_in_the_callers_form() {
    all(crossings(STREAM), async |(path, body, other)| {
        let stack = Stack::sandboxed(|it| it.model_of(other, "demo:chunks=3,chunk_delay=700")).await;
        let text = stack.post(path, body).await.text();
        let keep_alive = match path {
            CHAT => ": keepalive\n\n",
            RESPONSES => "data: {\"type\":\"keepalive\"}\n\n",
            _ => "event: ping\ndata: {\"type\": \"ping\"}\n\n",
        };
        assert!(text.matches(keep_alive).count() >= 2, "{path} on {other}: {text}");
        assert_eq!(stack.events(1).await[0].code, "ok", "{path} on {other}");
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_ends_without_a_marker_is_whole_if_it_said_why_it_ends() {
    let upstream = Scripted::streaming(sends(&[CHUNK, STOP])).await;
    for (path, body, end) in
        [(MESSAGES, messages(STREAM), "message_stop"), (RESPONSES, responses(STREAM), "response.completed")]
    {
        let stack = Stack::start(Catalog::new(upstream.address).model_of("chat", "m")).await;
        let text = stack.post(path, body).await.text();
        assert!(text.contains(end) && text.contains("hello world"), "{path}: {text}");
        let event = stack.events(1).await.remove(0);
        assert_eq!((event.code.as_str(), event.tokens_estimated, event.tokens.unwrap().output), ("ok", true, 3));
    }
    let cut = Scripted::streaming(sends(&[CHUNK])).await;
    let stack = Stack::start(Catalog::new(cut.address).model_of("chat", "m")).await;
    ends_in_error(MESSAGES, &stack.post(MESSAGES, messages(STREAM)).await.text());
}

#[tokio::test]
async fn faults_of_the_request_are_told_in_the_callers_dialect() {
    all(crossings(""), async |(path, body, other)| {
        for (behaviour, status, code) in [
            ("fail=400", 400, "invalid-request"),
            ("fail=413", 413, "request-too-large"),
            ("fail=context", 400, "context-length-exceeded"),
        ] {
            let catalog = |it: Catalog| it.model_of(other, &format!("demo:{behaviour}")).model_of(of(path), "demo");
            let stack = Stack::sandboxed(catalog).await;
            let reply = stack.post(path, body.clone()).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{path} on {other}: {}", reply.text());
            assert_eq!((reply.header("x-router-attempts"), reply.header("x-should-retry")), ("1", "false"));
            assert_eq!(reply.header("content-type"), "application/json");
            let told = reply.json();
            if path == MESSAGES {
                assert_eq!(
                    (told["type"].as_str(), &told["request_id"]),
                    (Some("error"), &json!(reply.header("request-id")))
                );
            } else {
                assert_eq!(told["error"]["details"]["code"], code);
            }
            let message = told["error"]["message"].as_str().unwrap();
            assert!(!message.is_empty());
            let told = ["prompt is too long", "context_length_exceeded"].iter().all(|it| message.contains(it));
            assert!(code != "context-length-exceeded" || told, "{message}");
            let event = stack.events(1).await.remove(0);
            assert_eq!((event.code.as_str(), event.attempts[0].class.as_str()), (code, "bad-request"));
        }
    })
    .await;
}

#[tokio::test]
async fn an_upstreams_words_are_bounded() {
    let words = "Unknown parameter. ".repeat(500);
    let body = json!({"error": {"message": words, "type": "invalid_request_error"}}).to_string();
    let upstream = Scripted::answering("422 Unprocessable Entity", "content-type: application/json\r\n", &body).await;
    let stack = Stack::start(Catalog::new(upstream.address).model_of("chat", "m")).await;
    let reply = stack.post(MESSAGES, messages("")).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (422, "invalid-request"), "{}", reply.text());
    let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("Unknown parameter. ") && message.len() <= 1_024, "{message}");
    // A refusal inside a stream that asked for nothing else yet.
    let failed =
        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"request_too_large\",\"message\":\"bad\"}}\n\n";
    let upstream = Scripted::streaming(sends(&[START, failed])).await;
    let stack = Stack::start(Catalog::new(upstream.address).model_of("messages", "m")).await;
    let reply = stack.post(CHAT, chat(STREAM)).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (413, "request-too-large"), "{}", reply.text());
}

#[tokio::test]
async fn a_client_that_leaves_a_translated_stream_leaves_one_row() {
    let mut upstream = Scripted::streaming(vec![Step::Send([START, TEXT].concat()), Step::WaitForClose]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model_of("messages", "m")).await;
    let mut body = stack.open(CHAT, &[], chat(STREAM)).await.into_body();
    assert!(body.frame().await.unwrap().unwrap().data_ref().unwrap().starts_with(b"data: "));
    drop(body);
    upstream.closed(1).await;
    let event = stack.events(1).await.remove(0);
    assert_eq!((event.status, event.code.as_str()), (499, "client-closed"));
    let tokens = event.tokens.unwrap();
    assert!(tokens.input == 9 && tokens.output == 3 && event.cost.unwrap().total > 0, "{tokens:?}");

    let mut upstream = Scripted::start(vec![Step::WaitForClose]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model_of("messages", "m")).await;
    let waiting = tokio::time::timeout(Duration::from_millis(300), stack.open(CHAT, &[], chat(""))).await;
    assert!(waiting.is_err());
    upstream.closed(1).await;
    assert_eq!(stack.events(1).await[0].code, "client-closed");
}

#[tokio::test]
async fn each_request_leaves_one_row() {
    let stack = Stack::sandboxed(|it| it.model_of("chat", "demo:fail=500").model_of("messages", "demo")).await;
    assert_eq!(stack.post(RESPONSES, responses("")).await.status, 200);
    assert_eq!(stack.post(RESPONSES, responses(STREAM)).await.status, 200);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let events = stack.events(2).await;
    assert!(events.iter().all(|it| it.attempts.len() == 2 && it.code == "ok"), "{events:#?}");
    assert_ne!(events[0].request_id, events[1].request_id);
}

#[tokio::test]
async fn a_fallback_that_cannot_be_told_the_request_is_passed_over() {
    let catalog =
        |it: Catalog| it.model_of("chat", "demo:fail=500").model_of("messages", "demo").model_of("chat", "demo");
    let stack = Stack::sandboxed(catalog).await;
    let reply = stack.post(CHAT, chat(r#","n":2"#)).await;
    assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "2"), "{}", reply.text());
    let event = stack.events(1).await.remove(0);
    let tried: Vec<_> = event.attempts.iter().map(|it| it.target.as_str()).collect();
    assert_eq!(tried, ["chat/0", "chat/2"]);
    let passed_over = &event.candidates[1];
    assert_eq!((passed_over.eligible, passed_over.rank), (false, 0));
    assert_eq!(passed_over.reasons, ["translation"]);
    // The failure counts, if nobody is left.
    let catalog = |it: Catalog| it.model_of("chat", "demo:fail=500").model_of("messages", "demo");
    let reply = Stack::sandboxed(catalog).await.post(CHAT, chat(r#","n":2"#)).await;
    assert_eq!((reply.code(), reply.header("x-router-attempts")), ("upstream-failed", "1"));
}
