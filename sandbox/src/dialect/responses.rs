//! OpenAI Responses. Nothing is stored: a previous response or a conversation is never found.

mod check;
mod compact;
mod count;
mod echo;
pub mod error;
mod items;
mod read;
mod stream;
mod tools;
mod whole;
mod wire;

use bytes::Bytes;

use self::{check::Sealed, echo::Echo, wire::Wire};
pub use self::{compact::Compact, count::InputTokens};
use crate::{
    answer::{Usage, answer},
    ask::Ask,
    behaviour::Behaviour,
    dialect::Dialect,
    dialect::Operation,
    identity::Identity,
    pace::Frame,
    problem::Problem,
    provenance::accepts,
};

/// A request to `POST /v1/responses`.
pub struct Responses {
    ask: Ask,
    echo: Echo,
    /// Whether the reasoning item carries a summary.
    summary: bool,
    /// Whether the reasoning item carries its encrypted content.
    encrypted: bool,
    /// The sealed items that are given back.
    sealed: Vec<Sealed>,
}

/// Refuses items that another realm sealed, and with a realm those that nobody sealed: nothing is stored here.
fn unsealed(sealed: &[Sealed], behaviour: &Behaviour) -> Result<(), Problem> {
    let realm = behaviour.realm.as_deref();
    for Sealed { place, id, content } in sealed {
        match content {
            Some(content) if !accepts(realm, "", content) => {
                let message = format!("The encrypted content {content} could not be verified.");
                return Err(Problem::coded("invalid_encrypted_content", format!("{place}.encrypted_content"), message));
            }
            None if realm.is_some() => {
                return Err(Problem::at("input", format!("Item with id '{id}' not found. Items are not persisted.")));
            }
            _ => {}
        }
    }
    Ok(())
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

    fn check(&self, behaviour: &Behaviour) -> Result<(), Problem> {
        unsealed(&self.sealed, behaviour)
    }

    fn usage(&self, behaviour: &Behaviour) -> Option<Usage> {
        Some(answer(&self.ask, behaviour).usage)
    }

    fn whole(&self, behaviour: &Behaviour, identity: &Identity) -> Bytes {
        let wire = Wire { request: self, realm: behaviour.realm.as_deref(), identity };
        whole::write(&wire, &answer(&self.ask, behaviour))
    }

    fn stream(&self, behaviour: &Behaviour, identity: &Identity) -> Vec<Frame> {
        let answer = answer(&self.ask, behaviour);
        let wire = Wire { request: self, realm: behaviour.realm.as_deref(), identity };
        stream::Writer::new(&wire).write(&answer, behaviour.chunks)
    }
}

#[cfg(test)]
mod tests;
