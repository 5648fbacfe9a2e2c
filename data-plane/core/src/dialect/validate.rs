//! What each dialect's clients demand of an answer, checked to the letter: used on everything that the router emits, and on
//! any deployment by `smart-router conformance`.

use bytes::Bytes;

use super::{Dialect, chat, messages, responses};
use crate::sse::{self, Event};

/// Checks a stream of one dialect, event by event.
pub trait ValidateStream {
    /// Looks at the next event; adds what is wrong with it.
    fn event(&mut self, event: &Event<'_>, violations: &mut Vec<String>);

    /// The stream is over; adds what is missing.
    fn end(&mut self, violations: &mut Vec<String>);
}

/// What is wrong with a whole stream, in the order in which it was seen; empty: nothing.
pub fn validate_stream(dialect: Dialect, stream: &[u8]) -> Vec<String> {
    let mut validator: Box<dyn ValidateStream> = match dialect {
        Dialect::OpenaiChat => Box::new(chat::StreamValidator::default()),
        Dialect::OpenaiResponses => Box::new(responses::StreamValidator::default()),
        Dialect::AnthropicMessages => Box::new(messages::StreamValidator::default()),
    };
    let mut violations = Vec::new();
    for event in sse::split(&Bytes::copy_from_slice(stream)) {
        if let Some(event) = Event::parse(&event, false) {
            validator.event(&event, &mut violations);
        }
    }
    validator.end(&mut violations);
    violations
}

/// What is wrong with a whole answer; empty: nothing.
pub fn validate_answer(dialect: Dialect, body: &[u8]) -> Vec<String> {
    match dialect {
        Dialect::OpenaiChat => chat::validate_answer(body),
        Dialect::OpenaiResponses => responses::validate_answer(body),
        Dialect::AnthropicMessages => messages::validate_answer(body),
    }
}
