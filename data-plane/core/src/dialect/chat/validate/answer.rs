use super::check::{self, Check};
use crate::json::{Fields, Kind, Raw};

/// Checks a whole answer.
pub fn validate_answer(body: &[u8]) -> Vec<String> {
    let mut violations = Vec::new();
    let mut check = Check::new("the answer".to_owned(), &mut violations);
    match Fields::document(body) {
        Ok(mut answer) => match answer.take("error") {
            Some(error) => check::error(&error, &mut check),
            None => completion(answer, &mut check),
        },
        Err(error) => check.fail(&error.message),
    }
    violations
}

fn completion(mut answer: Fields<'_>, check: &mut Check<'_>) {
    check.text(&mut answer, "id");
    check.text(&mut answer, "model");
    check.word(&mut answer, "object", &["chat.completion"]);
    check.count(&mut answer, "created");
    if let Some(usage) = answer.take("usage") {
        check::usage(&usage, check);
    }
    let choices = answer.take_elements("choices");
    if choices.is_empty() {
        check.fail("`choices` is not a list, or is empty");
    }
    for choice in choices {
        match choice.fields() {
            Some(choice) => read_choice(choice, check),
            None => check.fail("a choice is not an object"),
        }
    }
}

fn read_choice(mut choice: Fields<'_>, check: &mut Check<'_>) {
    check.count(&mut choice, "index");
    if let Some(logprobs) = choice.take("logprobs") {
        check::logprobs(&logprobs, check);
    }
    let reason = check.finish_reason(&mut choice);
    let Some(mut message) = choice.take_fields("message") else { return check.fail("`message` is not an object") };
    check.word(&mut message, "role", &["assistant"]);
    check::words(&mut message, check);
    let calls = message.take("tool_calls");
    let has_calls = calls.is_some();
    if let Some(calls) = calls {
        tool_calls(&calls, check);
    }
    match reason.as_deref() {
        None => check.fail("`finish_reason` is missing"),
        Some("stop") if has_calls => check.fail("there are tool calls, and `finish_reason` is `stop`"),
        Some("tool_calls") if !has_calls => check.fail("`finish_reason` is `tool_calls`, and there is none"),
        Some(_) => {}
    }
}

fn tool_calls(calls: &Raw<'_>, check: &mut Check<'_>) {
    let calls = calls.elements().unwrap_or_default();
    if calls.is_empty() {
        check.fail("`tool_calls` is not a list, or is empty");
    }
    let mut ids = Vec::new();
    for call in calls {
        let Some(mut call) = call.fields() else {
            check.fail("a tool call is not an object");
            continue;
        };
        ids.extend(check.text(&mut call, "id"));
        let (kind, input) = if call.get("custom").is_some() { ("custom", "input") } else { ("function", "arguments") };
        check.word(&mut call, "type", &[kind]);
        let Some(mut called) = call.take_fields(kind) else {
            check.fail("a tool call has neither `function` nor `custom`");
            continue;
        };
        check.text(&mut called, "name");
        match called.take(input) {
            Some(raw) if raw.kind() == Kind::String && (kind == "custom" || raw.as_str() != "\"\"") => {}
            _ => check.fail(&format!("`{input}` is not a text, or is empty")),
        }
    }
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < count {
        check.fail("two tool calls have the same `id`");
    }
}
