//! What each dialect's clients demand of an answer, checked to the letter: bytes in, what is wrong with them out. The
//! conformance kit judges deployments by it, tests everything that the router emits.
//!
//! Never here: anything of the product but the names of the dialects. A judge that read with the product's reader would
//! forgive what that forgives, and the product itself has no use for a judge.

mod chat;
mod event;
mod messages;
mod responses;

use vocabulary::Dialect;

use event::Event;

/// Checks a stream of one dialect, event by event.
trait ValidateStream {
    /// Looks at the next event; adds what is wrong with it.
    fn event(&mut self, event: &Event, violations: &mut Vec<String>);

    /// The stream is over; adds what is missing.
    fn end(&mut self, violations: &mut Vec<String>);
}

/// What is wrong with a whole stream, in the order in which it was seen; empty: nothing.
pub fn validate_stream(dialect: Dialect, stream: &[u8]) -> Vec<String> {
    match dialect {
        Dialect::OpenaiChat => validate(chat::ChatStreamValidator::default(), stream),
        Dialect::OpenaiResponses => validate(responses::ResponsesStreamValidator::default(), stream),
        Dialect::AnthropicMessages => validate(messages::MessagesStreamValidator::default(), stream),
    }
}

fn validate(mut validator: impl ValidateStream, stream: &[u8]) -> Vec<String> {
    let mut violations = Vec::new();
    for event in event::events(stream) {
        validator.event(&event, &mut violations);
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
