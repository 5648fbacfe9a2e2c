//! What coding agents rely on.

use std::time::Duration;

use http::Method;
use proto::Word;
use serde_json::{Value, json};
use vocabulary::ProviderKind;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, Step, chat};

fn body_of(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn unknown_items_and_tools_reach_a_target_of_the_same_dialect_untouched() {
    let upstream = Scripted::answering(
        "200 OK",
        "content-type: application/json\r\n",
        r#"{"id":"r","output":[{"type":"message","content":[]}]}"#,
    )
    .await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    let mut request = json!({
        "model": "team",
        "input": [
            {"type": "tool_search_call", "call_id": "c1", "execution": "client", "arguments": {"query": "x"}},
            {"type": "tool_search_output", "call_id": "c1", "tools": [{"type": "function", "name": "found"}]},
            {"type": "something_of_tomorrow", "payload": [1, 2.50, "\u{e4}"]},
        ],
        "tools": [{"type": "tool_search", "execution": "client"}, {"type": "namespace", "name": "n", "tools": []}],
    });
    assert_eq!(stack.post(RESPONSES, request.to_string()).await.status, 200);
    request["model"] = json!("m");
    assert_eq!(body_of(&upstream.requests()[0]), request);
}

#[tokio::test]
async fn an_output_that_names_its_tool_and_no_call_is_what_the_user_says() {
    let output = json!({
        "type": "function_call_output", "name": "create_goal", "namespace": "goals", "output": "the goal is set",
    });
    let said = json!({"role": "user", "content": "go on"});
    let body = json!({"model": "team", "input": [said, output]}).to_string();
    for dialect in ["chat", "messages", "responses"] {
        let stack = Stack::sandboxed(|it| it.model_of(dialect, "demo")).await;
        let reply = stack.post(RESPONSES, body.clone()).await;
        assert_eq!(reply.status, 200, "{dialect}: {}", reply.text());
        if dialect != "responses" {
            assert_eq!(reply.header("x-router-warnings"), "approximated:input[1]", "{dialect}");
            let upstream = stack.received().await.remove(0).2;
            assert!(String::from_utf8_lossy(&upstream).contains("the goal is set"), "{dialect}");
        }
    }
}

#[tokio::test]
async fn a_thread_is_refused_at_its_start_where_no_target_keeps_it() {
    let body = |thread: Value| {
        let said = json!([{"role": "user", "content": "hi"}]);
        json!({"model": "team", "max_tokens": 9, "messages": said, "thread": thread}).to_string()
    };
    let create = body(json!({"type": "create"}));
    let stack = Stack::sandboxed(|it| it.model_of("chat", "demo")).await;
    for body in [&create, &body(json!({"type": "continue", "previous_message_id": "msg_1"}))] {
        let reply = stack.post(MESSAGES, body.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-router-error-code")), (400, "no-eligible-target"));
        let error = &reply.json()["error"];
        assert_eq!(error["type"], "invalid_request_error");
        // What the vendor's tool runners look for before they send the whole conversation.
        assert_eq!(error["details"]["error_code"], "thread_unsupported_request", "{error}");
    }
    assert!(stack.received().await.is_empty(), "before any tool has run");
    let stack = Stack::sandboxed(|it| it.model_of("messages", "demo").model_of("chat", "demo")).await;
    assert_eq!(stack.post(MESSAGES, create).await.status, 200);
    assert_eq!(stack.events(1).await.remove(0).target_dialect, "anthropic-messages");
}

#[tokio::test]
async fn a_web_socket_is_refused_at_once_so_that_codex_falls_back() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let headers = [("upgrade", "websocket"), ("connection", "Upgrade")];
    assert_eq!(stack.send(Method::GET, RESPONSES, &headers, "").await.status, 426);
}

#[tokio::test]
async fn output_items_that_nobody_here_knows_survive_two_routers() {
    let compaction = r#"{"type":"compaction","id":"cmp_1","encrypted_content":"gAAAA-x\u00e4","x_new":{"a":[1,2]}}"#;
    let events = format!(
        "event: response.output_item.done\ndata: {{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{compaction},\"sequence_number\":1}}\n\nevent: response.completed\ndata: {{\"type\":\"response.completed\",\"response\":{{\"id\":\"resp_1\",\"model\":\"m\",\"output\":[{compaction}],\"usage\":null}},\"sequence_number\":2}}\n\n"
    );
    let upstream = Scripted::streaming(vec![Step::Send(events.clone())]).await;
    let egress = Stack::start(Catalog::new(upstream.address).model("m")).await;
    let token = crate::support::token("abcdefghijkl");
    let team = Stack::start(Catalog::new(egress.address).model("team").with(|it| {
        it.openai.kind = ProviderKind::SmartRouter.number();
        it.openai.credential.as_mut().unwrap().source = Some(proto::v1::credential::Source::Value(token.into_bytes()));
        // One provider alone: nothing has to be told apart.
        it.group.targets.retain(|it| it.target.starts_with("openai/"));
    }))
    .await;
    let reply = team.post(RESPONSES, r#"{"model":"team","input":"compact","stream":true}"#).await;
    assert_eq!(reply.text().matches(compaction).count(), 2, "{}", reply.text());
}

#[tokio::test]
async fn models_are_listed_in_the_shape_that_the_client_reads_and_at_once() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let anthropic = stack.send(Method::GET, "/v1/models?limit=1000", &[("anthropic-version", "2023-06-01")], "").await;
    assert!(!anthropic.status.is_redirection());
    let anthropic = anthropic.json();
    assert_eq!((anthropic["data"][0]["type"].as_str(), anthropic["has_more"].as_bool()), (Some("model"), Some(false)));
    assert!(anthropic["data"][0]["display_name"].is_string());
    let openai = stack.get("/v1/models").await.json();
    assert_eq!((openai["object"].as_str(), openai["data"][0]["object"].as_str()), (Some("list"), Some("model")));
}

#[tokio::test]
async fn a_stream_that_ends_without_its_marker_is_whole_once_it_said_why_it_ended() {
    let chunk = |delta: Value, finish: Value| {
        format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}))
    };
    let whole = chunk(json!({"content": "hi"}), Value::Null) + &chunk(json!({}), json!("stop"));
    let cut = chunk(json!({"content": "hi"}), Value::Null);
    for (stream, code) in [(whole, "ok"), (cut, "upstream-failed")] {
        let upstream = Scripted::streaming(vec![Step::Send(stream)]).await;
        let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
        let text = stack.post(CHAT, chat(r#","stream":true"#)).await.text();
        assert_eq!(stack.events(1).await[0].code, code, "{text}");
        assert_eq!(text.contains("\"error\""), code != "ok", "{text}");
    }
}

#[tokio::test]
async fn whatever_an_upstream_streams_the_router_lives_on() {
    let odd = [
        "data: \"just a string\"\n\n",
        "data: 7\n\n",
        "data: null\n\n",
        "data: []\n\n",
        "data: {\"choices\":\"none\"}\n\n",
        "data: {\"choices\":[null]}\n\n",
        "data: {\"choices\":[{\"delta\":\"text\"}]}\n\n",
        "\u{0}\u{1}\n\n",
        "plain words",
    ];
    for stream in odd {
        let upstream = Scripted::streaming(vec![Step::Send(stream.to_owned())]).await;
        let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
        for path in [CHAT, RESPONSES, MESSAGES] {
            let body = json!({
                "model": "team", "stream": true, "max_tokens": 9, "input": "hi",
                "messages": [{"role": "user", "content": "hi"}],
            });
            stack.post(path, body.to_string()).await;
        }
        assert_eq!(stack.get("/livez").await.status, 200, "{stream:?}");
        let events = stack.events(3).await;
        assert!(events.iter().all(|it| it.code != "internal"), "{stream:?}");
    }
}

#[tokio::test]
async fn first_byte_idle_and_total_time_are_bounds_of_their_own() {
    let content = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n";
    let wait = || Step::WaitForClose;
    let both = [Step::Send(content.to_owned()), Step::Wait(Duration::from_millis(50))];
    let endless = both.into_iter().cycle().take(200).collect();
    // Whoever waited for one of these would not end within the test's own time.
    let never = 3_600_000;
    let cases = [
        (vec![wait()], 300, never, never),
        (vec![Step::Send(content.to_owned()), wait()], never, 300, never),
        (endless, never, never, 400),
    ];
    for (number, (steps, first_byte, idle, total)) in cases.into_iter().enumerate() {
        // Without a head, nothing but the bound on the first byte can end it.
        let upstream = if number == 0 { Scripted::start(steps).await } else { Scripted::streaming(steps).await };
        let catalog = Catalog::new(upstream.address).model("m").timeouts(first_byte, idle).with(|it| {
            it.openai.timeouts.as_mut().unwrap().total_ms = total;
            it.group.max_attempts = 1;
        });
        let stack = Stack::start(catalog).await;
        stack.post(CHAT, chat(r#","stream":true"#)).await;
        let event = stack.events(1).await.remove(0);
        assert_eq!((event.code.as_str(), event.attempts.len()), ("upstream-timeout", 1), "bound {number}");
    }
}
