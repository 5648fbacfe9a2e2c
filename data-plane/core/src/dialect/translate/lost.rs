//! What a caller's dialect has no words for in an answer. Readers name what they cannot read, this names what no writer of
//! that dialect could write: paths of the upstream's answer.

use crate::dialect::Dialect;
use crate::dialect::neutral::{Answer, AnswerEvent, BlockStart, Delta, Finish, Item, Message, PartKind, Warnings};

/// Names what is lost of answers between two dialects.
#[derive(Clone, Copy)]
pub struct Lost {
    from: Dialect,
    to: Dialect,
}

impl Lost {
    /// Between these.
    pub const fn new(from: Dialect, to: Dialect) -> Self {
        Self { from, to }
    }

    /// What a whole answer loses.
    pub fn of_answer(self, answer: &Answer<'_>, warnings: &mut Warnings) {
        for item in &answer.items {
            match item {
                Item::Image(_) => self.image(warnings),
                Item::Message(message) if has_logprobs(message) => self.logprobs(warnings),
                _ => {}
            }
        }
        self.end(answer.finish, answer.stop_sequence.is_some(), warnings);
    }

    /// What an event loses.
    pub fn of_event(self, event: &AnswerEvent, warnings: &mut Warnings) {
        match event {
            AnswerEvent::Open { start: BlockStart::Image { .. }, .. } => self.image(warnings),
            AnswerEvent::Delta { delta: Delta::Logprobs(_), .. } => self.logprobs(warnings),
            AnswerEvent::End { finish, stop_sequence, .. } => self.end(*finish, stop_sequence.is_some(), warnings),
            _ => {}
        }
    }

    fn image(self, warnings: &mut Warnings) {
        if self.to == Dialect::AnthropicMessages {
            warnings.dropped(match self.from {
                Dialect::OpenaiChat => "choices[0].message.images",
                _ => "output/image_generation_call",
            });
        }
    }

    fn logprobs(self, warnings: &mut Warnings) {
        if self.to == Dialect::AnthropicMessages {
            warnings.dropped(match self.from {
                Dialect::OpenaiChat => "choices[0].logprobs",
                _ => "output/output_text.logprobs",
            });
        }
    }

    /// Only Messages tells which sequence it was, or that a turn is paused.
    fn end(self, finish: Finish, at_sequence: bool, warnings: &mut Warnings) {
        if self.to == Dialect::AnthropicMessages {
            return;
        }
        if at_sequence {
            warnings.dropped("stop_sequence");
        }
        if matches!(finish, Finish::Pause | Finish::ContextFull) {
            warnings.approximated("stop_reason");
        }
    }
}

fn has_logprobs(message: &Message<'_>) -> bool {
    let says = |it: &str| it.bytes().any(|byte| !matches!(byte, b'[' | b']') && !byte.is_ascii_whitespace());
    message.parts.iter().any(|part| match &part.kind {
        PartKind::Text(text) => text.logprobs.as_deref().is_some_and(says),
        _ => false,
    })
}

#[cfg(test)]
mod tests;
