//! What is counted, and charged, whatever an upstream or a caller does.

use std::time::Duration;

use http_body_util::BodyExt as _;
use proto::Word;
use proto::v1::UsageEvent;
use serde_json::{Value, json};
use vocabulary::ProviderKind;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, Step, chat, messages, responses};

/// A Messages stream's beginning, as the vendor sends it: all of the input is reported here, and one token of output.
const MESSAGE_START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[],\"usage\":{\"input_tokens\":12,\"cache_read_input_tokens\":90000,\"cache_creation_input_tokens\":2000,\"cache_creation\":{\"ephemeral_5m_input_tokens\":500,\"ephemeral_1h_input_tokens\":1500},\"output_tokens\":1}}}\n\n";
const MESSAGE_TEXT: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hello world\"}}\n\n";

async fn only_event(stack: &Stack) -> UsageEvent {
    stack.events(1).await.remove(0)
}

fn streamed(request: fn(&str) -> String) -> String {
    request(r#","stream":true"#)
}

#[tokio::test]
async fn a_stream_that_is_cut_keeps_the_usage_that_its_beginning_reported() {
    let steps = vec![Step::Send(MESSAGE_START.to_owned()), Step::Send(MESSAGE_TEXT.to_owned())];
    let upstream = Scripted::streaming(steps).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    let text = stack.post(MESSAGES, streamed(messages)).await.text();
    assert!(text.contains("event: error") && !text.contains("message_stop"), "{text}");
    let event = only_event(&stack).await;
    let tokens = event.tokens.unwrap();
    assert_eq!((tokens.input, tokens.cached_input), (92_012, 90_000));
    assert_eq!((tokens.cache_write_5m, tokens.cache_write_1h), (500, 1500));
    assert!(tokens.output >= 1 && event.tokens_estimated && event.cost.unwrap().total > 0);
}

#[tokio::test]
async fn what_the_upstream_says_that_it_cost_stands_in_the_row_beside_the_price_lists() {
    let usage = r#""usage":{"prompt_tokens":7,"completion_tokens":4,"total_tokens":11,"cost":0.00095}"#;
    let body =
        format!(r#"{{"model":"m","choices":[{{"message":{{"content":"hi"}},"finish_reason":"stop"}}],{usage}}}"#);
    let chunk = format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"hi\"}},\"finish_reason\":\"stop\"}}],{usage}}}\n\ndata: [DONE]\n\n"
    );
    let whole = Scripted::answering("200 OK", "content-type: application/json\r\n", &body).await;
    let streamed = Scripted::streaming(vec![Step::Send(chunk)]).await;
    for (upstream, more) in [(whole, ""), (streamed, r#","stream":true"#)] {
        for path in [CHAT, MESSAGES] {
            let stack = Stack::start(Catalog::new(upstream.address).model_of("chat", "m")).await;
            let asked = if path == CHAT { chat(more) } else { messages(more) };
            assert_eq!(stack.post(path, asked).await.status, 200, "{path}");
            let event = only_event(&stack).await;
            assert_eq!(event.upstream_reported_cost_nanousd, Some(950_000), "{path}");
            assert_eq!(event.cost.unwrap().total, 7_000 + 4 * 4_000, "the price list's is still ours");
        }
    }
    let silent = Stack::sandboxed(|it| it.model("demo")).await;
    silent.post(CHAT, chat("")).await;
    assert_eq!(only_event(&silent).await.upstream_reported_cost_nanousd, None);
}

#[tokio::test]
async fn usage_that_no_upstream_can_mean_is_estimated() {
    for count in ["-7", "\"9\"", "1.5", "18446744073709551615"] {
        let usage = format!(r#""usage":{{"prompt_tokens":7,"completion_tokens":{count}}}"#);
        let body = format!(r#"{{"model":"m","choices":[{{"message":{{"content":"hi"}}}}],{usage}}}"#);
        let chunk = format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"hi\"}},\"finish_reason\":\"stop\"}}],{usage}}}\n\ndata: [DONE]\n\n"
        );
        let whole = Scripted::answering("200 OK", "content-type: application/json\r\n", &body).await;
        let streamed = Scripted::streaming(vec![Step::Send(chunk)]).await;
        for (upstream, more) in [(whole, ""), (streamed, r#","stream":true"#)] {
            for path in [CHAT, MESSAGES] {
                let stack = Stack::start(Catalog::new(upstream.address).model_of("chat", "m")).await;
                let asked = if path == CHAT { chat(more) } else { messages(more) };
                assert_eq!(stack.post(path, asked).await.status, 200, "{count} {path}");
                let event = only_event(&stack).await;
                let tokens = event.tokens.unwrap();
                assert!(
                    event.tokens_estimated && tokens.output > 0 && tokens.output < 100,
                    "{count} {path}: {tokens:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn an_errors_text_is_not_charged() {
    let long = "the words of an error are no output. ".repeat(200);
    let body = json!({"error": {"message": long, "type": "invalid_request_error", "code": null}}).to_string();
    let upstream = Scripted::answering("400 Bad Request", "content-type: application/json\r\n", &body).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    assert_eq!(stack.post(CHAT, chat("")).await.status, 400);
    let event = only_event(&stack).await;
    assert_eq!((event.tokens.unwrap_or_default().output, event.cost.unwrap().total), (0, 0));
}

#[tokio::test]
async fn a_chain_of_routers_counts_the_same_to_the_token() {
    let usage = json!({
        "prompt_tokens": 2852, "completion_tokens": 22, "total_tokens": 2874,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 7},
    });
    let answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
        "usage": usage,
    });
    let upstream = Scripted::answering("200 OK", "content-type: application/json\r\n", &answer.to_string()).await;
    let egress = Stack::start(Catalog::new(upstream.address).model("m")).await;
    let token = crate::support::token("abcdefghijkl");
    let team = Stack::start(Catalog::new(egress.address).model("team").with(|it| {
        for provider in it.single.iter_mut().chain([&mut it.openai]) {
            provider.kind = ProviderKind::SmartRouter.number();
            provider.credential.as_mut().unwrap().source =
                Some(proto::v1::credential::Source::Value(token.clone().into_bytes()));
        }
    }))
    .await;
    let reply = team.post(CHAT, chat("")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["usage"], usage, "zero is not absent");
    let (near, far) = (only_event(&team).await, only_event(&egress).await);
    assert_eq!(near.tokens, far.tokens);
    let tokens = near.tokens.unwrap();
    assert_eq!((tokens.input, tokens.output, tokens.cached_input, tokens.reasoning), (2852, 22, 0, 7));
}

#[tokio::test]
async fn one_request_is_one_row() {
    let stack = Stack::sandboxed(|it| it.model("demo")).await;
    let reply = stack.post(RESPONSES, responses("")).await;
    let id = reply.json()["id"].as_str().unwrap().to_owned();
    stack.get(&format!("{RESPONSES}/{id}")).await;
    stack.get(&format!("{RESPONSES}/{id}/input_items")).await;
    stack.post(RESPONSES, streamed(responses)).await;
    let events = stack.events(2).await;
    assert!(events.iter().all(|it| it.attempts.len() == 1 && it.code == "ok"));
}

#[tokio::test]
async fn a_caller_that_hangs_up_is_charged_for_what_it_got() {
    for (path, request, first) in [
        (
            CHAT,
            streamed(chat),
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello world\"}}]}\n\n".to_owned(),
        ),
        (MESSAGES, streamed(messages), format!("{MESSAGE_START}{MESSAGE_TEXT}")),
    ] {
        let mut upstream = Scripted::streaming(vec![Step::Send(first), Step::WaitForClose]).await;
        let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
        let mut body = stack.open(path, &[], request).await.into_body();
        body.frame().await.unwrap().unwrap();
        drop(body);
        upstream.closed(1).await;
        let event = only_event(&stack).await;
        assert_eq!((event.status, event.code.as_str()), (499, "client-closed"), "{path}");
        assert!(event.tokens.unwrap().output >= 1 && event.cost.unwrap().total > 0, "{path}");
    }
}

#[tokio::test]
async fn a_caller_that_hangs_up_before_a_whole_answer_cancels_it() {
    let mut upstream = Scripted::start(vec![Step::WaitForClose]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
    let waiting = tokio::time::timeout(Duration::from_millis(200), stack.open(MESSAGES, &[], messages(""))).await;
    assert!(waiting.is_err());
    upstream.closed(1).await;
    let event = only_event(&stack).await;
    assert_eq!((event.code.as_str(), event.attempts.len()), ("client-closed", 1));
}

#[tokio::test]
async fn a_fallback_is_one_row_with_each_attempt_and_the_price_of_the_one_that_served() {
    let stack = Stack::sandboxed(|it| {
        it.model("demo:fail=500").model("demo").with(|it| {
            for target in &mut it.targets {
                let dear = target.model == "demo:fail=500";
                target.prices[0].input = if dear { 900_000_000_000 } else { 2_000_000_000 };
            }
        })
    })
    .await;
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    let event = only_event(&stack).await;
    let classes: Vec<&str> = event.attempts.iter().map(|it| it.class.as_str()).collect();
    assert_eq!(classes.last(), Some(&"ok"));
    assert!(classes.len() > 1 && classes[..classes.len() - 1].iter().all(|it| *it == "server-error"), "{classes:?}");
    let (tokens, cost) = (event.tokens.unwrap(), event.cost.unwrap());
    assert_eq!(event.prices.unwrap().input, 2_000_000_000);
    assert_eq!(cost.input, tokens.input * 2_000);
}

/// A stream of each dialect with its usage where its vendor puts it.
fn stream_with_usage(path: &str) -> String {
    let event = |value: Value| format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap_or_default());
    match path {
        CHAT => {
            let text = json!({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]});
            let usage = json!({"choices": [], "usage": {"prompt_tokens": 40, "completion_tokens": 17, "total_tokens": 57}});
            format!("data: {text}\n\ndata: {usage}\n\ndata: [DONE]\n\n")
        }
        RESPONSES => event(json!({"type": "response.completed", "sequence_number": 0, "response": {
            "id": "resp_1", "status": "completed", "output": [],
            "usage": {"input_tokens": 40, "output_tokens": 17, "total_tokens": 57},
        }})),
        _ => [
            json!({"type": "message_start", "message": {"id": "msg_1", "usage": {"input_tokens": 40, "output_tokens": 1}}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 17}}),
            json!({"type": "message_stop"}),
        ]
        .map(event)
        .concat(),
    }
}

#[tokio::test]
async fn streamed_tokens_are_counted_in_every_dialect() {
    for (path, request) in [(CHAT, streamed(chat)), (RESPONSES, streamed(responses)), (MESSAGES, streamed(messages))] {
        let upstream = Scripted::streaming(vec![Step::Send(stream_with_usage(path))]).await;
        let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
        assert_eq!(stack.post(path, request).await.status, 200);
        let event = only_event(&stack).await;
        let tokens = event.tokens.unwrap();
        assert_eq!((tokens.input, tokens.output, event.tokens_estimated), (40, 17, false), "{path}");
        assert!(event.cost.unwrap().output > 0);
    }
}
