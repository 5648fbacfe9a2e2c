#![expect(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Ask, Expanded, Found, ListRequest, Previous, StoredAnswer, UnknownItem, list_items};

const RESPONSE: &str = r#"{"id":"resp_1","status":"completed","output":[ {"id":"rs_1","type":"reasoning","encrypted_content":"x"},
 {"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":"hi \u00e9"}]} ]}"#;
const INPUT: &str = r#"[{"role":"user","content":"one"}]"#;

fn expand(body: &str, found: &[(&str, &str)]) -> Expanded {
    let found: Found = found.iter().map(|(id, item)| ((*id).to_owned(), Bytes::from((*item).to_owned()))).collect();
    let body = Bytes::from(body.to_owned());
    let ask = Ask::read(&body).unwrap();
    let previous = Previous { input: INPUT.as_bytes(), response: RESPONSE.as_bytes() };
    ask.expand(&body, ask.previous.is_some().then_some(previous), &found).unwrap()
}

fn text(bytes: &Bytes) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_conversation_stands_before_the_new_input_byte_for_byte() {
    let output = &RESPONSE[RESPONSE.find("{\"id\":\"rs_1\"").unwrap()..RESPONSE.rfind(" ]}").unwrap()];
    let before = format!(r#"{{"role":"user","content":"one"}},{output}"#);
    let message = r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"two \u0041"}]}"#;
    for (body, expected) in [
        (
            r#"{"model":"m", "previous_response_id" : "resp_1", "input":"two \u0041","x":1.0}"#,
            format!(r#"{{"model":"m", "input":[{before},{message}],"x":1.0}}"#),
        ),
        (
            r#"{"input":[ {"type":"function_call_output"} , {} ],"previous_response_id":"resp_1"}"#,
            format!(r#"{{"input":[{before},{{"type":"function_call_output"}},{{}}]}}"#),
        ),
        (r#"{ "previous_response_id":"resp_1", "input":[]}"#, format!(r#"{{ "input":[{before}]}}"#)),
        (r#"{"previous_response_id":"resp_1","model":"m"}"#, format!(r#"{{"input":[{before}],"model":"m"}}"#)),
        (r#"{"previous_response_id":"resp_1"}"#, format!(r#"{{"input":[{before}]}}"#)),
        (r#"{"input":null,"previous_response_id":"resp_1","a":1}"#, format!(r#"{{"input":[{before}],"a":1}}"#)),
    ] {
        let expanded = expand(body, &[]);
        assert_eq!(text(&expanded.body), expected);
        assert!(expected.contains(text(&expanded.input)));
        assert!(text(&expanded.input).starts_with(&format!("[{before}")));
    }
}

#[test]
fn without_a_conversation_nothing_changes_and_the_input_is_a_list() {
    for (body, input) in [
        (r#"{"model":"m","input":[1, {"a":"b"}]}"#, r#"[1, {"a":"b"}]"#),
        (
            r#"{"input":"x","previous_response_id":null}"#,
            r#"[{"type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}]"#,
        ),
        (r#"{"model":"m"}"#, "[]"),
        (r#"{"input":[{"type":"item_reference","id":"gone"}]}"#, r#"[{"type":"item_reference","id":"gone"}]"#),
    ] {
        let expanded = expand(body, &[]);
        assert_eq!((text(&expanded.body), text(&expanded.input)), (body, input));
    }
}

#[test]
fn references_are_followed_and_said_once() {
    let item = r#"{"id":"fc_9","type":"function_call"}"#;
    let expanded = expand(r#"{"input":[{"type":"item_reference","id":"fc_9"},{"id":"fc_8"},7]}"#, &[("fc_9", item)]);
    assert_eq!(text(&expanded.body), format!(r#"{{"input":[{item},{{"id":"fc_8"}},7]}}"#));
    let body = r#"{"previous_response_id":"resp_1","input":[{"type":"item_reference","id":"msg_1"},{"id":"fc_9"}]}"#;
    let expanded = expand(body, &[("fc_9", item), ("msg_1", "{}")]);
    assert_eq!(text(&expanded.input).matches("msg_1").count(), 1);
    assert!(text(&expanded.input).ends_with(&format!(",{item}]")));
}

#[test]
fn what_a_request_says_is_read_strictly() {
    let ask = Ask::read(br#"{"store":false,"background":true,"conversation":"conv_1","previous_response_id":"a"}"#);
    let ask = ask.unwrap();
    assert_eq!((ask.store, ask.background, ask.conversation, ask.previous.as_deref()), (false, true, true, Some("a")));
    let ask =
        Ask::read(br#"{"store":null,"background":null,"conversation":null,"previous_response_id":null}"#).unwrap();
    assert_eq!((ask.store, ask.background, ask.conversation, ask.previous.as_deref()), (true, false, false, None));
    let body =
        br#"{"input":[{"id":"b","type":null},{"type":"item_reference","id":"a"},{"id":"a"},{"id":"c","role":"user"}]}"#;
    assert_eq!(Ask::read(body).unwrap().references(), ["a", "b"]);
    for (body, param) in [
        (r#"{"store":1}"#, "store"),
        (r#"{"previous_response_id":7}"#, "previous_response_id"),
        (r#"{"background":"yes"}"#, "background"),
        (r#"{"input":{}}"#, "input"),
    ] {
        assert_eq!(Ask::read(body.as_bytes()).unwrap_err().param.as_deref(), Some(param));
    }
    for broken in ["", "[]", r#"{"input":[}"#, r#"{"store":true,"store":false}"#] {
        assert!(Ask::read(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn an_answer_is_kept_when_it_has_ended_well() {
    let answer = StoredAnswer::read(RESPONSE.as_bytes()).unwrap();
    assert_eq!((answer.id.as_deref(), answer.ended), (Some("resp_1"), true));
    let ids: Vec<_> = answer.items.iter().map(|it| it.id.as_deref().unwrap()).collect();
    assert_eq!(ids, ["rs_1", "msg_1"]);
    for status in ["failed", "in_progress", "queued", "cancelled"] {
        let response = json!({"id": "r", "status": status}).to_string();
        assert!(!StoredAnswer::read(response.as_bytes()).unwrap().ended, "{status}");
    }
    assert_eq!(StoredAnswer::read(br#"{"id":"","output":{}}"#).unwrap(), StoredAnswer::default());
}

fn list(input: &Value, limit: usize, descending: bool, after: Option<&str>) -> Result<Value, UnknownItem> {
    let request = ListRequest { limit, descending, after };
    let listed = list_items(input.to_string().as_bytes(), "resp_abc", request).unwrap()?;
    Ok(serde_json::from_slice(&listed).unwrap())
}

#[test]
fn listed_items_have_what_clients_look_for() {
    let input = json!([
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two", "id": null, "type": null},
        {"type": "function_call_output", "call_id": "call_1", "output": "three"},
        {"type": "message", "id": "msg_own", "role": "user", "content": [{"type": "input_text", "text": "four"}]},
        {},
    ]);
    let page = list(&input, 100, false, None).unwrap();
    assert_eq!(
        page["data"],
        json!([
            {"id": "msg_abc_0", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "one"}]},
            {"id": "msg_abc_1", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "two"}]},
            {"id": "fc_abc_2", "type": "function_call_output", "call_id": "call_1", "output": "three"},
            {"type": "message", "id": "msg_own", "role": "user", "content": [{"type": "input_text", "text": "four"}]},
            {"id": "msg_abc_4", "type": "message"},
        ])
    );
    assert_eq!((&page["object"], &page["has_more"]), (&json!("list"), &json!(false)));
}

#[test]
fn pages_follow_each_other_in_both_directions() {
    let input: Value = (0..5).map(|number| json!({"id": format!("m{number}"), "role": "user"})).collect();
    let ids = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
    };
    for (descending, all) in [(false, ["m0", "m1", "m2", "m3", "m4"]), (true, ["m4", "m3", "m2", "m1", "m0"])] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = list(&input, 2, descending, after.as_deref()).unwrap();
            let ids = ids(&page);
            assert_eq!(
                (page["first_id"].as_str(), page["last_id"].as_str()),
                (Some(&*ids[0]), Some(&**ids.last().unwrap()))
            );
            after = ids.last().cloned();
            seen.extend(ids);
            if page["has_more"] == json!(false) {
                break;
            }
        }
        assert_eq!(seen, all);
    }
    assert_eq!(list(&input, 2, true, Some("nobody")), Err(UnknownItem));
    let end = list(&input, 2, false, Some("m4")).unwrap();
    assert_eq!(end, json!({"object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false}));
}

/// A JSON object with the fields in that order.
fn object(fields: &[(String, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    format!("{{{}}}", fields.join(" , "))
}

fn item() -> impl Strategy<Value = String> {
    ("[a-z]{1,4}", ".{0,8}", prop::option::of("[a-z_0-9]{1,5}"))
        .prop_map(|(kind, text, id)| json!({"type": kind, "content": text, "id": id}).to_string())
}

proptest! {
    /// Whatever stands beside the input and wherever the fields stand: the expanded body is the same object but for two
    /// fields, and its input is the concatenation.
    #[test]
    fn expansion_is_concatenation(
        mut fields in prop::collection::btree_map("[f-h]{1,3}", item(), 0..4).prop_map(|it| it.into_iter().collect::<Vec<_>>()),
        before in prop::collection::vec(item(), 0..4),
        output in prop::collection::vec(item(), 0..4),
        new in prop::option::of(prop::collection::vec(item(), 0..4)),
        places in (0usize..8, 0usize..8),
    ) {
        let array = |items: &[String]| format!("[{}]", items.join(", "));
        fields.insert(places.0.min(fields.len()), ("previous_response_id".to_owned(), "\"resp_1\"".to_owned()));
        if let Some(new) = &new {
            fields.insert(places.1.min(fields.len()), ("input".to_owned(), array(new)));
        }
        let body = Bytes::from(object(&fields));
        let response = format!(r#"{{"id":"resp_1","status":"completed","output":{}}}"#, array(&output));
        let before_text = array(&before);
        let previous = Previous { input: before_text.as_bytes(), response: response.as_bytes() };
        let ask = Ask::read(&body).unwrap();
        let expanded = ask.expand(&body, Some(previous), &Found::new()).unwrap();
        let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
        let mut expected = read(&body);
        let items: Vec<Value> = before.iter().chain(&output).chain(new.iter().flatten()).map(|it| read(it.as_bytes())).collect();
        expected.as_object_mut().unwrap().shift_remove("previous_response_id");
        expected["input"] = Value::Array(items.clone());
        prop_assert_eq!(read(&expanded.body), expected);
        prop_assert_eq!(read(&expanded.input), Value::Array(items));
        // Once more: an expanded body continues nothing, and stays as it is.
        let again = Ask::read(&expanded.body).unwrap().expand(&expanded.body, None, &Found::new()).unwrap();
        prop_assert_eq!(again, expanded);
    }

    /// No body makes the readers panic.
    #[test]
    fn readers_are_total(body in "[ -~\u{e9}]{0,80}", cut in 0usize..200) {
        let _any = Ask::read(body.as_bytes()).is_ok();
        let valid = r#"{"input":[{"type":"item_reference","id":"a"}],"previous_response_id":"resp_1","store":false}"#;
        let _cut = Ask::read(&valid.as_bytes()[..cut.min(valid.len())]).is_ok();
        let _answer = StoredAnswer::read(body.as_bytes()).is_ok();
        let request = ListRequest { limit: 1, descending: true, after: None };
        let _list = list_items(body.as_bytes(), &body, request).is_ok();
    }
}
