//! OpenAI Chat Completions.

mod check;
pub mod error;
mod read;
mod stream;
mod whole;
mod wire;

use bytes::Bytes;

use crate::{
    answer::{Usage, answer},
    ask::Ask,
    behaviour::Behaviour,
    dialect::Dialect,
    dialect::Operation,
    identity::Identity,
    pace::Frame,
    problem::Problem,
};

/// A request to `POST /v1/chat/completions`.
pub struct Chat {
    ask: Ask,
    include_usage: bool,
}

impl Operation for Chat {
    const DIALECT: Dialect = Dialect::Chat;

    fn read(body: &[u8]) -> Result<Self, Problem> {
        read::read(body)
    }

    fn model(&self) -> &str {
        &self.ask.model
    }

    fn streams(&self) -> bool {
        self.ask.stream
    }

    fn usage(&self, behaviour: &Behaviour) -> Option<Usage> {
        Some(answer(&self.ask, behaviour).usage)
    }

    fn whole(&self, behaviour: &Behaviour, identity: &Identity) -> Bytes {
        whole::write(&self.ask, &answer(&self.ask, behaviour), identity)
    }

    fn stream(&self, behaviour: &Behaviour, identity: &Identity) -> Vec<Frame> {
        let answer = answer(&self.ask, behaviour);
        stream::Writer::new(&self.ask, identity, self.include_usage).write(&answer, behaviour.chunks)
    }
}

#[cfg(test)]
mod tests;
