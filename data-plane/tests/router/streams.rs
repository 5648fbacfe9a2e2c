//! Streams: bytes, silence, breaks, and clients that go away.

use std::time::Duration;

use http_body_util::BodyExt as _;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, Step, all, chat, messages, responses};

const CHUNK: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello world\"},\"finish_reason\":null}]}\n\n";
const STOP: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
const USAGE: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"gpt-5\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":5,\"total_tokens\":16}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

fn streaming(request: fn(&str) -> String) -> String {
    request(r#","stream":true"#)
}

fn sends(parts: &[&str]) -> Vec<Step> {
    parts.iter().map(|it| Step::Send((*it).to_owned())).collect()
}

#[tokio::test]
async fn bytes_are_not_reframed_and_usage_is_withheld_unless_asked_for() {
    let odd = ": comment\r\n\r\nevent: x\ndata:{\"model\" :\"gpt-5\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\nid: 7\n\n";
    let upstream = Scripted::streaming(sends(&[odd, CHUNK, STOP, USAGE, DONE])).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5")).await;
    let whole = [odd, CHUNK, STOP, USAGE, DONE].concat().replace("\"gpt-5\"", "\"team\"");
    let reply = stack.post(CHAT, streaming(chat)).await;
    assert_eq!(reply.text(), whole.replace(&USAGE.replace("gpt-5", "team"), ""));
    assert_eq!(reply.header("content-type"), "text/event-stream");
    assert!(upstream.requests()[0].contains("\"stream_options\":{\"include_usage\":true}"));
    let asked = stack.post(CHAT, chat(r#","stream":true,"stream_options":{"include_usage":true}"#)).await;
    assert_eq!(asked.text(), whole);
    for event in stack.events(2).await {
        let tokens = event.tokens.unwrap();
        assert_eq!((tokens.input, tokens.output, event.tokens_estimated), (11, 5, false));
        assert_eq!((event.status, event.code.as_str(), event.stream), (200, "ok", true));
        assert!(event.first_byte_us > 0 && event.first_byte_us <= event.latency_us);
    }
}

#[tokio::test]
async fn whole_streams_of_all_dialects_are_accounted_for() {
    let stack = Stack::sandboxed(|it| it.model("demo:chunks=40")).await;
    for (path, body) in [(CHAT, streaming(chat)), (RESPONSES, streaming(responses)), (MESSAGES, streaming(messages))] {
        let reply = stack.post(path, body).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(!reply.text().contains("\"demo:chunks=40\""), "{path}: the target's name shows");
    }
    for event in stack.events(3).await {
        assert_eq!((event.code.as_str(), event.tokens_estimated), ("ok", false));
        assert!(event.tokens.unwrap().output > 0 && event.cost.unwrap().output > 0);
    }
}

#[tokio::test]
async fn silent_streams_are_kept_alive_in_each_dialects_form() {
    let expected = [
        (CHAT, streaming(chat), ": keepalive\n\n"),
        (RESPONSES, streaming(responses), "data: {\"type\":\"keepalive\"}\n\n"),
        (MESSAGES, streaming(messages), "event: ping\ndata: {\"type\": \"ping\"}\n\n"),
    ];
    let stack = Stack::sandboxed(|it| it.model("demo:chunks=3,chunk_delay=700")).await;
    all(expected, async |(path, body, keep_alive)| {
        let text = stack.post(path, body).await.text();
        let count = text.matches(keep_alive).count();
        assert!(count >= 2, "{path}: {count} keep-alives in {text}");
        let events: Vec<_> = text.split("\n\n").collect();
        assert!(events.iter().all(|it| !it.trim_start().starts_with('{')), "an event was cut: {text}");
    })
    .await;
}

#[tokio::test]
async fn the_first_keep_alive_comes_after_one_interval_and_is_no_answer() {
    let steps = vec![Step::Wait(Duration::from_millis(1500)), Step::Send([CHUNK, STOP, DONE].concat())];
    let upstream = Scripted::streaming(steps).await;
    let stack = Stack::unconfigured(|it| it.settings.keep_alive = Duration::from_millis(600)).await;
    stack.configure(1, Catalog::new(upstream.address).model("gpt-5")).await;
    let mut body = stack.open(CHAT, &[], streaming(chat)).await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert_eq!(first, ": keepalive\n\n");
    body.collect().await.unwrap();
    let event = stack.events(1).await.remove(0);
    assert!((1_400_000..=event.latency_us).contains(&event.first_byte_us), "{} µs", event.first_byte_us);
}

#[tokio::test]
async fn an_unreadable_event_is_not_passed_on() {
    let garbage = "data: {\"choices\":[{\n\n";
    let mut steps = sends(&[CHUNK, &[garbage, CHUNK, DONE].concat()]);
    steps.insert(1, Step::Wait(Duration::from_millis(100)));
    let upstream = Scripted::streaming(steps).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5")).await;
    let text = stack.post(CHAT, streaming(chat)).await.text();
    let (content, error) = text.split_at(CHUNK.replace("gpt-5", "team").len());
    assert_eq!(content, CHUNK.replace("gpt-5", "team"));
    let error: serde_json::Value = serde_json::from_str(error.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(error["error"]["code"], "upstream-failed");
    let attempt = stack.events(1).await.remove(0).attempts.remove(0);
    assert_eq!((attempt.class.as_str(), attempt.detail.is_empty()), ("invalid-response", false));
}

#[tokio::test]
async fn a_response_that_fails_keeps_its_id() {
    let created = "data: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_7\"},\"sequence_number\":0}\n\n";
    let delta = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\",\"sequence_number\":1}\n\n";
    let upstream = Scripted::streaming(sends(&[created, delta])).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5")).await;
    let text = stack.post(RESPONSES, streaming(responses)).await.text();
    let failed = text.rsplit_once("data: ").unwrap().1;
    let failed: serde_json::Value = serde_json::from_str(failed).unwrap();
    assert_eq!((failed["type"].as_str(), failed["response"]["id"].as_str()), (Some("response.failed"), Some("resp_7")));
}

#[tokio::test]
async fn a_stream_that_is_cut_ends_with_an_error_and_no_sign_of_success() {
    for broken in [vec![CHUNK], vec![CHUNK, "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"con"]] {
        let upstream = Scripted::streaming(sends(&broken)).await;
        let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5")).await;
        let text = stack.post(CHAT, streaming(chat)).await.text();
        let (content, error) = text.split_at(CHUNK.replace("gpt-5", "team").len());
        assert_eq!(content, CHUNK.replace("gpt-5", "team"));
        let error: serde_json::Value = serde_json::from_str(error.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(error["error"]["code"], "upstream-failed");
        let event = stack.events(1).await.remove(0);
        assert_eq!((event.status, event.code.as_str()), (502, "upstream-failed"));
        assert_eq!((event.attempts[0].class.as_str(), event.attempts[0].status), ("network", 200));
        assert_eq!(event.tokens.unwrap().output, 3, "eleven bytes of text were seen");
    }
}

#[tokio::test]
async fn a_stream_that_falls_silent_ends_with_a_timeout() {
    for (path, body, shape) in [
        (CHAT, streaming(chat), "data: {\"error\":{"),
        (RESPONSES, streaming(responses), "event: response.failed\n"),
        (MESSAGES, streaming(messages), "event: error\ndata: {\"type\":\"error\""),
    ] {
        let stack = Stack::sandboxed(|it| it.model("demo:chunks=5,chunk_delay=30000").timeouts(5000, 400)).await;
        let text = stack.post(path, body).await.text();
        assert!(text.contains(shape), "{path}: {text}");
        let event = stack.events(1).await.remove(0);
        assert_eq!((event.status, event.code.as_str()), (504, "upstream-timeout"), "{path}");
        assert_eq!(event.attempts[0].class, "timeout");
    }
}

#[tokio::test]
async fn a_stream_that_never_ends_is_ended_by_the_total_timeout() {
    let steps = [Step::Send(CHUNK.to_owned()), Step::Wait(Duration::from_millis(50))];
    let upstream = Scripted::streaming(steps.into_iter().cycle().take(200).collect()).await;
    let timeouts = |it: &mut Catalog| it.openai.timeouts.as_mut().unwrap().total_ms = 500;
    let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5").with(timeouts)).await;
    let text = stack.post(CHAT, streaming(chat)).await.text();
    assert!(text.contains("upstream-timeout") && text.matches("hello").count() < 15, "{text}");
    let event = stack.events(1).await.remove(0);
    assert_eq!(
        (event.status, event.code.as_str(), event.attempts[0].class.as_str()),
        (504, "upstream-timeout", "timeout")
    );
}

#[tokio::test]
async fn a_broken_connection_after_the_last_event_is_no_failure() {
    let mut steps = sends(&[CHUNK, STOP, DONE]);
    steps.push(Step::WaitForClose);
    let upstream = Scripted::streaming(steps).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5").timeouts(5000, 300)).await;
    let text = stack.post(CHAT, streaming(chat)).await.text();
    assert!(text.ends_with(DONE), "{text}");
    assert_eq!(stack.events(1).await[0].code, "ok");
}

#[tokio::test]
async fn a_client_that_goes_away_stops_the_upstream_and_is_accounted_for() {
    let mut upstream = Scripted::streaming(vec![Step::Send(CHUNK.to_owned()), Step::WaitForClose]).await;
    let limited = Catalog::new(upstream.address).model("gpt-5").with(|it| it.caller.concurrency = Some(1));
    let stack = Stack::start(limited).await;
    let mut body = stack.open(CHAT, &[], streaming(chat)).await.into_body();
    assert!(body.frame().await.unwrap().unwrap().data_ref().unwrap().starts_with(b"data: "));
    assert_eq!(stack.post(CHAT, chat("")).await.code(), "rate-limit-concurrency");
    drop(body);
    upstream.closed(1).await;
    let events = stack.events(2).await;
    let event = events.iter().find(|it| it.stream).unwrap();
    assert_eq!((event.status, event.code.as_str()), (499, "client-closed"));
    assert_eq!(event.attempts[0].class, "client-closed");
    assert!(event.tokens_estimated && event.tokens.unwrap().output == 3 && event.cost.unwrap().total > 0);
    // Its place is free again.
    let again = stack.open(CHAT, &[], streaming(chat)).await;
    assert_eq!(again.status(), 200);
}

#[tokio::test]
async fn a_client_that_goes_away_before_the_answer_stops_the_upstream_too() {
    let mut upstream = Scripted::start(vec![Step::WaitForClose]).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("gpt-5")).await;
    let waiting = tokio::time::timeout(Duration::from_millis(300), stack.open(CHAT, &[], chat(""))).await;
    assert!(waiting.is_err());
    upstream.closed(1).await;
    let event = stack.events(1).await.remove(0);
    assert_eq!(
        (event.status, event.code.as_str(), event.attempts[0].class.as_str()),
        (499, "client-closed", "client-closed")
    );
    assert!(event.tokens.unwrap().input > 0, "what was sent is estimated");
}
