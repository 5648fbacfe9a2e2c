//! Anthropic Messages: what SDKs and Claude Code need to read an answer.

mod block;
mod message;

use std::collections::HashSet;

use block::Open;
use serde_json::Value;

use crate::ValidateStream;
use crate::event::Event;

/// Checks a stream.
#[derive(Default)]
pub struct MessagesStreamValidator {
    progress: Progress,
    open: Option<Open>,
    /// Blocks that were started.
    started: u64,
    /// Calls' ids.
    ids: HashSet<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Waiting,
    Started,
    /// `message_delta` was seen.
    Told,
    Stopped,
    /// An error ended it.
    Failed,
}

impl ValidateStream for MessagesStreamValidator {
    fn event(&mut self, event: &Event, violations: &mut Vec<String>) {
        let name = event.name();
        if event.is_done_mark() && self.progress == Progress::Stopped {
            return;
        }
        let Ok(data) = serde_json::from_slice::<Value>(&event.data) else {
            return violations.push(format!("the data of `{name}` is not JSON"));
        };
        let Some(kind) = data["type"].as_str() else {
            return violations.push(format!("the data of `{name}` has no type"));
        };
        if name != kind {
            violations.push(format!("`{kind}` comes as event `{name}`"));
        }
        if kind == "ping" {
            return;
        }
        if matches!(self.progress, Progress::Stopped | Progress::Failed) {
            return violations.push(format!("`{kind}` follows the end"));
        }
        if kind == "error" {
            self.progress = Progress::Failed;
            return message::check_error(&data, violations);
        }
        if kind != "message_start" && self.progress == Progress::Waiting {
            violations.push(format!("`{kind}` comes before `message_start`"));
            self.progress = Progress::Started;
        }
        self.step(kind, &data, violations);
    }

    fn end(&mut self, violations: &mut Vec<String>) {
        match self.progress {
            Progress::Stopped | Progress::Failed => {}
            Progress::Waiting => violations.push("the stream has no `message_start`".to_owned()),
            Progress::Started => violations.push("the stream has no `message_delta`".to_owned()),
            Progress::Told => violations.push("the stream has no `message_stop`".to_owned()),
        }
    }
}

impl MessagesStreamValidator {
    fn step(&mut self, kind: &str, data: &Value, violations: &mut Vec<String>) {
        if self.progress == Progress::Told && kind != "message_stop" {
            violations.push(format!("`{kind}` follows `message_delta`"));
        }
        match kind {
            "message_start" => {
                if self.progress != Progress::Waiting {
                    violations.push("`message_start` comes twice".to_owned());
                }
                self.progress = Progress::Started;
                message::check_start(&data["message"], violations);
            }
            "content_block_start" => self.block_start(data, violations),
            "content_block_delta" => match self.open_block(data, kind, violations) {
                Some(open) => open.delta(&data["delta"], violations),
                None => violations.push("a delta has no open block".to_owned()),
            },
            "content_block_stop" => self.block_stop(data, violations),
            "message_delta" => self.message_delta(data, violations),
            "message_stop" => {
                if self.progress != Progress::Told {
                    violations.push("`message_stop` comes without `message_delta`".to_owned());
                }
                self.progress = Progress::Stopped;
            }
            _ => violations.push(format!("`{kind}` is no event of this API")),
        }
    }

    fn block_start(&mut self, data: &Value, violations: &mut Vec<String>) {
        if self.open.take().is_some() {
            violations.push("a block starts while another is open".to_owned());
        }
        if data["index"] != self.started {
            violations.push(format!("block {} has index {}", self.started, data["index"]));
        }
        self.started += 1;
        let open = Open::start(&data["content_block"], violations);
        if let Some(id) = open.call_id()
            && !self.ids.insert(id.to_owned())
        {
            violations.push("two calls share an id".to_owned());
        }
        self.open = Some(open);
    }

    /// The open block, if the event names it.
    fn open_block(&mut self, data: &Value, kind: &str, violations: &mut Vec<String>) -> Option<&mut Open> {
        let index = self.started.saturating_sub(1);
        if self.open.is_some() && data["index"] != index {
            violations.push(format!("`{kind}` has index {} while block {index} is open", data["index"]));
        }
        self.open.as_mut()
    }

    fn block_stop(&mut self, data: &Value, violations: &mut Vec<String>) {
        self.open_block(data, "content_block_stop", violations);
        match self.open.take() {
            Some(open) => open.stop(violations),
            None => violations.push("a block stops that is not open".to_owned()),
        }
    }

    fn message_delta(&mut self, data: &Value, violations: &mut Vec<String>) {
        if self.open.take().is_some() {
            violations.push("a block is open at the end".to_owned());
        }
        self.progress = Progress::Told;
        message::check_end(&data["delta"], !self.ids.is_empty(), violations);
        message::check_end_usage(&data["usage"], violations);
    }
}

/// Checks a whole answer.
pub fn validate_answer(body: &[u8]) -> Vec<String> {
    let mut violations = Vec::new();
    match serde_json::from_slice::<Value>(body) {
        Ok(data) if data["type"] == "error" => message::check_error(&data, &mut violations),
        Ok(data) => message::check_whole(&data, &mut violations),
        Err(_) => violations.push("the answer is not JSON".to_owned()),
    }
    violations
}

#[cfg(test)]
mod tests;
