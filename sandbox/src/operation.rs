//! What an endpoint must be able to do to be served.

use bytes::Bytes;

use crate::{answer::Usage, behaviour::Behaviour, dialect::Dialect, pace::Frame, problem::Problem};

/// One endpoint's request, read. The exchange does everything that endpoints have in common.
pub trait Operation: Sized + Send + Sync {
    /// The dialect whose errors and headers it uses.
    const DIALECT: Dialect;

    /// Whether some providers do without the endpoint.
    const EXTRA: bool = false;

    /// Reads a body.
    fn read(body: &[u8]) -> Result<Self, Problem>;

    /// The model as named by the caller.
    fn model(&self) -> &str;

    /// Whether a stream was asked for.
    fn streams(&self) -> bool {
        false
    }

    /// Refuses what the realm of the behaviour did not mint.
    fn check(&self, _behaviour: &Behaviour) -> Result<(), Problem> {
        Ok(())
    }

    /// What the answer counts as; nothing where nothing is generated.
    fn usage(&self, _behaviour: &Behaviour) -> Option<Usage> {
        None
    }

    /// The whole answer, as JSON.
    fn whole(&self, behaviour: &Behaviour, identity: &Identity) -> Bytes;

    /// The answer as events, one each. Only asked for where [`Operation::streams`] is true.
    fn stream(&self, _behaviour: &Behaviour, _identity: &Identity) -> Vec<Frame> {
        vec![]
    }
}

/// The ids of one answer: all of them are made of one text that no other answer has.
#[derive(Debug, Clone)]
pub struct Identity(String);

/// Every answer says it was made then: with a clock, equal requests would get unequal answers.
pub const CREATED_S: u64 = 1_767_225_600;

impl Identity {
    /// Ids that carry this text.
    pub fn new(unique: &str) -> Self {
        Self(unique.to_owned())
    }

    /// An id with a prefix, such as `msg_`.
    pub fn id(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.0)
    }

    /// The id of the n-th of several things in one answer.
    pub fn nth(&self, prefix: &str, n: usize) -> String {
        format!("{prefix}{}{n:02}", self.0)
    }
}
