#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::write_response;
use crate::dialect::Dialect;
use crate::dialect::chat::tests::support::{calls, reply, says};
use crate::dialect::neutral::{Answer, Arguments, Finish, GeneratedImage, Item, Place, Role, ToolCall, ToolName};
use validators::validate_answer;

fn written(items: Vec<Item<'_>>, finish: Finish) -> Value {
    let body = write_response(&Answer { items, finish, ..Answer::default() }, &reply());
    assert_eq!(validate_answer(Dialect::OpenaiChat, &body), Vec::<String>::new());
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn an_answer_bears_the_callers_model_and_the_routers_id() {
    let body = written(vec![says(Role::Assistant, "a"), says(Role::Assistant, "b")], Finish::Stop);
    assert_eq!((&body["id"], &body["model"], &body["created"]), (&json!("chatcmpl-R_0"), &json!("smart"), &json!(7)));
    assert_eq!(body["choices"][0]["message"], json!({"role": "assistant", "content": "ab", "refusal": null}));
    assert_eq!(body.get("usage"), None);
}

#[test]
fn calls_keep_their_arguments_and_custom_ones_their_text() {
    let custom = |arguments| {
        let (id, name) = ("toolu_9".into(), ToolName::custom("exec"));
        Item::ToolCall(ToolCall { place: Place::default(), id, item_id: None, name, arguments, cache: None })
    };
    let items = vec![calls("", "f"), custom(Arguments::Json(r#"{"input":"ls"}"#.into()))];
    let message = written(items, Finish::Stop)["choices"][0].take();
    assert_eq!(message["finish_reason"], "tool_calls");
    let expected = json!([
        {"id": "call_R_0", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"id": "call_toolu_9", "type": "custom", "custom": {"name": "exec", "input": "ls"}},
    ]);
    assert_eq!(message["message"]["tool_calls"], expected);
    for text in ["ls", r#"{"input":1}"#, r#"{"input":"ls","more":1}"#] {
        let message = written(vec![custom(Arguments::Text(text.into()))], Finish::Stop)["choices"][0].take();
        assert_eq!(message["message"]["tool_calls"][0]["custom"]["input"], text);
    }
}

#[test]
fn pictures_have_the_raw_form() {
    let (media_type, data) = ("image/png".into(), "aW1n".into());
    let image = GeneratedImage { place: Place::default(), id: None, media_type, data };
    let body = written(vec![Item::Image(image)], Finish::Stop);
    let expected = json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,aW1n"}}]);
    assert_eq!(body["choices"][0]["message"]["images"], expected);
}

#[test]
fn a_call_that_was_cut_off_ends_for_its_length() {
    assert_eq!(written(vec![calls("a", "f")], Finish::Length)["choices"][0]["finish_reason"], "length");
}
