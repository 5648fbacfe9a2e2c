use std::sync::Arc;

use bytes::Bytes;
use data_plane_core::config::{Group, Scope};
use data_plane_core::error::{Code, Refusal};
use data_plane_core::facts::RequestFacts;

use super::identify::Identified;
use super::understand::Understood;
use crate::responses_store::Keeping;

/// A request for a group that its caller may call.
pub(super) struct Authorised {
    pub who: Identified,
    /// With the conversation that it continues written out.
    pub body: Bytes,
    /// As the caller sent it.
    pub said: Bytes,
    pub facts: RequestFacts,
    pub group: Arc<Group>,
    /// The answer is to be kept.
    pub keeping: Option<Keeping>,
}

/// Checks the scope and the allow list.
pub(super) fn authorise(understood: Understood) -> Result<Authorised, Refusal> {
    let Understood { who, body, said, facts, keeping } = understood;
    who.demand(Scope::Inference)?;
    let group = who.group(&facts.model)?;
    Ok(Authorised { who, body, said, facts, group, keeping })
}

impl Identified {
    /// The group that the caller means by `model`, if it may call it. Groups of others and groups that do not exist are
    /// told apart by nothing.
    pub fn group(&self, model: &str) -> Result<Arc<Group>, Refusal> {
        self.snapshot
            .resolve_group(model, &self.caller)
            .filter(|group| self.caller.allow.contains(&group.id))
            .cloned()
            .ok_or_else(|| {
                let message =
                    "the caller may not call this model, or it does not exist; `GET /v1/models` lists what it may";
                Refusal::new(Code::ModelNotAllowed, message).with_param("model")
            })
    }
}
