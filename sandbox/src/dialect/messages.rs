//! Anthropic Messages.

mod check;
mod count;
pub mod error;
mod read;
mod stream;
mod whole;
mod wire;

use bytes::Bytes;

use self::check::GivenBack;
pub use self::count::CountTokens;
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

/// A request to `POST /v1/messages`.
pub struct Messages {
    ask: Ask,
    /// Whether `thinking.display` asks for blocks without their text.
    thinking_omitted: bool,
    given_back: GivenBack,
}

impl Operation for Messages {
    const DIALECT: Dialect = Dialect::Messages;

    fn read(body: &[u8]) -> Result<Self, Problem> {
        read::read(body)
    }

    fn model(&self) -> &str {
        &self.ask.model
    }

    fn streams(&self) -> bool {
        self.ask.stream
    }

    fn check(&self, behaviour: &Behaviour) -> Result<(), Problem> {
        self.given_back.check(behaviour.realm.as_deref())
    }

    fn usage(&self, behaviour: &Behaviour) -> Option<Usage> {
        Some(answer(&self.ask, behaviour).usage)
    }

    fn whole(&self, behaviour: &Behaviour, identity: &Identity) -> Bytes {
        whole::write(self, &answer(&self.ask, behaviour), behaviour.realm.as_deref(), identity)
    }

    fn stream(&self, behaviour: &Behaviour, identity: &Identity) -> Vec<Frame> {
        let answer = answer(&self.ask, behaviour);
        stream::Writer::new(behaviour.realm.as_deref(), identity).write(self, &answer, behaviour.chunks)
    }
}

#[cfg(test)]
mod tests;
