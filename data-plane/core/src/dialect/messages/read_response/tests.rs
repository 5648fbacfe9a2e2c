#![expect(clippy::unwrap_used, reason = "tests")]

use super::read_response;
use crate::dialect::messages::fixtures::paths;
use crate::dialect::neutral::{Answer, Arguments, Finish, Item, PartKind};

const ANSWER: &str = r#"{"id":"msg_01","type":"message","role":"assistant","model":"claude","content":[
    {"type":"thinking","thinking":"hm","signature":"c2ln"},
    {"type":"redacted_thinking","data":"ZGF0YQ=="},
    {"type":"text","text":"It is "},
    {"type":"text","text":"sunny","citations":[
        {"type":"web_search_result_location","url":"https://a.example","title":"A","cited_text":"x","encrypted_index":"e"},
        {"type":"char_location","document_index":0}]},
    {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}},
    {"type":"tool_use","id":"toolu_1","name":"get","input":{"a" : 1}}],
    "stop_reason":"tool_use","stop_sequence":null,
    "usage":{"input_tokens":10,"cache_creation_input_tokens":3,"cache_read_input_tokens":0,"output_tokens":7,
        "cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":2},"service_tier":"priority",
        "iterations":[{"type":"message","input_tokens":10}]}}"#;

fn answer() -> Answer<'static> {
    read_response(ANSWER.as_bytes()).unwrap()
}

#[test]
fn an_answer_is_read_in_its_order() {
    let answer = answer();
    let [Item::Reasoning(thinking), Item::Reasoning(redacted), Item::Message(message), Item::ToolCall(call)] =
        &answer.items[..]
    else {
        panic!("{:?}", answer.items)
    };
    assert_eq!(thinking.text, ["hm"]);
    let block = |it: &crate::dialect::neutral::ReasoningItem<'_>| it.artefact.clone().unwrap().block.into_owned();
    assert_eq!(block(thinking), r#"{"type":"thinking","thinking":"hm","signature":"c2ln"}"#);
    assert_eq!(block(redacted), r#"{"type":"redacted_thinking","data":"ZGF0YQ=="}"#);
    assert!(redacted.text.is_empty());
    assert_eq!(message.parts.len(), 2);
    let PartKind::Text(text) = &message.parts[1].kind else { panic!("a text") };
    assert_eq!((text.text.as_ref(), text.annotations.len()), ("sunny", 1));
    assert_eq!(call.arguments, Arguments::Json(r#"{"a" : 1}"#.into()));
    assert_eq!(answer.finish, Finish::ToolCalls);
    assert_eq!(answer.service_tier.as_deref(), Some("priority"));
    assert_eq!(paths(&answer.warnings), ["dropped:content[3].citations", "dropped:content[4]/server_tool_use"]);
}

#[test]
fn zero_is_not_absent_in_usage() {
    let usage = answer().usage.unwrap();
    assert_eq!((usage.tokens.input, usage.tokens.output), (13, 7));
    assert_eq!((usage.tokens.cache_write_5m, usage.tokens.cache_write_1h), (1, 2));
    assert_eq!((usage.says_cached, usage.says_cache_write, usage.says_reasoning), (true, true, false));
}

#[test]
fn whatever_an_upstream_answers_is_read_or_refused() {
    for body in ["\"text\"", "[]", "", "{\"content\":", "{}", r#"{"content":null}"#, r#"{"content":"text"}"#] {
        assert!(read_response(body.as_bytes()).is_err(), "{body}");
    }
    for body in [r#"{"content":[1,{"type":3},{"type":"tool_use"}]}"#, r#"{"content":[]}"#] {
        assert!(read_response(body.as_bytes()).is_ok(), "{body}");
    }
}
