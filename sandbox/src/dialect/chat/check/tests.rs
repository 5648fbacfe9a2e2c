use serde_json::{Value, json};

use super::request;
use crate::problem::Problem;

/// What is said of a request with these members.
fn said(more: &Value) -> String {
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    match request(&body) {
        Err(Problem::Invalid { message, .. }) => message,
        Err(problem) => format!("{problem:?}"),
        Ok(()) => String::new(),
    }
}

fn tool(function: &Value) -> Value {
    json!({"tools": [{"type": "function", "function": function}]})
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let strict = json!({"name": "f", "strict": true, "parameters": {"type": "object", "properties": {"a": {}}}});
    let mut closed = strict.clone();
    closed["parameters"]["additionalProperties"] = json!(false);
    for (more, expected) in [
        (json!({"top_k": 1}), "Unrecognized request argument supplied: top_k"),
        (json!({"messages": []}), "Invalid 'messages': empty array."),
        (json!({"stream_options": {}}), "only allowed when 'stream' is enabled"),
        (json!({"top_logprobs": 1}), "only allowed when 'logprobs' is enabled"),
        (json!({"tools": []}), "Invalid 'tools': empty array."),
        (json!({"tool_choice": "auto"}), "'tool_choice' is only allowed when 'tools' are specified"),
        (json!({"parallel_tool_calls": true}), "'parallel_tool_calls' is only allowed when 'tools' are specified"),
        (json!({"max_tokens": 1, "max_completion_tokens": 1}), "at the same time is not supported"),
        (json!({"stop": ["a", "b", "c", "d", "e"]}), "maximum length 4"),
        (json!({"reasoning_effort": "huge"}), "Invalid value: 'huge'."),
        (json!({"response_format": {"type": "json_schema", "json_schema": {"name": "a b"}}}), "does not match pattern"),
        (tool(&json!({"name": "a.b"})), "Invalid 'tools[0].function.name': string does not match pattern."),
        (tool(&json!({"name": "a".repeat(65)})), "string too long"),
        (tool(&strict), "'additionalProperties' is required to be supplied and to be false"),
        (tool(&closed), "Missing 'a'."),
    ] {
        assert!(said(&more).contains(expected), "{more}: {}", said(&more));
    }
}

#[test]
fn messages_that_are_wrong_are_refused() {
    let image = json!([{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]);
    for (message, expected) in [
        (json!({"role": "model", "content": "x"}), "Invalid value: 'model'."),
        (
            json!({"role": "user", "content": "x", "cache_control": {}}),
            "Unknown parameter: 'messages[0].cache_control'.",
        ),
        (json!({"role": "user", "content": null}), "expected a string, got null"),
        (json!({"role": "assistant", "content": null}), "expected a string, got null"),
        (json!({"role": "system", "content": image}), "Image URLs are only allowed for messages with role 'user'"),
        (json!({"role": "user", "content": [{"type": "input_text", "text": "x"}]}), "Invalid value: 'input_text'."),
        (
            json!({"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {}}]}),
            "content[0].cache_control",
        ),
        (
            json!({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "AAAA"}}]}),
            "Invalid image URL",
        ),
        (
            json!({"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "f", "arguments": "{}"}}]}),
            "tool_calls[0].id",
        ),
        (
            json!({"role": "assistant", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": {}}}]}),
            "expected a string",
        ),
        (
            json!({"role": "assistant", "tool_calls": [{"id": "a".repeat(65), "type": "function", "function": {"name": "f", "arguments": ""}}]}),
            "string too long",
        ),
    ] {
        let said = said(&json!({"messages": [message]}));
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn calls_and_results_belong_together() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let called = json!({"role": "assistant", "content": null, "tool_calls": [call("a"), call("b")]});
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "ok"});
    let user = json!({"role": "user", "content": "hi"});
    for (messages, expected) in [
        (json!([user, result("a")]), "must be a response to a preceeding message with 'tool_calls'"),
        (json!([user, called, result("a")]), "did not have response messages: b"),
        (json!([user, called, user, result("a"), result("b")]), "did not have response messages: a, b"),
        (json!([user, called, result("a"), result("b"), result("c")]), "'tool_call_id' of 'c' not found"),
        (json!([user, called, result("b"), result("a"), user]), ""),
    ] {
        let said = said(&json!({"messages": messages}));
        assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{said}");
    }
}
