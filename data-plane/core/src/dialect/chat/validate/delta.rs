use super::check::{self, Check};
use crate::json::Fields;

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
    pub fn read(&mut self, mut delta: Fields<'_>, check: &mut Check<'_>) {
        match (check.optional_text(&mut delta, "role").as_deref(), self.role_seen) {
            (Some("assistant"), _) => self.role_seen = true,
            (Some(_), _) => check.fail("`role` is not `assistant`"),
            (None, true) => {}
            (None, false) => {
                self.role_seen = true;
                check.fail("the first delta has no `role`");
            }
        }
        check::words(&mut delta, check);
        if let Some(calls) = delta.take("tool_calls") {
            match calls.elements() {
                Some(calls) if !calls.is_empty() => {
                    for fragment in calls {
                        match fragment.fields() {
                            Some(fragment) => self.fragment(fragment, check),
                            None => check.fail("a tool call is not an object"),
                        }
                    }
                }
                _ => check.fail("`tool_calls` is not a list, or is empty"),
            }
        }
    }

    fn fragment(&mut self, mut fragment: Fields<'_>, check: &mut Check<'_>) {
        let Some(index) = check.count(&mut fragment, "index").and_then(|it| usize::try_from(it).ok()) else { return };
        if index > self.calls.len() {
            return check.fail("a tool call's `index` leaves one out");
        }
        let custom = fragment.take_fields("custom");
        let is_custom = custom.is_some();
        let called = custom.or_else(|| fragment.take_fields("function"));
        if index == self.calls.len() {
            self.first(fragment, called, is_custom, check);
        } else {
            self.further(index, fragment, called, check);
        }
    }

    fn first(&mut self, mut fragment: Fields<'_>, called: Option<Fields<'_>>, custom: bool, check: &mut Check<'_>) {
        let id = check.text(&mut fragment, "id").unwrap_or_default();
        if self.calls.iter().any(|it| it.id == id) {
            check.fail("two tool calls have the same `id`");
        }
        check.word(&mut fragment, "type", &[if custom { "custom" } else { "function" }]);
        let arguments = called.map(|mut called| {
            check.text(&mut called, "name");
            check.optional_text(&mut called, if custom { "input" } else { "arguments" }).unwrap_or_default()
        });
        if arguments.is_none() {
            check.fail("a tool call's first fragment has neither `function` nor `custom`");
        }
        self.calls.push(Call { id, arguments: arguments.unwrap_or_default(), custom });
    }

    fn further(&mut self, index: usize, mut fragment: Fields<'_>, called: Option<Fields<'_>>, check: &mut Check<'_>) {
        let call = &mut self.calls[index];
        if fragment.take_string("id").is_some_and(|it| !it.is_empty() && it != call.id) {
            check.fail("a tool call's `id` changes");
        }
        if let Some(mut called) = called {
            if called.take_string("name").is_some_and(|it| !it.is_empty()) {
                check.fail("a tool call's name is repeated, which clients take for more of it");
            }
            let name = if call.custom { "input" } else { "arguments" };
            call.arguments += &check.optional_text(&mut called, name).unwrap_or_default();
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
