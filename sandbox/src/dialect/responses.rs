//! OpenAI Responses. Of what is stored items can be referred to; a previous response or a conversation is never found.

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
    /// Ids of items that stand for what they had in them.
    referred: Vec<String>,
    /// Whether the answer is to be kept.
    store: bool,
}

/// Refuses items that another realm sealed.
fn unsealed(sealed: &[Sealed], behaviour: &Behaviour) -> Result<(), Problem> {
    let realm = behaviour.realm.as_deref();
    for Sealed { place, content, .. } in sealed {
        if let Some(content) = content.as_ref().filter(|it| !accepts(realm, "", it)) {
            let message = format!("The encrypted content {content} could not be verified.");
            return Err(Problem::coded("invalid_encrypted_content", format!("{place}.encrypted_content"), message));
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

    /// With a realm also what was thought and is not sealed.
    fn refers(&self, behaviour: &Behaviour) -> Vec<&str> {
        let thought = self.sealed.iter().filter(|it| it.content.is_none() && behaviour.realm.is_some());
        self.referred.iter().map(String::as_str).chain(thought.map(|it| it.id.as_str())).collect()
    }

    fn keeps(&self) -> bool {
        self.store
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
