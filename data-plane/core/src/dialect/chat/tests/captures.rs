//! Chat requests of real clients come back from the neutral form as they were, but for what is written on purpose.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::support::back;

/// The bodies of all recorded Chat requests.
fn recorded() -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for client in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/captures")).unwrap() {
        for file in fs::read_dir(client.unwrap().path()).unwrap() {
            let file = file.unwrap().path();
            let mut capture: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
            if capture["path"] == "/v1/chat/completions" {
                found.push((file.display().to_string(), capture["body"].take()));
            }
        }
    }
    found
}

/// What is written on purpose: the target's model, `system` for every operator, usage for the router; and what goes without
/// saying.
fn expected(mut body: Value) -> Value {
    body["model"] = json!("upstream-model");
    for message in body["messages"].as_array_mut().unwrap() {
        let fields = message.as_object_mut().unwrap();
        if fields["role"] == "developer" {
            fields["role"] = json!("system");
        }
        let has_calls = fields.contains_key("tool_calls");
        if has_calls && fields.get("content").is_none_or(|it| it == "") {
            fields.insert("content".to_owned(), Value::Null);
        }
        if fields.get("annotations").is_some_and(|it| it == &json!([])) {
            fields.shift_remove("annotations");
        }
        // A part that is text alone is a text.
        if let Some([part]) = fields.get("content").and_then(Value::as_array).map(Vec::as_slice)
            && part["type"] == "text"
        {
            let text = part["text"].clone();
            fields.insert("content".to_owned(), text);
        }
    }
    let fields = body.as_object_mut().unwrap();
    fields.shift_remove("store");
    // It is refused without a stored answer.
    fields.shift_remove("metadata");
    if fields.get("service_tier").is_some_and(|it| it == "auto") {
        fields.shift_remove("service_tier");
    }
    if fields.get("stop").is_some_and(Value::is_string) {
        fields["stop"] = json!([fields["stop"]]);
    }
    fields.shift_remove("stream_options");
    if fields.get("stream") == Some(&json!(true)) {
        fields.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    } else {
        fields.shift_remove("stream");
    }
    body
}

#[test]
fn recorded_requests_come_back_whole() {
    let recorded = recorded();
    assert!(recorded.len() > 20, "{}", recorded.len());
    for (file, body) in recorded {
        let (written, warnings) = back(&body.to_string());
        let lost: &[&str] = if body.get("metadata").is_some() { &["dropped:metadata"] } else { &[] };
        assert_eq!(written, expected(body), "{file}");
        assert_eq!(warnings, lost, "{file}");
    }
}

#[test]
fn schemas_pass_byte_for_byte() {
    let schema = r#"{ "type":"object",  "properties": {"a": {"const": 1.0, "$ref":"x\/y"}} }"#;
    let body = format!(
        r#"{{"model":"m","messages":[],"tools":[{{"type":"function","function":{{"name":"f","parameters":{schema}}}}}],"response_format":{{"type":"json_schema","json_schema":{{"name":"n","schema":{schema}}}}}}}"#
    );
    let request = crate::dialect::chat::read_request(body.as_bytes()).unwrap();
    let written = crate::dialect::chat::write_request(
        &request,
        &super::support::target(),
        &mut crate::dialect::neutral::ToolNames::default(),
        &mut crate::dialect::neutral::Warnings::default(),
    );
    let written = String::from_utf8(written.unwrap()).unwrap();
    assert_eq!(written.matches(schema).count(), 2);
}
