use std::collections::HashSet;

use serde_json::Value;

use super::block::{check, is_empty_text};

const REASONS: [&str; 7] =
    ["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded"];

/// Checks the message of `message_start`.
pub fn check_start(message: &Value, violations: &mut Vec<String>) {
    check_frame(message, violations);
    if message["content"].as_array().is_none_or(|it| !it.is_empty()) {
        violations.push("`message_start` has another `content` than []".to_owned());
    }
    for field in ["stop_reason", "stop_sequence"] {
        if message.get(field).is_none_or(|it| !it.is_null()) {
            violations.push(format!("`message_start` has another `{field}` than null"));
        }
    }
    check_usage(&message["usage"], violations);
    // Clients show it at once, as how full the context is.
    let count = |field: &str| message["usage"][field].as_u64().unwrap_or_default();
    let input = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"].into_iter().map(count);
    if input.fold(0, u64::saturating_add) == 0 {
        violations.push("`message_start` reports no input".to_owned());
    }
}

/// Checks a whole answer.
pub fn check_whole(message: &Value, violations: &mut Vec<String>) {
    check_frame(message, violations);
    let mut ids = HashSet::new();
    match message["content"].as_array() {
        None => violations.push("`content` is no array".to_owned()),
        Some(blocks) => {
            for (index, block) in blocks.iter().enumerate() {
                if let Some(id) = check(block, index, violations)
                    && !ids.insert(id)
                {
                    violations.push("two calls share an id".to_owned());
                }
            }
        }
    }
    check_end(message, !ids.is_empty(), violations);
    check_usage(&message["usage"], violations);
}

/// Checks how an answer ends.
pub fn check_end(end: &Value, calls: bool, violations: &mut Vec<String>) {
    let reason = end["stop_reason"].as_str().unwrap_or_default();
    if !REASONS.contains(&reason) {
        violations.push(format!("`{reason}` is no `stop_reason`"));
    }
    if calls && reason != "tool_use" && !is_cut(reason) {
        violations.push(format!("an answer with a call ends with `{reason}`"));
    }
    if !calls && reason == "tool_use" {
        violations.push("an answer without a call ends with `tool_use`".to_owned());
    }
    match end.get("stop_sequence") {
        Some(Value::String(_)) if reason == "stop_sequence" => {}
        Some(Value::Null) if reason != "stop_sequence" => {}
        _ => violations.push(format!("`stop_sequence` does not fit `{reason}`")),
    }
}

/// The answer ended where no more could be written.
fn is_cut(reason: &str) -> bool {
    matches!(reason, "max_tokens" | "model_context_window_exceeded")
}

/// Checks a `usage`.
pub fn check_usage(usage: &Value, violations: &mut Vec<String>) {
    if usage["input_tokens"].is_null() {
        violations.push("`usage.input_tokens` is no count".to_owned());
    }
    check_end_usage(usage, violations);
}

/// Checks the `usage` at a stream's end, which need not repeat what the start has told.
pub fn check_end_usage(usage: &Value, violations: &mut Vec<String>) {
    if !usage["output_tokens"].is_u64() {
        violations.push("`usage.output_tokens` is no count".to_owned());
    }
    for field in ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"] {
        if !usage[field].is_u64() && !usage[field].is_null() {
            violations.push(format!("`usage.{field}` is no count"));
        }
    }
}

/// Checks an error.
pub fn check_error(data: &Value, violations: &mut Vec<String>) {
    for field in ["type", "message"] {
        if is_empty_text(&data["error"][field]) {
            violations.push(format!("the error has no `{field}`"));
        }
    }
}

fn check_frame(message: &Value, violations: &mut Vec<String>) {
    if !message["id"].as_str().is_some_and(|it| it.starts_with("msg_")) {
        violations.push("the message has no `id` that starts with `msg_`".to_owned());
    }
    for (field, value) in [("type", "message"), ("role", "assistant")] {
        if message[field] != value {
            violations.push(format!("the message's `{field}` is not `{value}`"));
        }
    }
    if is_empty_text(&message["model"]) {
        violations.push("the message names no `model`".to_owned());
    }
}
