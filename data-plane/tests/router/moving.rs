//! Conversations that move between groups: reasoning goes back to whoever minted it, and a provider that refuses what it finds is
//! asked once more without.

use serde_json::{Value, json};

use crate::support::{Catalog, MESSAGES, RESPONSES, Scripted, Stack};

const THINKS: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","stop_reason":"end_turn","content":[{"type":"thinking","thinking":"hm","signature":"EqQB"},{"type":"text","text":"ok"}],"usage":{"input_tokens":1,"output_tokens":1}}"#;
const REASONS: &str = r#"{"id":"resp_1","object":"response","status":"completed","model":"m","output":[{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA"},{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"ok","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}"#;

/// Two providers of one dialect; the group has the target of one of them.
fn catalog(first: &Scripted, second: &Scripted, dialect: &str, which: usize) -> Catalog {
    Catalog::new(first.address).model("m").model_of(dialect, "m").with(|it| {
        for provider in &mut it.single {
            provider.base_url = format!("http://{}/v1", second.address);
        }
        it.group.targets = vec![it.group.targets.swap_remove(which)];
    })
}

fn asked(path: &str, earlier: &Value) -> String {
    let user = json!({"role": "user", "content": "hi"});
    let mut talk = vec![user.clone()];
    if path == MESSAGES {
        talk.push(json!({"role": "assistant", "content": earlier}));
        talk.push(user);
        json!({"model": "team", "max_tokens": 4000, "messages": talk}).to_string()
    } else {
        talk.extend(earlier.as_array().unwrap().iter().cloned());
        talk.push(user);
        json!({"model": "team", "store": false, "input": talk}).to_string()
    }
}

async fn answering(body: &str) -> Scripted {
    Scripted::answering("200 OK", "content-type: application/json\r\n", body).await
}

#[tokio::test]
async fn groups_of_one_provider_mark_what_another_one_might_get() {
    for (path, dialect, answer, output, minted, dropped) in [
        (MESSAGES, "messages", THINKS, "content", "EqQB", "dropped:messages[1].content[0]"),
        (RESPONSES, "responses", REASONS, "output", "gAAA", "dropped:input[1]"),
    ] {
        let (first, second) = (answering(answer).await, answering(answer).await);
        let stack = Stack::start(catalog(&first, &second, dialect, 0)).await;
        let reply = stack.post(path, asked(path, &json!([]))).await;
        let text = reply.text();
        assert!(text.contains("sr1.") && text.contains(minted), "{text}");
        let talk = asked(path, &reply.json()[output]);

        let reply = stack.post(path, talk.clone()).await;
        assert_eq!(reply.header("x-router-warnings"), "");
        let sent = first.requests().pop().unwrap();
        assert!(sent.contains(&format!("\"{minted}\"")) && !sent.contains("sr1."), "{sent}");

        stack.configure(2, catalog(&first, &second, dialect, 1)).await;
        let reply = stack.post(path, talk).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-router-warnings")), (200, dropped));
        let sent = second.requests().pop().unwrap();
        assert!(!sent.contains(minted), "{sent}");
    }
}

#[tokio::test]
async fn what_bears_no_mark_goes_where_nothing_tells_of_another_provider() {
    let (first, second) = (answering(THINKS).await, answering(THINKS).await);
    let stack = Stack::start(catalog(&first, &second, "messages", 0)).await;
    let block = |signature: &str| json!({"type": "thinking", "thinking": "hm", "signature": signature});
    let text = json!({"type": "text", "text": "ok"});
    stack.post(MESSAGES, asked(MESSAGES, &json!([block("before"), text]))).await;
    assert!(first.requests()[0].contains("before"));
    // Another provider has had a part in it: it may be theirs.
    let reply = stack.post(MESSAGES, asked(MESSAGES, &json!([block("before"), block("sr1.00000000.n.x"), text]))).await;
    assert_eq!(reply.header("x-router-warnings"), "dropped:messages[1].content[0] (x2)");
    assert!(!first.requests()[1].contains("before"));
}

#[tokio::test]
async fn a_provider_that_refuses_the_reasoning_is_asked_once_more_without() {
    let stack = Stack::sandboxed(|it| it.model("demo:realm=ours")).await;
    let thinking =
        json!([{"type": "thinking", "thinking": "hm", "signature": "RXFRQg=="}, {"type": "text", "text": "ok"}]);
    let said = json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "ok", "annotations": []}]});
    let reasoning = json!([{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "RXFRQg=="}, said]);
    for (path, earlier, dropped) in
        [(MESSAGES, thinking, "dropped:messages[1].content[0]"), (RESPONSES, reasoning, "dropped:input[1]")]
    {
        let reply = stack.post(path, asked(path, &earlier)).await;
        assert_eq!((reply.status.as_u16(), reply.header("x-router-attempts")), (200, "2"), "{}", reply.text());
        assert_eq!(reply.header("x-router-warnings"), dropped);
    }
    for event in stack.events(2).await {
        assert_eq!((event.code.as_str(), event.attempts[0].class.as_str()), ("ok", "bad-request"));
        assert!(event.trace.iter().any(|it| it.detail.contains("asked without")), "{:?}", event.trace);
    }
    // What has no reasoning in it is refused for another reason, and once.
    let upstream = Scripted::answering(
        "400 Bad Request",
        "content-type: application/json\r\n",
        r#"{"error":{"message":"no","type":"invalid_request_error","code":"invalid_encrypted_content"}}"#,
    )
    .await;
    stack.configure(2, Catalog::new(upstream.address).model("m")).await;
    assert_eq!(stack.post(RESPONSES, asked(RESPONSES, &json!([]))).await.status, 400);
    assert_eq!(upstream.requests().len(), 1);
    let reasoning = json!([{"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}]);
    assert_eq!(stack.post(RESPONSES, asked(RESPONSES, &reasoning)).await.status, 400);
    assert_eq!(upstream.requests().len(), 3, "twice, and no more");
}
