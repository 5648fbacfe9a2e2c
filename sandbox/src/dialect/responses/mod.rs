//! OpenAI Responses. Nothing is stored: a previous response or a conversation is never found.

mod echo;
pub mod error;
mod items;
mod read;
mod stream;
mod tools;
mod whole;
mod wire;

use bytes::Bytes;

use self::echo::Echo;
use crate::{
    answer::answer,
    ask::Ask,
    behaviour::Behaviour,
    dialect::Dialect,
    operation::{Identity, Operation},
    pace::Frame,
    problem::Problem,
};

/// A request to `POST /v1/responses`.
pub struct Responses {
    ask: Ask,
    echo: Echo,
    /// Whether the reasoning item carries a summary.
    summary: bool,
    /// Whether the reasoning item carries its encrypted content.
    encrypted: bool,
}

impl Operation for Responses {
    const DIALECT: Dialect = Dialect::Responses;

    fn read(body: &[u8]) -> Result<Self, Problem> {
        read::read(body)
    }

    fn model(&self) -> &str {
        &self.ask.model
    }

    fn streams(&self) -> bool {
        self.ask.stream
    }

    fn whole(&self, behaviour: &Behaviour, identity: &Identity) -> Bytes {
        whole::write(self, &answer(&self.ask, behaviour), identity)
    }

    fn stream(&self, behaviour: &Behaviour, identity: &Identity) -> Vec<Frame> {
        let answer = answer(&self.ask, behaviour);
        stream::Writer::new(self, identity).write(&answer, behaviour.chunks)
    }
}

#[cfg(test)]
mod tests;
