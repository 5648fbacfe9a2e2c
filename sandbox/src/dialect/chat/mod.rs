//! OpenAI Chat Completions.

pub mod error;
mod read;
mod stream;
mod whole;
mod wire;

use bytes::Bytes;

use crate::{
    answer::answer,
    ask::Ask,
    behaviour::Behaviour,
    dialect::Dialect,
    operation::{Identity, Operation},
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

    fn whole(&self, behaviour: &Behaviour, identity: &Identity) -> Bytes {
        whole::write(&self.ask, &answer(&self.ask, behaviour), identity)
    }

    fn stream(&self, behaviour: &Behaviour, identity: &Identity) -> Vec<Frame> {
        let answer = answer(&self.ask, behaviour);
        let writer = stream::Writer::new(&self.ask.model, identity, self.include_usage);
        writer.write(&answer, behaviour.chunks)
    }
}

#[cfg(test)]
mod tests;
