use serde_json::{Value, json};

use super::request;
use crate::problem::Problem;

/// What is said of a request with these members.
fn said(more: &Value) -> String {
    let mut body = json!({"model": "m", "input": "hi"});
    for (key, value) in more.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    match request(&body) {
        Err(Problem::Invalid { message, .. }) => message,
        Err(problem) => format!("{problem:?}"),
        Ok(_) => String::new(),
    }
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    for (more, expected) in [
        (json!({"messages": []}), "Unknown parameter: 'messages'."),
        (json!({"max_output_tokens": 15}), "Expected a value >= 16, but got 15 instead."),
        (json!({"stop": "x"}), "Unknown parameter: 'stop'."),
        (json!({"include": ["everything"]}), "Invalid value: 'everything'."),
        (json!({"stream_options": {}}), "only allowed when 'stream' is enabled"),
        (json!({"reasoning": {"budget_tokens": 1}}), "Unknown parameter: 'reasoning.budget_tokens'."),
        (json!({"reasoning": {"effort": "huge"}}), "Invalid value: 'huge'."),
        (json!({"text": {"format": {"type": "json_schema", "schema": {}}}}), "Invalid 'text.format.name'"),
        (
            json!({"tools": [{"type": "function", "function": {"name": "f"}}]}),
            "Unknown parameter: 'tools[0].function'.",
        ),
        (json!({"tools": [{"type": "bash_20250124", "name": "bash"}]}), "Invalid value: 'bash_20250124'."),
        (json!({"tool_choice": {"type": "function", "name": "f"}}), "Tool choice 'function' not found"),
        (json!({"tool_choice": "required"}), "must be specified with 'tools' parameter"),
    ] {
        assert!(said(&more).contains(expected), "{more}: {}", said(&more));
    }
}

#[test]
fn items_that_are_wrong_are_refused() {
    let long = "c".repeat(65);
    for (item, expected) in [
        (json!({"type": "tool_use"}), "Invalid value: 'tool_use'."),
        (json!({"role": "tool", "content": "x"}), "Invalid value: 'tool'."),
        (json!({"role": "user"}), "Missing required parameter: 'input[0].content'."),
        (json!({"role": "user", "content": "x", "name": "y"}), "Unknown parameter: 'input[0].name'."),
        (json!({"role": "user", "content": [{"type": "output_text", "text": "x"}]}), "Invalid value: 'output_text'."),
        (
            json!({"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}),
            "Invalid value: 'input_text'.",
        ),
        (json!({"role": "user", "content": [{"type": "input_image", "image_url": "AAAA"}]}), "Expected a valid URL"),
        (json!({"id": "x_1", "role": "user", "content": "x"}), "Expected an ID that begins with 'msg'."),
        (json!({"type": "function_call", "call_id": long, "name": "f", "arguments": "{}"}), "string too long"),
        (json!({"type": "function_call", "call_id": "c", "name": "f.g", "arguments": "{}"}), "does not match pattern"),
        (
            json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": {}}),
            "Missing required parameter: 'input[0].arguments'.",
        ),
        (
            json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}),
            "No tool output found for function call c.",
        ),
        (
            json!({"type": "function_call_output", "call_id": "c", "output": "x"}),
            "No tool call found for function call output with call_id c.",
        ),
        (
            json!({"type": "custom_tool_call_output", "call_id": "c", "output": "x"}),
            "No tool call found for custom tool call output",
        ),
        (json!({"type": "reasoning", "id": "rs_1"}), "Missing required parameter: 'input[0].summary'."),
        (json!({"type": "reasoning", "id": "rs_1", "summary": []}), "without its required following item"),
        (json!({"type": "item_reference", "id": "rs_1"}), "without its required following item"),
        (json!({"id": "fc_1"}), "No tool output found for function call call_1."),
    ] {
        let said = said(&json!({"input": [item]}));
        assert!(said.contains(expected), "{item}: {said}");
    }
}
