use serde_json::Value;

use super::check::{self, Check, document, elements, get};

/// Checks a whole answer.
pub fn validate_answer(body: &[u8]) -> Vec<String> {
    let mut violations = Vec::new();
    let mut check = Check::new("the answer".to_owned(), &mut violations);
    match document(body) {
        Ok(answer) => match get(&answer, "error") {
            Some(error) => check::error(error, &mut check),
            None => completion(&answer, &mut check),
        },
        Err(fault) => check.fail(fault),
    }
    violations
}

fn completion(answer: &Value, check: &mut Check<'_>) {
    check.text(answer, "id");
    check.text(answer, "model");
    check.word(answer, "object", &["chat.completion"]);
    check.count(answer, "created");
    if let Some(usage) = get(answer, "usage") {
        check::usage(usage, check);
    }
    let choices = elements(answer, "choices");
    if choices.is_empty() {
        check.fail("`choices` is not a list, or is empty");
    }
    for choice in choices {
        if choice.is_object() {
            read_choice(choice, check);
        } else {
            check.fail("a choice is not an object");
        }
    }
}

fn read_choice(choice: &Value, check: &mut Check<'_>) {
    check.count(choice, "index");
    if let Some(logprobs) = get(choice, "logprobs") {
        check::logprobs(logprobs, check);
    }
    let reason = check.finish_reason(choice);
    let message = &choice["message"];
    if !message.is_object() {
        return check.fail("`message` is not an object");
    }
    check.word(message, "role", &["assistant"]);
    check::words(message, check);
    let calls = get(message, "tool_calls");
    if let Some(calls) = calls {
        tool_calls(calls, check);
    }
    match reason {
        None => check.fail("`finish_reason` is missing"),
        Some("stop") if calls.is_some() => check.fail("there are tool calls, and `finish_reason` is `stop`"),
        Some("tool_calls") if calls.is_none() => check.fail("`finish_reason` is `tool_calls`, and there is none"),
        Some(_) => {}
    }
}

fn tool_calls(calls: &Value, check: &mut Check<'_>) {
    let calls = calls.as_array().map(Vec::as_slice).unwrap_or_default();
    if calls.is_empty() {
        check.fail("`tool_calls` is not a list, or is empty");
    }
    let mut ids = Vec::new();
    for call in calls {
        if !call.is_object() {
            check.fail("a tool call is not an object");
            continue;
        }
        ids.extend(check.text(call, "id"));
        let custom = get(call, "custom").is_some();
        let (kind, input) = if custom { ("custom", "input") } else { ("function", "arguments") };
        check.word(call, "type", &[kind]);
        let called = &call[kind];
        if !called.is_object() {
            check.fail("a tool call has neither `function` nor `custom`");
            continue;
        }
        check.text(called, "name");
        if !called[input].as_str().is_some_and(|it| custom || !it.is_empty()) {
            check.fail(&format!("`{input}` is not a text, or is empty"));
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < count {
        check.fail("two tool calls have the same `id`");
    }
}
