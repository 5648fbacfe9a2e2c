//! What to say next on a router's configuration stream, as a pure state machine: the shell reads, writes and waits.

use prost::bytes::Bytes;
use proto::v1::Nack;

use crate::publish::{Encoding, Published, TooLarge};

/// A snapshot by number and checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Id {
    version: u64,
    hash: Vec<u8>,
}

/// A push that was not answered yet.
#[derive(Debug)]
struct InFlight {
    nonce: String,
    id: Id,
    delta: bool,
}

/// The state of one stream.
#[derive(Debug)]
pub(super) struct Conversation {
    held: Id,
    in_flight: Option<InFlight>,
    /// What the router refused; it is not offered again.
    refused: Option<Id>,
    /// A delta did not lead to its snapshot: the router's base is not what we think.
    base_unknown: bool,
}

/// An answer that belongs to no push: the router is broken, and its stream is closed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the answer to push {nonce:?} came, but {awaited} was awaited: each push is answered once, in order")]
pub(super) struct UnexpectedAnswer {
    nonce: String,
    awaited: String,
}

impl Conversation {
    /// A router that holds a snapshot; version 0: none.
    pub fn new(held_version: u64, held_hash: Vec<u8>) -> Self {
        let held = Id { version: held_version, hash: held_hash };
        Self { held, in_flight: None, refused: None, base_unknown: false }
    }

    /// Whether a push waits for its answer.
    pub fn waits(&self) -> bool {
        self.in_flight.is_some()
    }

    /// The version that the router holds; 0: none.
    pub fn held_version(&self) -> u64 {
        self.held.version
    }

    /// The message to send now; `None`: nothing new, the last push is not answered yet, or this very snapshot was refused.
    /// Versions only grow on a router, so an older one (from a replica that lags behind) is not offered.
    pub fn next(&mut self, newest: &Published, form: Encoding) -> Result<Option<Bytes>, TooLarge> {
        let Some(id) = self.due(newest) else { return Ok(None) };
        let delta = if self.base_unknown { None } else { newest.delta_frame(self.held.version, &self.held.hash, form) };
        let nonce = newest.nonce(delta.as_ref().map(|_| self.held.version));
        self.in_flight = Some(InFlight { nonce, id, delta: delta.is_some() });
        delta.unwrap_or_else(|| newest.whole_frame(form)).map(Some)
    }

    /// Whether the next push is a whole snapshot.
    pub fn needs_whole(&self, newest: &Published) -> bool {
        let delta = || newest.delta_from(self.held.version, &self.held.hash);
        self.due(newest).is_some() && (self.base_unknown || delta().is_none())
    }

    fn due(&self, newest: &Published) -> Option<Id> {
        let id = Id { version: newest.version(), hash: newest.hash().to_vec() };
        let settled = id == self.held || self.refused.as_ref() == Some(&id) || id.version < self.held.version;
        (!self.waits() && !settled).then_some(id)
    }

    /// The router took the push over. Answers the version that it holds now.
    pub fn acked(&mut self, nonce: &str) -> Result<u64, UnexpectedAnswer> {
        self.held = self.answered(nonce)?.id;
        self.refused = None;
        self.base_unknown = false;
        Ok(self.held.version)
    }

    /// The router refused the push. Answers the refused version when that is final; `None`: a delta did not fit what the
    /// router holds, and the whole snapshot comes next.
    pub fn nacked(&mut self, nack: &Nack) -> Result<Option<u64>, UnexpectedAnswer> {
        let push = self.answered(&nack.nonce)?;
        let push_at_fault = nack.errors.iter().any(|error| error.resource.is_empty());
        if push.delta && push_at_fault {
            self.base_unknown = true;
            return Ok(None);
        }
        let version = push.id.version;
        self.refused = Some(push.id);
        Ok(Some(version))
    }

    fn answered(&mut self, nonce: &str) -> Result<InFlight, UnexpectedAnswer> {
        match self.in_flight.take() {
            Some(push) if push.nonce == nonce => Ok(push),
            other => {
                let awaited = other.map_or_else(|| "none".to_owned(), |push| format!("{:?}", push.nonce));
                Err(UnexpectedAnswer { nonce: nonce.to_owned(), awaited })
            }
        }
    }
}

#[cfg(test)]
mod tests;
