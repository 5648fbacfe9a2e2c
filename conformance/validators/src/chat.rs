//! OpenAI Chat Completions: what SDKs, the AI SDK and agents need to read an answer.

mod answer;
mod check;
mod delta;

pub use answer::validate_answer;
use check::{Check, document, get};
use delta::Deltas;
use serde_json::Value;

use crate::ValidateStream;
use crate::event::Event;

/// Checks a stream.
#[derive(Default)]
pub struct ChatStreamValidator {
    events: usize,
    /// `id` and `model` of the first chunk; all others bear the same.
    names: Option<[String; 2]>,
    deltas: Deltas,
    finished: bool,
    usage_seen: bool,
    state: State,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Open,
    /// `[DONE]` was seen.
    Done,
    /// An error was seen, which is an end, too.
    Failed,
}

impl ValidateStream for ChatStreamValidator {
    fn event(&mut self, event: &Event, violations: &mut Vec<String>) {
        let mut check = Check::new(format!("event {}", self.events), violations);
        self.events += 1;
        match self.state {
            State::Open => {}
            State::Done => return check.fail("something follows `[DONE]`"),
            State::Failed => return check.fail("something follows an error"),
        }
        if event.is_done_mark() {
            self.state = State::Done;
            return;
        }
        match document(&event.data) {
            Ok(chunk) => match get(&chunk, "error") {
                Some(error) => {
                    self.state = State::Failed;
                    check::error(error, &mut check);
                }
                None => self.chunk(&chunk, &mut check),
            },
            Err(fault) => check.fail(fault),
        }
    }

    fn end(&mut self, violations: &mut Vec<String>) {
        let mut check = Check::new("the end".to_owned(), violations);
        match self.state {
            State::Open | State::Done if !self.finished => check.fail("no `finish_reason` came"),
            State::Open => check.fail("`[DONE]` is missing"),
            State::Done | State::Failed => {}
        }
    }
}

impl ChatStreamValidator {
    fn chunk(&mut self, chunk: &Value, check: &mut Check<'_>) {
        let id = check.text(chunk, "id");
        let model = check.text(chunk, "model");
        check.word(chunk, "object", &["chat.completion.chunk"]);
        check.count(chunk, "created");
        let names = [id, model].map(|it| it.unwrap_or_default().to_owned());
        match &self.names {
            Some(first) if *first != names => check.fail("`id` or `model` is another one than before"),
            Some(_) => {}
            None => self.names = Some(names),
        }
        let usage = get(chunk, "usage");
        if let Some(usage) = usage {
            check::usage(usage, check);
        }
        let Some(choices) = chunk["choices"].as_array() else {
            return check.fail("`choices` is not a list");
        };
        if choices.is_empty() {
            self.usage_chunk(usage.is_some(), check);
        }
        for choice in choices {
            if choice.is_object() {
                self.choice(choice, check);
            } else {
                check.fail("a choice is not an object");
            }
        }
    }

    fn usage_chunk(&mut self, has_usage: bool, check: &mut Check<'_>) {
        if !has_usage {
            check.fail("a chunk has neither a choice nor usage");
        }
        if !self.finished {
            check.fail("the usage chunk comes before `finish_reason`");
        }
        if std::mem::replace(&mut self.usage_seen, true) {
            check.fail("there is a second usage chunk");
        }
    }

    fn choice(&mut self, choice: &Value, check: &mut Check<'_>) {
        check.count(choice, "index");
        if self.finished {
            check.fail("a choice follows `finish_reason`");
        }
        match &choice["delta"] {
            delta @ Value::Object(_) => self.deltas.read(delta, check),
            _ => check.fail("`delta` is not an object"),
        }
        if let Some(logprobs) = get(choice, "logprobs") {
            check::logprobs(logprobs, check);
        }
        if let Some(reason) = check.finish_reason(choice) {
            self.finished = true;
            self.deltas.end(reason, check);
        }
    }
}

#[cfg(test)]
mod tests;
