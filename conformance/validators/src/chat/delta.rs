use serde_json::Value;

use super::check::{self, Check, get};

/// What the deltas of a choice have said until now.
#[derive(Default)]
pub struct Deltas {
    role_seen: bool,
    calls: Vec<Call>,
}

struct Call {
    id: String,
    arguments: String,
    custom: bool,
}

impl Deltas {
    /// Checks the next delta.
    pub fn read(&mut self, delta: &Value, check: &mut Check<'_>) {
        match (check.optional_text(delta, "role"), self.role_seen) {
            (Some("assistant"), _) => self.role_seen = true,
            (Some(_), _) => check.fail("`role` is not `assistant`"),
            (None, true) => {}
            (None, false) => {
                self.role_seen = true;
                check.fail("the first delta has no `role`");
            }
        }
        check::words(delta, check);
        match get(delta, "tool_calls") {
            None => {}
            Some(Value::Array(calls)) if !calls.is_empty() => {
                for fragment in calls {
                    if fragment.is_object() {
                        self.fragment(fragment, check);
                    } else {
                        check.fail("a tool call is not an object");
                    }
                }
            }
            Some(_) => check.fail("`tool_calls` is not a list, or is empty"),
        }
    }

    fn fragment(&mut self, fragment: &Value, check: &mut Check<'_>) {
        let Some(index) = check.count(fragment, "index").and_then(|it| usize::try_from(it).ok()) else { return };
        if index > self.calls.len() {
            return check.fail("a tool call's `index` leaves one out");
        }
        let object = |name| get(fragment, name).filter(|it| it.is_object());
        let custom = object("custom");
        let called = custom.or_else(|| object("function"));
        if index == self.calls.len() {
            self.first(fragment, called, custom.is_some(), check);
        } else {
            self.further(index, fragment, called, check);
        }
    }

    fn first(&mut self, fragment: &Value, called: Option<&Value>, custom: bool, check: &mut Check<'_>) {
        let id = check.text(fragment, "id").unwrap_or_default().to_owned();
        if self.calls.iter().any(|it| it.id == id) {
            check.fail("two tool calls have the same `id`");
        }
        check.word(fragment, "type", &[if custom { "custom" } else { "function" }]);
        let mut arguments = "";
        match called {
            Some(called) => {
                check.text(called, "name");
                arguments = check.optional_text(called, input(custom)).unwrap_or_default();
            }
            None => check.fail("a tool call's first fragment has neither `function` nor `custom`"),
        }
        self.calls.push(Call { id, arguments: arguments.to_owned(), custom });
    }

    fn further(&mut self, index: usize, fragment: &Value, called: Option<&Value>, check: &mut Check<'_>) {
        let call = &mut self.calls[index];
        if fragment["id"].as_str().is_some_and(|it| !it.is_empty() && it != call.id) {
            check.fail("a tool call's `id` changes");
        }
        if let Some(called) = called {
            if called["name"].as_str().is_some_and(|it| !it.is_empty()) {
                check.fail("a tool call's name is repeated, which clients take for more of it");
            }
            call.arguments += check.optional_text(called, input(call.custom)).unwrap_or_default();
        }
    }

    /// Checks the whole, when the choice is finished.
    pub fn end(&self, reason: &str, check: &mut Check<'_>) {
        match reason {
            "stop" if !self.calls.is_empty() => check.fail("there are tool calls, and `finish_reason` is `stop`"),
            "tool_calls" if self.calls.is_empty() => check.fail("`finish_reason` is `tool_calls`, and there is none"),
            _ => {}
        }
        let cut_off = reason == "length";
        if !cut_off && self.calls.iter().any(|it| !it.custom && it.arguments.is_empty()) {
            check.fail("a tool call has empty `arguments`");
        }
    }
}

/// The field that a call's arguments stand in.
const fn input(custom: bool) -> &'static str {
    if custom { "input" } else { "arguments" }
}
