mod blocks;
mod choice;
mod tool_calls;

use std::borrow::Cow;

use crate::dialect::InvalidBody;
use crate::dialect::chat::{stream_facts, usage};
use crate::dialect::codec::ReadStream;
use crate::dialect::neutral::{AnswerEvent, Usage, Warnings};
use crate::dialect::seen::Seen;
use crate::json::Fields;
use crate::sse::Event;
pub use choice::ChoiceReader;

/// Reads an upstream's stream.
#[derive(Default)]
pub struct ChatStreamReader {
    choice: ChoiceReader,
    started: bool,
    ended: bool,
    usage: Option<Usage>,
    /// What the last report counts that nobody can be told.
    untold: Vec<String>,
    service_tier: Option<String>,
    warnings: Warnings,
}

impl ReadStream for ChatStreamReader {
    fn read(&mut self, event: &Event<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, InvalidBody> {
        if event.is_done_mark() {
            self.end(out);
            return Ok(Seen { complete: true, ..Seen::default() });
        }
        let mut chunk = Fields::document(&event.data)?;
        let seen = stream_facts::of_fields(event, &chunk);
        if self.ended || seen.failure.is_some() {
            return Ok(seen);
        }
        if let Some(reported) = chunk.take("usage") {
            self.usage = usage::read(&reported).or(self.usage);
            self.untold = usage::untold(&reported);
        }
        let service_tier = chunk.take_string("service_tier").map(Cow::into_owned);
        self.service_tier = service_tier.or(self.service_tier.take());
        let choices = chunk.take_elements("choices");
        let nothing_more = choices.is_empty() && self.usage.is_some() && self.choice.is_finished();
        for choice in choices {
            let Some(mut choice) = choice.fields() else { continue };
            match choice.take_count("index").unwrap_or_default() {
                0 => {
                    self.start(out);
                    self.choice.read(choice, out, &mut self.warnings);
                }
                other => self.warnings.dropped(format!("choices[{other}]")),
            }
        }
        if nothing_more {
            self.end(out);
        }
        Ok(seen)
    }

    fn end(&mut self, out: &mut Vec<AnswerEvent>) {
        if self.ended {
            return;
        }
        self.start(out);
        self.ended = true;
        for lost in std::mem::take(&mut self.untold) {
            self.warnings.dropped(lost);
        }
        let (finish, stop_sequence) = self.choice.end(out, &mut self.warnings);
        let (usage, service_tier) = (self.usage, self.service_tier.take());
        out.push(AnswerEvent::End { finish, stop_sequence, usage, service_tier });
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

impl ChatStreamReader {
    fn start(&mut self, out: &mut Vec<AnswerEvent>) {
        if !std::mem::replace(&mut self.started, true) {
            out.push(AnswerEvent::Start { usage: None });
        }
    }
}

#[cfg(test)]
mod tests;
