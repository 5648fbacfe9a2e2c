//! A silent stream begins with keep-alives before its upstream has answered, and another target may still serve it.

use std::time::Duration;

use proto::v1::{GroupTarget, Provider};

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Scripted, Stack, Step, all, chat, messages, responses};

const PAUSE: Step = Step::Wait(Duration::from_secs(1));

/// What comes of each dialect: path, body, keep-alive, a failure's mark.
fn dialects() -> [(&'static str, String, &'static str, &'static str); 3] {
    let stream = r#","stream":true"#;
    [
        (CHAT, chat(stream), ": keepalive\n\n", r#"data: {"error":"#),
        (RESPONSES, responses(stream), "data: {\"type\":\"keepalive\"}\n\n", "event: response.failed"),
        (MESSAGES, messages(stream), "event: ping\ndata: {\"type\": \"ping\"}\n\n", "event: error\n"),
    ]
}

fn answer(status: &str, body: &str) -> Step {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    Step::Send(head + body)
}

/// A group of a silent upstream, and then the sandbox, if it is wanted.
fn catalog(silent: &Scripted, then: Option<&Stack>) -> Catalog {
    let mut catalog = Catalog::new(silent.address).model("m");
    if let Some(sandbox) = then {
        let mut other = Catalog::new(sandbox.upstream()).model("demo");
        catalog.single.push(Provider { id: "second".to_owned(), ..other.openai.clone() });
        let mut target = other.targets.remove(0);
        (target.id, target.provider) = ("second/0".to_owned(), "second".to_owned());
        catalog.targets.push(target);
        catalog.group.targets.push(GroupTarget { target: "second/0".to_owned(), weight: 1 });
    }
    catalog
}

#[tokio::test]
async fn a_stream_is_kept_alive_and_falls_back_before_any_answer() {
    let sandbox = Stack::sandboxed(|it| it.model("demo")).await;
    all(dialects(), async |(path, body, alive, _)| {
        let silent = Scripted::start(vec![PAUSE, answer("500 Oops", "{}")]).await;
        let stack = Stack::start(catalog(&silent, Some(&sandbox))).await;
        let reply = stack.post(path, body).await;
        let text = reply.text();
        assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "text/event-stream"), "{text}");
        assert!(text.starts_with(alive) && text.len() > 500, "{text}");
        assert_eq!((reply.header("x-router-group"), reply.header("x-router-config-version")), ("team", "1"));
        assert!(reply.header("x-request-id").starts_with("req_"));
        let event = &stack.events(1).await[0];
        assert_eq!((event.code.as_str(), event.attempts.len(), event.provider.as_str()), ("ok", 2, "second"));
    })
    .await;
}

#[tokio::test]
async fn a_failure_is_told_inside_the_stream_in_the_dialects_form() {
    let words = r#"{"error":{"message":"no such thing as 7","type":"invalid_request_error"}}"#;
    for (answer, code, said) in [
        (answer("500 Oops", "{}"), "upstream-failed", "the provider failed"),
        (answer("400 Bad Request", words), "invalid-request", "no such thing as 7"),
    ] {
        all(dialects(), async |(path, body, alive, failed)| {
            let silent = Scripted::start(vec![PAUSE, answer.clone()]).await;
            let stack = Stack::start(catalog(&silent, None)).await;
            let reply = stack.post(path, body).await;
            let text = reply.text();
            assert_eq!(reply.status, 200, "{text}");
            assert!(text.starts_with(alive) && text.contains(failed) && text.contains(said), "{text}");
            assert!(!text.contains("[DONE]") && !text.contains("message_stop"), "{text}");
            let event = &stack.events(1).await[0];
            assert_eq!((event.code.as_str(), event.attempts.len()), (code, 1));
        })
        .await;
    }
}

#[tokio::test]
async fn a_group_may_wait_for_the_answer() {
    all(dialects(), async |(path, body, _, _)| {
        let silent = Scripted::start(vec![PAUSE, answer("500 Oops", "{}")]).await;
        let stack = Stack::start(catalog(&silent, None).with(|it| it.group.late_keep_alive = true)).await;
        let reply = stack.post(path, body).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (502, "upstream-failed"));
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_leaves_ends_the_asking() {
    let mut silent = Scripted::start(vec![Step::WaitForClose]).await;
    let stack = Stack::start(catalog(&silent, None)).await;
    let response = stack.open(CHAT, &[], chat(r#","stream":true"#)).await;
    assert_eq!(response.status(), 200);
    drop(response);
    silent.closed(1).await;
    let event = &stack.events(1).await[0];
    assert_eq!(event.code, "client-closed");
}

#[tokio::test]
async fn a_stream_ends_with_its_dialects_end_though_the_upstream_stays() {
    let usage = r#""usage":{"input_tokens":1,"output_tokens":1}"#;
    let streams = [
        "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]}\n\n\
         data: [DONE]\n\n"
            .to_owned(),
        format!(
            "data: {{\"type\":\"response.completed\",\"response\":{{\"id\":\"resp_1\",\"status\":\"completed\",\"output\":[],{usage}}}}}\n\n"
        ),
        format!(
            "event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{{\"id\":\"m\",\"model\":\"m\",\"content\":[],{usage}}}}}\n\n\
             event: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n"
        ),
    ];
    all(dialects().into_iter().zip(streams), async |((path, body, alive, _), stream)| {
        let mut upstream = Scripted::streaming(vec![Step::Send(stream), Step::WaitForClose]).await;
        let stack = Stack::start(Catalog::new(upstream.address).model("m")).await;
        let reply = stack.post(path, body).await;
        assert!(!reply.text().contains(alive), "{}", reply.text());
        assert_eq!(stack.events(1).await[0].code, "ok");
        upstream.closed(1).await;
    })
    .await;
}
