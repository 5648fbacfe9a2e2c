#![expect(clippy::unwrap_used, reason = "tests")]

use super::read_request;
use crate::dialect::neutral::{Effort, File, Format, Item, Part, PartKind, Source, Thinking, Tool, ToolKind};

fn parts(content: &str) -> Vec<Part<'static>> {
    let body = format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#);
    let body: &'static str = Box::leak(body.into_boxed_str());
    let mut request = read_request(body.as_bytes()).unwrap();
    match request.items.pop() {
        Some(Item::Message(message)) => message.parts,
        None => Vec::new(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_come_in_the_request_or_not_at_all() {
    let file = |fields: &str| match parts(&format!(r#"[{{"type":"file","file":{{{fields}}}}}]"#)).remove(0).kind {
        PartKind::File(File { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    let base64 = |media_type: &'static str| Source::Base64 { media_type: media_type.into(), data: "QQ==".into() };
    assert_eq!(file(r#""file_data":"data:application/pdf;base64,QQ==""#), base64("application/pdf"));
    assert_eq!(file(r#""file_data":"QQ==","filename":"a.TXT""#), base64("text/plain"));
    assert_eq!(file(r#""file_data":"QQ==""#), base64("application/pdf"));
    let body = br#"{"messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}"#;
    let impossible = read_request(body).unwrap().impossible.unwrap();
    assert_eq!(impossible.path, "messages[0].content[0].file.file_id");
}

#[test]
fn empty_messages_are_none() {
    for content in ["\"\"", "[]", "null", r#"[{"type":"text","text":""}]"#] {
        assert_eq!(parts(content), [], "{content}");
    }
}

#[test]
fn bodies_that_no_server_takes_are_refused_with_the_fields_path() {
    for (body, param) in [
        ("{}", "messages"),
        (r#"{"messages":{}}"#, "messages"),
        (r#"{"messages":[1]}"#, "messages[0]"),
        (r#"{"messages":[{"role":"cook"}]}"#, "messages[0].role"),
        (r#"{"messages":[{"role":"user","content":1}]}"#, "messages[0].content"),
        (r#"{"messages":[{"role":"user","content":[{"type":"text","text":1}]}]}"#, "messages[0].content[0].text"),
        (r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]}"#, "messages[0].tool_calls[0].function"),
        (r#"{"messages":[],"tools":[{"type":"function","function":{}}]}"#, "tools[0].function.name"),
        (r#"{"messages":[],"temperature":"hot"}"#, "temperature"),
        (r#"{"messages":[],"max_tokens":-1}"#, "max_tokens"),
        (r#"{"messages":[],"stop":[1]}"#, "stop"),
        (r#"{"messages":[],"metadata":"a"}"#, "metadata"),
        (
            r#"{"messages":[],"response_format":{"type":"json_schema","json_schema":{"schema":""}}}"#,
            "response_format.json_schema.schema",
        ),
        (r#"{"messages":[],"reasoning":{"max_tokens":"a"}}"#, "reasoning.max_tokens"),
    ] {
        assert_eq!(read_request(body.as_bytes()).unwrap_err().param.as_deref(), Some(param), "{body}");
    }
}

#[test]
fn reasoning_is_asked_for_in_several_ways() {
    let ask = |fields: &str| {
        let body = format!(r#"{{"messages":[],{fields}}}"#);
        read_request(body.as_bytes()).unwrap().reasoning.map(|it| (it.thinking, it.effort, it.display.is_some()))
    };
    let effort = |it| Some((Thinking::Unsaid, Some(it), false));
    assert_eq!(ask(r#""reasoning_effort":"high""#), effort(Effort::High));
    assert_eq!(ask(r#""reasoning":{"effort":"low"}"#), effort(Effort::Low));
    assert_eq!(ask(r#""reasoning_effort":"none""#), Some((Thinking::Off, Some(Effort::None), false)));
    assert_eq!(ask(r#""reasoning":{"max_tokens":9}"#), Some((Thinking::Budget(9), None, false)));
    assert_eq!(ask(r#""reasoning":{"enabled":true,"exclude":true}"#), Some((Thinking::Adaptive, None, true)));
    assert_eq!(ask(r#""thinking":{"type":"disabled"}"#), Some((Thinking::Off, None, false)));
    assert_eq!(ask(r#""thinking":{"type":"enabled","budget_tokens":9}"#), Some((Thinking::Budget(9), None, false)));
    assert_eq!(ask(r#""reasoning_effort":null"#), None);
}

#[test]
fn formats_are_read_in_the_older_form_too() {
    let format = |it: &str| {
        let body = format!(r#"{{"messages":[],"response_format":{it}}}"#);
        match read_request(body.as_bytes()).unwrap().format {
            Some(Format::JsonSchema { schema, .. }) => schema.into_owned(),
            Some(Format::JsonObject) => "object".to_owned(),
            None => "none".to_owned(),
        }
    };
    assert_eq!(format(r#"{"type":"text"}"#), "none");
    assert_eq!(format(r#"{"type":"json_object"}"#), "object");
    assert_eq!(format(r#"{"type":"json_object","schema":{"a":1}}"#), r#"{"a":1}"#);
    assert_eq!(format(r#"{"type":"json_schema","json_schema":{"name":"n","schema":{"b" :1}}}"#), r#"{"b" :1}"#);
}

#[test]
fn grammars_are_kept_in_the_form_of_responses() {
    let body = br#"{"messages":[],"tools":[{"type":"custom","custom":{"name":"p","format":{"type":"grammar","grammar":{"syntax":"lark","definition":"a"}}}}]}"#;
    let request = read_request(body).unwrap();
    let [Tool { kind: ToolKind::Custom { format: Some(format) }, .. }] = &*request.tools else { panic!("{request:?}") };
    assert_eq!(format, r#"{"type":"grammar","syntax":"lark","definition":"a"}"#);
}

#[test]
fn calls_without_ids_get_their_own_and_results_of_custom_tools_are_known() {
    let body = br#"{"messages":[
        {"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}},{"id":"c","type":"custom","custom":{"name":"p","input":"i"}}]},
        {"role":"tool","tool_call_id":"c","content":"done"}
    ]}"#;
    let request = read_request(body).unwrap();
    let [Item::ToolCall(first), Item::ToolCall(second), Item::ToolResult(result)] = &*request.items else {
        panic!("{request:?}")
    };
    assert_eq!((&*first.id, &*second.id), ("call_0_0", "c"));
    assert!(second.name.custom && result.custom);
}
