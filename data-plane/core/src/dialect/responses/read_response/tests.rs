#![expect(clippy::unwrap_used, reason = "tests")]

use super::read_response;
use crate::dialect::neutral::{Arguments, Finish, Item, PartKind};

#[test]
fn every_kind_of_item_is_read() {
    let reasoning = r#"{"type":"reasoning","id":"rs_1","summary":[],"content":[{"type":"reasoning_text","text":"hm"}], "encrypted_content":"gAA"}"#;
    let body = format!(
        r#"{{"id":"resp_1","status":"completed","service_tier":"priority","output":[{reasoning},
        {{"type":"message","id":"msg_1","role":"assistant","content":[{{"type":"output_text","text":"hi","annotations":[{{"type":"url_citation","url":"u","title":"t","start_index":1,"end_index":2}},{{"type":"file_path","file_id":"f"}}],"logprobs":[{{"token":"hi"}}]}},{{"type":"refusal","refusal":"no"}}]}},
        {{"type":"function_call","call_id":"call_1","name":"f","namespace":"n","arguments":{{"a":1}}}},
        {{"type":"custom_tool_call","call_id":"call_2","name":"c","input":"x"}},
        {{"type":"image_generation_call","result":"iVBO","output_format":"jpeg"}},
        {{"type":"web_search_call","id":"ws"}}],
        "usage":{{"input_tokens":3,"output_tokens":2,"input_tokens_details":{{"cached_tokens":0}}}}}}"#
    );
    let answer = read_response(body.as_bytes()).unwrap();
    let [
        Item::Reasoning(thought),
        Item::Message(message),
        Item::ToolCall(call),
        Item::ToolCall(custom),
        Item::Image(image),
    ] = &*answer.items
    else {
        panic!("{:?}", answer.items)
    };
    assert_eq!((&*thought.text[0], &*thought.artefact.as_ref().unwrap().block), ("hm", reasoning));
    let PartKind::Text(text) = &message.parts[0].kind else { panic!() };
    assert_eq!((text.annotations[0].range, text.logprobs.as_deref()), (Some((1, 2)), Some(r#"[{"token":"hi"}]"#)));
    assert_eq!(message.parts[1].kind, PartKind::Refusal("no".into()));
    assert_eq!(
        (call.arguments.clone(), call.name.namespace.as_deref()),
        (Arguments::Json(r#"{"a":1}"#.into()), Some("n"))
    );
    assert_eq!((custom.arguments.clone(), custom.name.custom), (Arguments::Text("x".into()), true));
    assert_eq!(&*image.media_type, "image/jpeg");
    let usage = answer.usage.unwrap();
    assert_eq!((usage.tokens.total(), usage.says_cached, usage.says_reasoning), (5, true, false));
    assert_eq!((answer.finish, answer.service_tier.as_deref()), (Finish::ToolCalls, Some("priority")));
    let warnings: Vec<_> = answer.warnings.list().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["dropped:output[1].content[0].annotations[1]", "dropped:output[5]/web_search_call"]);
}

#[test]
fn why_it_ended_is_read() {
    let finish = |fields: &str| read_response(format!(r#"{{"output":[],{fields}}}"#).as_bytes()).unwrap().finish;
    assert_eq!(finish(r#""status":"completed""#), Finish::Stop);
    assert_eq!(finish(r#""status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}"#), Finish::Length);
    assert_eq!(
        finish(r#""status":"incomplete","incomplete_details":{"reason":"content_filter"}"#),
        Finish::ContentFilter
    );
    assert_eq!(finish(r#""status":"incomplete""#), Finish::Length);
}

#[test]
fn a_call_ends_an_answer_as_one_unless_the_cap_cut_it_off() {
    let finish = |fields: &str| {
        let call = r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#;
        read_response(format!(r#"{{"output":[{call}],{fields}}}"#).as_bytes()).unwrap().finish
    };
    assert_eq!(finish(r#""status":"completed""#), Finish::ToolCalls);
    assert_eq!(finish(r#""status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}"#), Finish::Length);
}

#[test]
fn what_is_no_response_is_an_error_and_no_panic() {
    for body in ["", "\"x\"", "[]", "{}", r#"{"output":{}}"#, r#"{"output":null}"#] {
        assert!(read_response(body.as_bytes()).is_err(), "{body}");
    }
    assert!(
        read_response(br#"{"output":[1,"x",{},{"type":"function_call"},{"type":"message","content":[1,{}]}]}"#).is_ok()
    );
}
