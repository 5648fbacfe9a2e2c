//! What an endpoint must be able to do to be served.

use bytes::Bytes;

use super::Dialect;
use crate::{answer::Usage, behaviour::Behaviour, identity::Identity, pace::Frame, problem::Problem};

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

    /// Ids of items of earlier answers that the request cannot do without.
    fn refers(&self, _behaviour: &Behaviour) -> Vec<&str> {
        vec![]
    }

    /// Whether the answer is kept, so that later requests can refer to it.
    fn keeps(&self) -> bool {
        false
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
