#![expect(clippy::unwrap_used, reason = "tests")]

use super::read_response;
use crate::dialect::chat::tests::support::list;
use crate::dialect::neutral::{Finish, Item};

#[test]
fn an_answer_needs_a_choice() {
    for body in ["{}", r#"{"choices":[]}"#, r#"{"choices":{}}"#, r#"{"choices":[1]}"#, r#"{"error":{"message":"m"}}"#] {
        assert_eq!(read_response(body.as_bytes()).unwrap_err().param.as_deref(), Some("choices"), "{body}");
    }
    assert!(read_response(b"<html>").is_err());
}

#[test]
fn what_is_lost_is_told() {
    let body = br#"{"choices":[
        {"index":0,"message":{"content":"a","audio":{"id":"x"}},"finish_reason":"stop","mood":"fine"},
        {"index":1,"message":{"content":"b"}}
    ],"timings":{}}"#;
    let answer = read_response(body).unwrap();
    assert_eq!(answer.items.len(), 1);
    let lost = ["dropped:choices[1]", "dropped:choices[0].message.audio", "dropped:choices[0].mood"];
    assert_eq!(list(&answer.warnings), lost);
}

#[test]
fn tokens_that_only_this_dialect_tells_apart_are_told_to_be_lost() {
    let body = br#"{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":8,
        "prompt_tokens_details":{"audio_tokens":2,"image_tokens":0},"completion_tokens_details":{"image_tokens":6}}}"#;
    let lost =
        ["dropped:usage.prompt_tokens_details.audio_tokens", "dropped:usage.completion_tokens_details.image_tokens"];
    assert_eq!(list(&read_response(body).unwrap().warnings), lost);
}

#[test]
fn a_refusal_and_a_stop_sequence_are_reasons_to_end() {
    let refused = br#"{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]}"#;
    assert_eq!(read_response(refused).unwrap().finish, Finish::Refusal);
    let stopped = br#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop","stop_reason":"END"}]}"#;
    assert_eq!(read_response(stopped).unwrap().stop_sequence.as_deref(), Some("END"));
    let token = br#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop","stop_reason":128009}]}"#;
    assert_eq!(read_response(token).unwrap().stop_sequence, None);
}

#[test]
fn the_old_form_of_calls_is_read() {
    let body = br#"{"choices":[{"message":{"content":null,"function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call"}]}"#;
    let answer = read_response(body).unwrap();
    assert!(matches!(&*answer.items, [Item::ToolCall(call)] if call.name.name == "f" && call.id.is_empty()));
    assert_eq!(answer.finish, Finish::ToolCalls);
}
