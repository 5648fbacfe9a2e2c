use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;

use super::Stage;
use super::eligible::Observed;
use super::identify::{DeniedCaller, Identified};
use super::plan::{Plan, Translate};
use crate::config::{Group, Target};
use crate::dialect::Operation;
use crate::error::Refusal;
use crate::facts::RequestFacts;

/// What [`decide`](super::decide) needs and cannot compute: what takes I/O, and what is counted. To serve a request they
/// reserve and write down; a dry run peeks. What they return may take as long as it takes: `decide` has no runtime.
pub trait Surroundings: Send {
    /// An admitted request's hold on its accounts. Who only peeks holds nothing.
    type Hold: Send;
    /// What it takes to keep the request's answer.
    type Keeping: Send;

    /// How far the request has come.
    fn note(&mut self, step: Step<'_>);

    /// Takes one request and one place of all of the caller's accounts, or says which limit refuses.
    fn enter(&mut self, who: &Arc<Identified>) -> impl Future<Output = Result<Self::Hold, Refusal>> + Send;

    /// Reads the body.
    fn body(&mut self) -> impl Future<Output = Result<AskedBody, Refusal>> + Send;

    /// Writes out the conversation that the request continues.
    fn continued(
        &mut self,
        who: &Identified,
        asked: &AskedBody,
    ) -> impl Future<Output = Result<Continued<Self::Keeping>, Refusal>> + Send;

    /// Reserves so many tokens of the same accounts, or says which limit refuses.
    fn admit(&mut self, hold: &mut Self::Hold, tokens: u64) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// The body is about to be translated, which takes a multiple of it; or there is no room for that.
    fn translating(&mut self, body: &[u8]) -> Result<(), Refusal>;

    /// What is known of a target by now.
    fn observe(&self, target: &Target) -> Observed;

    /// For whom the request is written when the plan is made.
    fn translate(&self) -> Translate;
}

/// A step on a request's way, for whoever keeps a record.
pub enum Step<'a> {
    /// A stage begins.
    Entered(Stage),
    /// The token is closed; nothing but the refusal follows.
    Denied(DeniedCaller),
    /// The caller is known.
    Identified(&'a Arc<Identified>),
    /// What the request asks is known; told again when it was read again.
    Understood(&'a RequestFacts),
    /// The group is known.
    Authorised(&'a Arc<Group>),
    /// The targets are known.
    Planned(&'a Plan),
}

/// A body and what it is meant for.
pub struct AskedBody {
    /// From the path.
    pub operation: Operation,
    /// As the caller sent it.
    pub body: Bytes,
}

/// A request with the conversation that it continues.
pub struct Continued<K> {
    /// To be read and sent in the place of the caller's; `None`: the caller's own.
    pub body: Option<Bytes>,
    /// The answer is to be kept.
    pub keeping: Option<K>,
}

impl<K> Continued<K> {
    /// A request that continues nothing.
    pub const fn untouched() -> Self {
        Self { body: None, keeping: None }
    }
}
