//! The three dialects. A dialect's folder never imports another's.

pub mod chat;
pub mod messages;
mod openai_error;
mod openai_strict;
mod operation;
mod raw;
pub mod responses;
mod sse;
mod strict;

pub use operation::Operation;

use crate::{identity::Identity, pace::Frame, problem::Problem};

/// A dialect by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI Chat Completions, and everything else of OpenAI's that is not Responses.
    Chat,
    /// OpenAI Responses.
    Responses,
    /// Anthropic Messages.
    Messages,
}

impl Dialect {
    /// Status and JSON body of a refusal, as the dialect's provider words it.
    pub fn refusal(self, problem: &Problem, model: &str, request_id: &str) -> (u16, Vec<u8>) {
        match self {
            Self::Chat => openai_error::refusal(problem, model, "messages"),
            Self::Responses => openai_error::refusal(problem, model, "input"),
            Self::Messages => messages::error::refusal(problem, model, request_id),
        }
    }

    /// The events that end a stream with a server's failure. `position` is the number of events
    /// sent before.
    pub fn stream_error(self, position: usize, model: &str, identity: &Identity) -> Vec<Frame> {
        match self {
            Self::Chat => chat::error::stream_error(),
            Self::Responses => responses::error::stream_error(position, model, identity),
            Self::Messages => messages::error::stream_error(&identity.id("req_")),
        }
    }
}
