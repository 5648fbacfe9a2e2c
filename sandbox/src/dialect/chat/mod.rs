//! OpenAI Chat Completions.

mod check;
pub mod error;
mod read;
mod stream;
mod whole;
mod wire;

use bytes::Bytes;

use crate::{
    answer::{Usage, answer, reasoning},
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
    /// The reasoning that is given back, with its places.
    reasoning: Vec<(String, String)>,
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

    fn check(&self, behaviour: &Behaviour) -> Result<(), Problem> {
        let Some(realm) = behaviour.realm.as_deref() else { return Ok(()) };
        let foreign = self.reasoning.iter().find(|(_, text)| !reasoning(Some(realm)).contains(text.as_str()));
        match foreign {
            Some((place, _)) => Err(Problem::at(place, format!("Invalid '{place}': it is not this model's."))),
            None => Ok(()),
        }
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
