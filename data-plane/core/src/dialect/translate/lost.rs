//! What a caller's dialect has no words for in an answer. Readers name what they cannot read, this names what no writer of
//! that dialect could write: paths of the upstream's answer.

use crate::dialect::Dialect;
use crate::dialect::codec::{Codec, Extra};
use crate::dialect::codecs::codec;
use crate::dialect::neutral::arguments::{StreamedArguments, is_broken};
use crate::dialect::neutral::{
    Answer, AnswerEvent, Arguments, BlockStart, Delta, Finish, Item, Message, PartKind, ToolCall, Warnings,
};

/// Names what is lost of answers between two dialects.
pub struct Lost {
    from: &'static dyn Codec,
    to: &'static dyn Codec,
    /// `None`: the caller gets them as they are.
    arguments: Option<StreamedArguments>,
}

impl Lost {
    /// Between these.
    pub fn new(from: Dialect, to: Dialect) -> Self {
        let arguments = (!codec(to).can_say(Extra::BrokenArguments)).then(StreamedArguments::default);
        Self { from: codec(from), to: codec(to), arguments }
    }

    /// What a whole answer loses.
    pub fn of_answer(&self, answer: &Answer<'_>, warnings: &mut Warnings) {
        for item in &answer.items {
            match item {
                Item::Image(_) => self.lose(Extra::Image, warnings),
                Item::ToolCall(ToolCall { arguments: Arguments::Json(json), .. }) if is_broken(json) => {
                    self.lose(Extra::BrokenArguments, warnings);
                }
                Item::Message(message) if has_logprobs(message) => self.lose(Extra::Logprobs, warnings),
                _ => {}
            }
        }
        self.end(answer.finish, answer.stop_sequence.is_some(), warnings);
    }

    /// What an event loses.
    pub fn of_event(&mut self, event: &AnswerEvent, warnings: &mut Warnings) {
        if self.arguments.as_mut().is_some_and(|it| it.push(event)) {
            self.lose(Extra::BrokenArguments, warnings);
        }
        match event {
            AnswerEvent::Open { start: BlockStart::Image { .. }, .. } => self.lose(Extra::Image, warnings),
            AnswerEvent::Delta { delta: Delta::Logprobs(_), .. } => self.lose(Extra::Logprobs, warnings),
            AnswerEvent::End { finish, stop_sequence, .. } => self.end(*finish, stop_sequence.is_some(), warnings),
            _ => {}
        }
    }

    fn end(&self, finish: Finish, at_sequence: bool, warnings: &mut Warnings) {
        if at_sequence {
            self.lose(Extra::StopSequence, warnings);
        }
        if matches!(finish, Finish::Pause | Finish::ContextFull) {
            self.lose(Extra::Pause, warnings);
        }
    }

    fn lose(&self, extra: Extra, warnings: &mut Warnings) {
        if self.to.can_say(extra) {
            return;
        }
        let path = self.from.path_of(extra);
        match extra {
            Extra::Pause | Extra::BrokenArguments => warnings.approximated(path),
            Extra::Image | Extra::Logprobs | Extra::StopSequence => warnings.dropped(path),
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
