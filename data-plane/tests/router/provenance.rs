//! What only the provider that minted it can use, in a group whose targets belong to several of them.

use std::net::SocketAddr;

use data_plane_core::dialect::neutral::{Realm, mark};
use proto::Word;
use serde_json::{Value, json};
use vocabulary::Fidelity;

use crate::support::{Catalog, MESSAGES, RESPONSES, Reply, Scripted, Stack};

/// The first target's provider.
const FIRST: &str = "openai";

const JSON: &str = "content-type: application/json\r\n";

async fn answering(body: &Value) -> Scripted {
    Scripted::answering("200 OK", JSON, &body.to_string()).await
}

async fn failing() -> Scripted {
    Scripted::answering("500 Internal Server Error", JSON, r#"{"error":{"message":"no"}}"#).await
}

/// A group of two targets of two providers, the first of which speaks every dialect, the second one.
fn catalog(first: SocketAddr, second: SocketAddr, dialect: &str) -> Catalog {
    Catalog::new(first).model("one").model_of(dialect, "two").with(|it| {
        for provider in &mut it.single {
            provider.base_url = format!("http://{second}/v1");
        }
    })
}

/// The body of the last request.
fn last(upstream: &Scripted) -> String {
    let requests = upstream.requests();
    requests.last().expect("it was asked").split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn thought(signature: &str, more: &Value) -> Value {
    json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "one", "stop_reason": "tool_use",
        "content": [{"type": "thinking", "thinking": "hm", "signature": signature}, more],
        "usage": {"input_tokens": 1, "output_tokens": 1}})
}

fn call() -> Value {
    json!({"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}})
}

fn ask(messages: &[Value]) -> String {
    json!({"model": "team", "max_tokens": 4000, "thinking": {"type": "enabled", "budget_tokens": 2000},
        "tools": [{"name": "f", "input_schema": {"type": "object"}}], "messages": messages})
    .to_string()
}

fn user(content: &str) -> Value {
    json!({"role": "user", "content": content})
}

fn result() -> Value {
    json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "1"}]})
}

/// What the model said, as a client gives it back.
fn said(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    json!({"role": "assistant", "content": reply.json()["content"]})
}

#[tokio::test]
async fn a_signature_goes_back_to_its_provider_and_to_nobody_else() {
    let (first, second) =
        (answering(&thought("EqQB+/==", &call())).await, answering(&thought("Second", &call())).await);
    let stack = Stack::start(catalog(first.address, second.address, "messages")).await;
    let reply = stack.post(MESSAGES, ask(&[user("hi")])).await;
    let signature = format!("{}EqQB+/==", mark(Realm::of(FIRST)));
    assert_eq!(reply.json()["content"][0]["signature"], signature);
    let mut talk = vec![user("hi"), said(&reply), result()];

    // Its provider gets every byte as the caller sent it, but for the mark.
    let reply = stack.post(MESSAGES, ask(&talk)).await;
    let expected = ask(&talk).replace(&mark(Realm::of(FIRST)), "").replace("\"team\"", "\"one\"");
    assert_eq!(last(&first), expected);
    assert_eq!((reply.header("x-router-warnings"), second.requests().len()), ("", 0));

    // It fails: the other one gets nothing that it did not mint, and is not asked to think where thinking is missing.
    let broken = failing().await;
    stack.configure(2, catalog(broken.address, second.address, "messages")).await;
    let reply = stack.post(MESSAGES, ask(&talk)).await;
    let got: Value = serde_json::from_str(&last(&second)).unwrap();
    assert!(!last(&second).contains("EqQB") && !last(&second).contains("sr1."), "{got}");
    assert_eq!(got["messages"][1]["content"], json!([call()]));
    assert_eq!(got["thinking"], json!({"type": "disabled"}));
    assert_eq!(reply.header("x-router-warnings"), "dropped:messages[1].content[0], approximated:thinking");
    assert_eq!(reply.header("x-router-attempts"), "2");
    talk.extend([said(&reply), result()]);

    // The conversation stays with whoever went on with it, although the first one is there again.
    stack.configure(3, catalog(first.address, second.address, "messages")).await;
    let asked = first.requests().len();
    let reply = stack.post(MESSAGES, ask(&talk)).await;
    assert_eq!((reply.header("x-router-attempts"), first.requests().len()), ("1", asked));
    let got: Value = serde_json::from_str(&last(&second)).unwrap();
    assert_eq!(got["messages"][3]["content"][0]["signature"], "Second");

    // Back on the first one it gets its own again, byte for byte.
    let broken = failing().await;
    stack.configure(4, catalog(first.address, broken.address, "messages")).await;
    assert_eq!(stack.post(MESSAGES, ask(&talk)).await.status, 200);
    let got: Value = serde_json::from_str(&last(&first)).unwrap();
    assert_eq!(got["messages"][1]["content"][0]["signature"], "EqQB+/==");
    assert_eq!(got["messages"][3]["content"], json!([call()]));
    let event = stack.events(5).await.pop().unwrap();
    assert_eq!(event.warnings, ["dropped:messages[3].content[0]", "approximated:thinking"]);
}

#[tokio::test]
async fn a_conversation_of_many_turns_survives_its_providers() {
    let text = json!({"type": "text", "text": "ok"});
    let (first, second) = (answering(&thought("One", &text)).await, answering(&thought("Two", &text)).await);
    let broken = failing().await;
    let stack = Stack::start(catalog(first.address, second.address, "messages")).await;
    let (mut talk, mut version) = (Vec::new(), 1);
    for turn in 0..12 {
        let (one, two) = if turn / 3 % 2 == 0 { (&first, &broken) } else { (&broken, &second) };
        version += 1;
        stack.configure(version, catalog(one.address, two.address, "messages")).await;
        talk.push(user("go on"));
        let reply = stack.post(MESSAGES, ask(&talk)).await;
        talk.push(said(&reply));
        let (served, own, foreign) = if turn / 3 % 2 == 0 { (&first, "One", "Two") } else { (&second, "Two", "One") };
        let body = last(served);
        assert!(!body.contains(foreign) && !body.contains("sr1."), "turn {turn}: {body}");
        let signatures = body.matches(&format!("\"{own}\"")).count();
        assert_eq!(signatures, (0..turn).filter(|it| (it / 3 % 2 == 0) == (own == "One")).count(), "turn {turn}");
    }
}

#[tokio::test]
async fn within_one_provider_nothing_changes() {
    let body = thought("EqQB+/==", &call()).to_string().replace("\"one\"", "\"team\"");
    let upstream = Scripted::answering("200 OK", JSON, &body).await;
    let stack = Stack::start(Catalog::new(upstream.address).model("one").model("two")).await;
    let reply = stack.post(MESSAGES, ask(&[user("hi")])).await;
    assert_eq!(reply.text(), body);
    let talk = ask(&[user("hi"), said(&reply), result()]);
    stack.post(MESSAGES, talk.clone()).await;
    assert_eq!(last(&upstream), talk.replace("\"team\"", "\"one\""));
}

#[tokio::test]
async fn encrypted_reasoning_is_marked_in_every_event_and_cut_for_others() {
    let item = r#"{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA"}"#;
    let stream = format!(
        "data: {{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{{\"id\":\"resp_68\",\"model\":\"team\"}}}}\n\n\
         data: {{\"type\":\"response.output_item.done\",\"sequence_number\":1,\"item\":{item}}}\n\n\
         data: {{\"type\":\"response.completed\",\"sequence_number\":2,\"response\":{{\"id\":\"resp_68\",\"output\":[{item}]}}}}\n\n"
    );
    let head = "content-type: text/event-stream\r\nconnection: close\r\n";
    let (first, second) = (
        Scripted::answering("200 OK", head, &stream).await,
        answering(&json!({"output": [{"type": "message", "content": []}]})).await,
    );
    let stack = Stack::start(catalog(first.address, second.address, "responses")).await;
    let reply = stack.post(RESPONSES, r#"{"model":"team","stream":true,"input":"hi"}"#).await;
    let realm = Realm::of(FIRST);
    let mut expected = stream.replace("gAAA", &format!("{}gAAA", mark(realm)));
    for prefix in ["resp_", "rs_"] {
        expected = expected.replace(prefix, &format!("{prefix}sr1_{realm}_"));
    }
    assert_eq!(reply.text(), expected);

    let marked = item.replace("gAAA", &format!("{}gAAA", mark(realm))).replace("rs_", &format!("rs_sr1_{realm}_"));
    let marked: Value = serde_json::from_str(&marked).unwrap();
    let body = |input: Value| json!({"model": "team", "input": input}).to_string();
    let broken = failing().await;
    stack.configure(2, catalog(broken.address, second.address, "responses")).await;
    let reply = stack.post(RESPONSES, body(json!([user("hi"), marked, user("more")]))).await;
    assert_eq!((reply.status.as_u16(), reply.header("x-router-warnings")), (200, "dropped:input[1]"));
    assert_eq!(last(&second), body(json!([user("hi"), user("more")])).replace("\"team\"", "\"two\""));
}

#[tokio::test]
async fn a_response_that_nobody_else_knows_is_continued_by_its_provider_or_not_at_all() {
    let answer = json!({"id": "resp_68", "object": "response", "model": "team", "status": "completed", "output": [{"type": "message", "content": []}]});
    let (first, second) = (answering(&answer).await, answering(&answer).await);
    let stack = Stack::start(catalog(first.address, second.address, "responses")).await;
    let id = stack.post(RESPONSES, r#"{"model":"team","input":"hi"}"#).await.json()["id"].clone();
    assert_eq!(id, format!("resp_sr1_{}_68", Realm::of(FIRST)));
    let body = json!({"model": "team", "previous_response_id": id, "input": "more"}).to_string();
    assert_eq!(stack.post(RESPONSES, body.clone()).await.status, 200);
    let got: Value = serde_json::from_str(&last(&first)).unwrap();
    assert_eq!(got["previous_response_id"], "resp_68");

    let broken = failing().await;
    stack.configure(2, catalog(broken.address, second.address, "responses")).await;
    let reply = stack.post(RESPONSES, body.clone()).await;
    assert_eq!((reply.status.as_u16(), reply.code(), second.requests().len()), (502, "upstream-failed", 0));
    // Its provider is not in the group any more.
    let only = catalog(first.address, second.address, "responses").with(|it| drop(it.group.targets.remove(0)));
    stack.configure(3, only).await;
    let reply = stack.post(RESPONSES, body).await;
    assert_eq!(reply.code(), "no-eligible-target");
    assert_eq!(reply.json()["error"]["details"]["targets"][0]["reasons"][0]["code"], "provenance");
    assert!(second.requests().is_empty());
}

#[tokio::test]
async fn strict_fidelity_asks_nobody_who_would_lose_reasoning() {
    let (first, second) = (failing().await, answering(&thought("Two", &call())).await);
    let strict =
        catalog(first.address, second.address, "messages").with(|it| it.group.fidelity = Fidelity::Strict.number());
    let stack = Stack::start(strict).await;
    let signature = format!("{}One", mark(Realm::of(FIRST)));
    let blocks = json!([{"type": "thinking", "thinking": "hm", "signature": signature}, {"type": "text", "text": "a"}]);
    let talk = [user("hi"), json!({"role": "assistant", "content": blocks}), user("more")];
    let reply = stack.post(MESSAGES, ask(&talk)).await;
    assert_eq!((reply.status.as_u16(), reply.code()), (502, "upstream-failed"));
    assert!(second.requests().is_empty());
}
