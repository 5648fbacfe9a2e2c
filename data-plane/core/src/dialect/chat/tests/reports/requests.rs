use serde_json::json;

use super::super::support::{back, calls, gives_back, list, messages, says, target, written};
use crate::config::{OutputCap, OutputCapField};
use crate::dialect::Dialect;
use crate::dialect::chat::read_request;
use crate::dialect::neutral::{Image, Part, PartKind, Place, Role, Source};

#[test]
fn every_form_of_tool_choice_has_its_counterpart() {
    let chosen = |choice: &str| {
        let tool = |name: &str| format!(r#"{{"type":"function","function":{{"name":"{name}"}}}}"#);
        let body = format!(r#"{{"messages":[],"tools":[{},{}],"tool_choice":{choice}}}"#, tool("f"), tool("g"));
        let (body, warnings) = back(&body);
        (body["tool_choice"].clone(), body["tools"].as_array().unwrap().len(), warnings.join(" "))
    };
    let nothing = String::new();
    assert_eq!(chosen(r#""auto""#), (json!("auto"), 2, nothing.clone()));
    assert_eq!(chosen(r#""none""#), (json!("none"), 2, nothing.clone()));
    assert_eq!(chosen(r#""required""#), (json!("required"), 2, nothing.clone()));
    assert_eq!(chosen(r#""any""#), (json!("required"), 2, nothing.clone()));
    let named = r#"{"type":"function","function":{"name":"g"}}"#;
    assert_eq!(chosen(named), (serde_json::from_str(named).unwrap(), 2, nothing));
    let allowed =
        |mode: &str| format!(r#"{{"type":"allowed_tools","allowed_tools":{{"mode":"{mode}","tools":[{named}]}}}}"#);
    assert_eq!(chosen(&allowed("auto")), (json!("auto"), 1, "approximated:tool_choice".to_owned()));
    assert_eq!(chosen(&allowed("required")), (json!("required"), 1, "approximated:tool_choice".to_owned()));
}

#[test]
fn what_is_not_understood_is_told() {
    let body = r#"{
        "messages": [{"role": "user", "content": [{"type": "text", "text": "a", "weight": 2}], "mood": "fine"}],
        "tools": [{"type": "function", "function": {"name": "f", "allowed_callers": []}, "defer_loading": true}],
        "chat_template_kwargs": {}
    }"#;
    let (_, warnings) = back(body);
    assert_eq!(
        warnings,
        [
            "dropped:messages[0].content[0].weight",
            "dropped:messages[0].mood",
            "dropped:tools[0].function.allowed_callers",
            "dropped:tools[0].defer_loading",
            "dropped:chat_template_kwargs",
        ]
    );
}

#[test]
fn pictures_in_results_follow_as_a_message_of_the_user() {
    let source = Source::Base64 { media_type: "image/png".into(), data: "aW1n".into() };
    let picture = Part { place: Place::default(), kind: PartKind::Image(Image { source, detail: None }), cache: None };
    let items = vec![
        calls("a", "read"),
        calls("b", "read"),
        gives_back("a", vec![picture]),
        gives_back("b", vec![Part::text(Place::default(), "text")]),
        says(Role::User, "Go on"),
    ];
    let (written, warnings) = messages(items);
    let roles: Vec<_> = written.as_array().unwrap().iter().map(|it| it["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["assistant", "tool", "tool", "user", "user"]);
    assert_eq!(
        written[3]["content"],
        json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,aW1n"}}])
    );
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn no_system_message_is_lost_and_all_keep_their_order() {
    let items = vec![
        says(Role::System, "one"),
        says(Role::Developer, "two"),
        says(Role::User, "hi"),
        says(Role::System, "three"),
    ];
    let expected = json!([
        {"role": "system", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
        {"role": "user", "content": "hi"},
        {"role": "user", "content": "<system-reminder>\nthree\n</system-reminder>"},
    ]);
    let (written, warnings) = messages(items);
    assert_eq!(written, expected);
    assert_eq!(warnings.len(), 1, "templates take the operator's words at the start alone: {warnings:?}");
}

#[test]
fn the_cap_is_written_into_the_targets_own_field() {
    for field in ["max_tokens", "max_completion_tokens"] {
        let body = format!(r#"{{"messages":[],"{field}":100}}"#);
        let request = read_request(body.as_bytes()).unwrap();
        assert_eq!(written(&request, &target()).unwrap().0["max_completion_tokens"], 100);
        let mut own = target();
        own.output_cap = OutputCap { field: Some(OutputCapField::MaxTokens), ignored: false };
        let (body, _) = written(&request, &own).unwrap();
        assert_eq!((&body["max_tokens"], body.get("max_completion_tokens")), (&json!(100), None));
    }
}

#[test]
fn tools_of_other_kinds_are_told_to_be_lost() {
    let body = r#"{"messages":[],"tools":[{"type":"tool_search"},{"type":"function","function":{"name":"f"}},{"type":"mcp","server":"s"}]}"#;
    let (body, warnings) = back(body);
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(warnings, ["dropped:tools[0]/tool_search", "dropped:tools[2]/mcp"]);
}

#[test]
fn custom_tools_are_functions_where_only_functions_are_known() {
    let body = r#"{"messages":[],"tools":[{"type":"custom","custom":{"name":"exec","format":{"type":"text"}}}]}"#;
    let request = read_request(body.as_bytes()).unwrap();
    let (plain, warnings) = written(&request, &target()).unwrap();
    assert_eq!(plain["tools"][0]["type"], "function");
    assert_eq!(plain["tools"][0]["function"]["parameters"]["required"], json!(["input"]));
    assert_eq!(warnings, ["approximated:tools[0]/custom"]);
    let mut knowing = target();
    knowing.tools = vec![(Dialect::OpenaiChat, vec!["function".to_owned(), "custom".to_owned()])];
    let (kept, warnings) = written(&request, &knowing).unwrap();
    assert_eq!(kept["tools"][0], json!({"type": "custom", "custom": {"name": "exec", "format": {"type": "text"}}}));
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn what_no_other_dialect_can_do_is_impossible() {
    let impossible = |fields: &str| {
        let body = format!(r#"{{"messages":[],{fields}}}"#);
        read_request(body.as_bytes()).unwrap().impossible.map(|it| it.path)
    };
    for (fields, path) in [
        (r#""n":2"#, "n"),
        (r#""modalities":["text","audio"]"#, "modalities"),
        (r#""tool_choice":"required""#, "tool_choice"),
        (r#""tools":[{"type":"web_search"}],"tool_choice":{"type":"web_search"}"#, "tool_choice"),
    ] {
        assert_eq!(impossible(fields).as_deref(), Some(path), "{fields}");
    }
    for fields in
        [r#""n":1"#, r#""logprobs":false"#, r#""logit_bias":{}"#, r#""modalities":["text"]"#, r#""stop":null"#]
    {
        assert_eq!(impossible(fields), None, "{fields}");
        let body = format!(r#"{{"messages":[],{fields}}}"#);
        assert_eq!(list(&read_request(body.as_bytes()).unwrap().warnings), Vec::<String>::new(), "{fields}");
    }
}
