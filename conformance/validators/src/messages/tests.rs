#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use vocabulary::Dialect;

use super::validate_answer;
use crate::validate_stream;

/// A stream of whole data, each under the name that its `type` says.
fn violations(events: &[Value]) -> Vec<String> {
    let named = |it: &Value| format!("event: {}\ndata: {it}\n\n", it["type"].as_str().unwrap());
    let stream = events.iter().map(named).collect::<Vec<_>>().concat();
    validate_stream(Dialect::AnthropicMessages, stream.as_bytes())
}

fn good() -> Vec<Value> {
    let usage = json!({"input_tokens": 3, "output_tokens": 1});
    vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage}}),
        json!({"type": "ping"}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "s"}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "content_block_start", "index": 1, "content_block":
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}}),
        json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{}"}}),
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": null}, "usage": usage}),
        json!({"type": "message_stop"}),
    ]
}

#[test]
fn a_right_stream_has_no_violations() {
    assert_eq!(violations(&good()), Vec::<String>::new());
}

/// What is wrong once one thing in the right stream is changed.
fn changed(change: impl FnOnce(&mut Vec<Value>)) -> String {
    let mut events = good();
    change(&mut events);
    violations(&events).join("; ")
}

#[test]
fn blocks_start_once_stop_once_and_are_numbered_from_zero() {
    assert_eq!(changed(|it| it[2]["index"] = json!(1)), "block 0 has index 1");
    assert_eq!(changed(|it| drop(it.remove(5))), "a block starts while another is open");
    assert_eq!(changed(|it| it.insert(6, it[5].clone())), "a block stops that is not open");
    assert_eq!(changed(|it| it.insert(6, it[4].clone())), "a delta has no open block");
    assert_eq!(changed(|it| drop(it.remove(8))), "a block is open at the end");
    let index = "`content_block_delta` has index 7 while block 0 is open";
    assert_eq!(changed(|it| it[3]["index"] = json!(7)), index);
}

#[test]
fn every_delta_fits_its_block() {
    let text = json!({"type": "text_delta", "text": "x"});
    assert_eq!(changed(|it| it[3]["delta"] = text.clone()), "a `text_delta` comes in a `thinking` block");
    assert_eq!(changed(|it| it[7]["delta"] = text), "a `text_delta` comes in a `tool_use` block");
    let signature = json!({"type": "signature_delta", "signature": "s"});
    assert_eq!(changed(|it| it[7]["delta"] = signature), "a `signature_delta` comes in a `tool_use` block");
}

#[test]
fn a_stream_has_a_start_an_end_and_nothing_after_it() {
    assert!(changed(|it| drop(it.remove(0))).starts_with("`content_block_start` comes before `message_start`"));
    assert_eq!(changed(|it| drop(it.pop())), "the stream has no `message_stop`");
    assert_eq!(changed(|it| drop(it.remove(9))), "`message_stop` comes without `message_delta`");
    assert_eq!(changed(|it| it.push(it[5].clone())), "`content_block_stop` follows the end");
    assert_eq!(changed(|it| it.push(json!({"type": "ping"}))), "");
    let error = json!({"type": "error", "error": {"type": "api_error", "message": "m"}});
    assert_eq!(changed(|it| it.truncate(4)), "the stream has no `message_delta`");
    assert_eq!(
        changed(|it| {
            it.truncate(4);
            it.push(error);
        }),
        ""
    );
    assert_eq!(violations(&[]), ["the stream has no `message_start`"]);
}

#[test]
fn a_call_and_the_end_have_to_agree() {
    let reason = |reason: &'static str| changed(move |it| it[9]["delta"]["stop_reason"] = json!(reason));
    assert_eq!(reason("end_turn"), "an answer with a call ends with `end_turn`");
    assert_eq!(reason("max_tokens"), "");
    assert!(reason("whatever").starts_with("`whatever` is no `stop_reason`"));
    assert_eq!(changed(|it| drop(it.drain(6..9))), "an answer without a call ends with `tool_use`");
}

#[test]
fn the_start_reports_input() {
    let usage = json!({"input_tokens": 0, "output_tokens": 0});
    assert_eq!(changed(|it| it[0]["message"]["usage"] = usage), "`message_start` reports no input");
    let missing = changed(|it| it[9]["usage"] = Value::Null);
    assert_eq!(missing, "`usage.output_tokens` is no count");
    assert_eq!(changed(|it| it[9]["usage"] = json!({"output_tokens": 1})), "");
    let missing = changed(|it| it[0]["message"]["usage"] = json!({"output_tokens": 1}));
    assert!(missing.starts_with("`usage.input_tokens` is no count"), "{missing}");
}

#[test]
fn ids_inputs_and_words_have_their_form() {
    assert!(changed(|it| it[0]["message"]["id"] = json!("chatcmpl-1")).contains("`msg_`"));
    assert!(changed(|it| it[6]["content_block"]["id"] = json!("call_1")).contains("`toolu_`"));
    assert!(changed(|it| it[6]["content_block"]["input"] = json!({"a": 1})).contains("another `input`"));
    let empty = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
    assert_eq!(
        changed(|it| {
            it.drain(3..5);
            it[2] = empty;
        }),
        "a `text` block is empty"
    );
}

#[test]
fn events_have_their_names() {
    let stream = "data: {\"type\":\"ping\"}\n\n";
    assert_eq!(validate_stream(Dialect::AnthropicMessages, stream.as_bytes())[0], "`ping` comes as event ``");
    assert_eq!(changed(|it| it.insert(1, json!({"type": "odd"}))), "`odd` is no event of this API");
}

#[test]
fn whole_answers_are_held_to_the_same() {
    let good = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "tool_use",
        "stop_sequence": null, "usage": {"input_tokens": 1, "output_tokens": 1},
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}]});
    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut body = good.clone();
        change(&mut body);
        validate_answer(&serde_json::to_vec(&body).unwrap()).join("; ")
    };
    assert_eq!(wrong(&|_| {}), "");
    assert_eq!(wrong(&|it| it["stop_reason"] = json!("end_turn")), "an answer with a call ends with `end_turn`");
    assert_eq!(wrong(&|it| it["role"] = json!("user")), "the message's `role` is not `assistant`");
    assert!(wrong(&|it| it["content"][0]["input"] = json!("{}")).contains("no object"));
    assert!(wrong(&|it| it["content"] = json!([{"type": "thinking", "thinking": "x"}])).contains("`signature`"));
    assert_eq!(wrong(&|it| it["usage"] = json!({"input_tokens": 1})), "`usage.output_tokens` is no count");
    assert_eq!(validate_answer(b"<html>"), ["the answer is not JSON"]);
    let error = br#"{"type":"error","error":{"type":"api_error","message":""}}"#;
    assert_eq!(validate_answer(error), ["the error has no `message`"]);
}

#[test]
fn pings_are_welcome_anywhere() {
    for at in 0..good().len() {
        assert_eq!(changed(|it| it.insert(at, json!({"type": "ping"}))), "");
    }
}
