//! A caller's own limits.

use std::time::Duration;

use http_body_util::BodyExt as _;
use proto::Word as _;
use proto::v1::ResponsesStore;
use vocabulary::Scope;

use crate::support::{CHAT, Catalog, MESSAGES, RESPONSES, Stack, chat, messages, responses};

#[tokio::test]
async fn requests_per_minute_are_counted_and_told() {
    let stack = Stack::sandboxed(|it| it.model("demo").with(|it| it.caller.requests_per_minute = Some(3))).await;
    let first = stack.post(CHAT, chat("")).await;
    assert_eq!(first.header("x-ratelimit-limit-requests"), "3");
    assert_eq!(first.header("x-ratelimit-remaining-requests"), "2");
    assert!(!first.headers.contains_key("x-ratelimit-limit-tokens"));
    let second = stack.post(MESSAGES, messages("")).await;
    assert_eq!(second.header("anthropic-ratelimit-requests-limit"), "3");
    assert_eq!(second.header("anthropic-ratelimit-requests-remaining"), "1");
    assert!(second.header("anthropic-ratelimit-requests-reset").ends_with('Z'));
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200, "the third one");
    let refused = stack.post(CHAT, chat("")).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (429, "rate-limit-requests"));
    let details = &refused.json()["error"]["details"];
    assert_eq!(
        (&details["account"], &details["name"], &details["allowed"]),
        (&"caller".into(), &"ana".into(), &3.into())
    );
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(refused.header("x-ratelimit-remaining-requests"), "0");
    assert_eq!(stack.received().await.len(), 3, "what is refused reaches no upstream");
    let events = stack.events(4).await;
    assert_eq!((events[3].status, events[3].code.as_str(), events[3].attempts.len()), (429, "rate-limit-requests", 0));
    assert_eq!((events[3].trace[0].stage.as_str(), events[0].trace.len()), ("head-admit", 0));
}

#[tokio::test]
async fn tokens_per_minute_are_reserved_and_settled_to_what_was_used() {
    let stack = Stack::sandboxed(|it| it.model("demo").with(|it| it.caller.tokens_per_minute = Some(3000))).await;
    let reply = stack.post(CHAT, chat("")).await;
    let remaining: u64 = reply.header("x-ratelimit-remaining-tokens").parse().unwrap();
    let used = reply.json()["usage"]["total_tokens"].as_u64().unwrap();
    assert!((3000 - used..3000 - used + 10).contains(&remaining), "{remaining} after {used}: the answer is settled");
    let streamed = stack.post(CHAT, chat(r#","stream":true"#)).await;
    let remaining: u64 = streamed.header("x-ratelimit-remaining-tokens").parse().unwrap();
    assert!((1850..2000).contains(&remaining), "a thousand tokens of output and the input are reserved: {remaining}");
    let limits = stack.get("/v1/usage").await.json()["limits"].clone();
    let left = limits["tokens_per_minute"]["remaining"].as_u64().unwrap();
    assert!(left >= 3000 - 2 * used - 5 && left <= 3000, "{left} left after {used}");
    let never = stack.post(CHAT, chat("").replace("hello", &"word ".repeat(5000))).await;
    assert_eq!((never.status.as_u16(), never.code()), (429, "rate-limit-tokens"));
    assert_eq!((never.header("retry-after"), never.header("x-should-retry")), ("", "false"));
}

#[tokio::test]
async fn a_long_answer_is_served_whole_and_paid_for_afterwards() {
    let catalog = |it: Catalog| it.model("demo:chunks=4000").with(|it| it.caller.tokens_per_minute = Some(3000));
    let stack = Stack::sandboxed(catalog).await;
    let reply = stack.post(CHAT, chat("")).await;
    let used = reply.json()["usage"]["total_tokens"].as_u64().unwrap();
    assert!(reply.status == 200 && used > 7_000, "{used}");
    let refused = stack.post(CHAT, chat("")).await;
    assert_eq!((refused.code(), refused.header("x-should-retry")), ("rate-limit-tokens", ""));
    assert_eq!(refused.header("retry-after"), "60");
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    let wait: u64 = message.rsplit_once(" s").unwrap().0.rsplit_once(' ').unwrap().1.parse().unwrap();
    // About a thousand more are asked, at fifty a second.
    let owed = used + 1000 - 3000;
    assert!((owed / 50 - 20..owed / 50 + 20).contains(&wait), "{wait} s for {owed} tokens");
}

#[tokio::test]
async fn places_are_freed_however_a_request_ends() {
    let stack = Stack::sandboxed(|it| {
        it.model("demo:fail=500").with(|it| {
            it.caller.concurrency = Some(1);
            it.group.max_attempts = 1;
        })
    })
    .await;
    for _ in 0..5 {
        assert_eq!(stack.post(CHAT, chat("")).await.code(), "upstream-failed");
        assert_eq!(stack.post(CHAT, "{\"model\":\"team\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"\",\"format\":\"wav\"}}]}]}").await.code(), "no-eligible-target");
    }
}

#[tokio::test]
async fn streams_hold_their_place_until_they_end() {
    let stack =
        Stack::sandboxed(|it| it.model("demo:chunks=4,chunk_delay=150").with(|it| it.caller.concurrency = Some(1)))
            .await;
    let stream = stack.open(CHAT, &[], chat(r#","stream":true"#)).await;
    let refused = stack.post(CHAT, chat("")).await;
    assert_eq!((refused.code(), refused.header("retry-after")), ("rate-limit-concurrency", "1"));
    assert!(stream.into_body().collect().await.unwrap().to_bytes().ends_with(b"data: [DONE]\n\n"));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
}

#[tokio::test]
async fn nothing_is_read_for_a_request_that_its_head_refuses() {
    let bodies = [
        (CHAT, chat("")),
        (MESSAGES, messages("")),
        (RESPONSES, responses(r#","store":true,"previous_response_id":"resp_of_somebody""#)),
    ];
    let limited = |change: fn(&mut Catalog)| {
        move |it: Catalog| {
            it.model("demo:chunks=4,chunk_delay=400").with(change).with(|it| {
                it.caller.scopes.push(Scope::Metrics.number());
                it.settings.responses_store =
                    Some(ResponsesStore { enabled: true, ttl_ms: 60_000, seal_key: b"k".repeat(44) });
            })
        }
    };
    let refused = async |stack: &Stack, code: &str| {
        let before = stack.get("/metrics").await.text();
        for (path, body) in &bodies {
            assert_eq!(stack.post(path, body.clone()).await.code(), code, "{path}");
        }
        let after = stack.get("/metrics").await.text();
        let reads = |text: &str| {
            let read = |it: &&str| it.contains("bodies_read_total ") || it.contains("store_operations_total{");
            text.lines().filter(read).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(reads(&before), reads(&after), "{code}");
    };
    let stack = Stack::sandboxed(limited(|it| it.caller.scopes.clear())).await;
    refused(&stack, "scope-forbidden").await;
    let stack = Stack::sandboxed(limited(|it| it.caller.requests_per_minute = Some(1))).await;
    stack.post(RESPONSES, responses(r#","previous_response_id":"resp_of_nobody""#)).await;
    let text = stack.get("/metrics").await.text();
    assert!(text.contains("smart_router_request_bodies_read_total 1"), "what is let in is read: {text}");
    assert!(text.contains(r#"store_operations_total{operation="get",outcome="ok"} 1"#), "{text}");
    refused(&stack, "rate-limit-requests").await;
    let stack = Stack::sandboxed(limited(|it| it.caller.concurrency = Some(1))).await;
    let stream = stack.open(CHAT, &[], chat(r#","stream":true"#)).await;
    refused(&stack, "rate-limit-concurrency").await;
    drop(stream);
}

#[tokio::test]
async fn a_dry_run_peeks_and_takes_nothing() {
    let catalog = |it: Catalog| {
        it.model("demo").with(|it| {
            it.caller.requests_per_minute = Some(1);
            it.caller.concurrency = Some(1);
            it.caller.scopes.push(Scope::Explain.number());
        })
    };
    let stack = Stack::sandboxed(catalog).await;
    let explained = async || stack.post("/v1/route/explain", chat("")).await.json();
    for _ in 0..3 {
        assert!(explained().await["refusal"].is_null());
    }
    assert_eq!(stack.get("/v1/usage").await.json()["limits"]["requests_per_minute"]["remaining"], 1);
    assert_eq!(stack.post(CHAT, chat("")).await.status, 200);
    let told = explained().await;
    assert_eq!((&told["refusal"]["code"], &told["order"][0]), (&"rate-limit-requests".into(), &"openai/0".into()));
    // Also where something later would refuse it.
    for body in [chat(""), "{}".to_owned()] {
        assert_eq!(stack.post(CHAT, body).await.code(), "rate-limit-requests");
    }
    assert_eq!(stack.post("/v1/route/explain", "{}").await.code(), "rate-limit-requests");
}
