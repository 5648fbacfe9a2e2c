use std::sync::Arc;

use data_plane_core::config::{Group, GroupTarget, Target};
use data_plane_core::decide::eligible::{Candidates, Rejection, eligible, refusal};
use data_plane_core::decide::order::order;
use data_plane_core::error::Refusal;
use data_plane_core::facts::RequestFacts;
use proto::v1::UsageCandidate;

use super::admit::Admitted;
use super::authorise::Authorised;
use super::settle::Settlement;
use crate::state::Router;

/// A request with the targets that will be tried.
pub(super) struct Planned {
    pub request: Authorised,
    /// Best first, never empty.
    pub order: Vec<Arc<Target>>,
}

/// What was decided about a group's targets.
pub(crate) struct Plan<'a> {
    /// Best first.
    pub order: Vec<&'a GroupTarget>,
    /// Those that can serve the request, and those that cannot with their reasons.
    pub candidates: Candidates<'a>,
    /// What the caller is told, if no target is left.
    pub refusal: Option<Refusal>,
}

impl<'a> Plan<'a> {
    /// Filters the group's targets and orders what is left.
    pub fn make(router: &Router, group: &'a Group, facts: &RequestFacts, seed: u64) -> Self {
        let candidates = eligible(group, facts, |target| available(router, target));
        let order = order(group.policy, &candidates.kept, seed);
        let refusal = order.is_empty().then(|| refusal(group, &candidates));
        Self { order, candidates, refusal }
    }

    /// The target's place, from 1 on; `None`: it is not tried.
    pub fn rank(&self, member: &GroupTarget) -> Option<u32> {
        self.order.iter().position(|it| it.target.id == member.target.id).map(|place| place as u32 + 1)
    }

    /// Every target of the group with its place or its reasons, for the usage event.
    fn record(&self) -> Vec<UsageCandidate> {
        let kept = self.candidates.kept.iter().map(|member| UsageCandidate {
            target: member.target.id.clone(),
            eligible: true,
            rank: self.rank(member).unwrap_or(0),
            ..UsageCandidate::default()
        });
        let rejected = self.candidates.rejected.iter().map(|(member, reasons)| UsageCandidate {
            target: member.target.id.clone(),
            reasons: reasons.iter().map(|it| it.code().to_owned()).collect(),
            ..UsageCandidate::default()
        });
        kept.chain(rejected).collect()
    }
}

/// Decides which targets are tried, and writes the decision down.
pub(super) fn plan(router: &Router, admitted: Admitted, settlement: &mut Settlement) -> Result<Planned, Refusal> {
    let Admitted(request) = admitted;
    let plan = Plan::make(router, &request.group, &request.facts, settlement.seed());
    settlement.planned(plan.record());
    if let Some(refusal) = plan.refusal {
        return Err(refusal);
    }
    let order = plan.order.iter().map(|it| Arc::clone(&it.target)).collect();
    Ok(Planned { request, order })
}

fn available(router: &Router, target: &Target) -> Result<(), Rejection> {
    match &target.provider.credential {
        Some(credential) if router.credentials.resolve(credential).is_none() => Err(Rejection::CredentialMissing),
        _ => Ok(()),
    }
}
