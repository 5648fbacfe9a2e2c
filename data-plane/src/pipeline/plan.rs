use std::collections::VecDeque;
use std::sync::Arc;

use data_plane_core::config::{Group, GroupTarget, Target};
use data_plane_core::decide::eligible::{Candidate, Candidates, Rejection, Translation, eligible, refusal, source};
use data_plane_core::decide::provenance::order_by_provenance;
use data_plane_core::error::Refusal;
use data_plane_core::facts::RequestFacts;
use proto::v1::UsageCandidate;

use super::admit::Admitted;
use super::authorise::Authorised;
use super::call::Call;
use super::settle::Settlement;
use crate::state::Router;

/// A request with the targets that will be tried.
pub(super) struct Planned {
    pub request: Authorised,
    /// Best first; empty only where the router itself counts tokens.
    pub calls: VecDeque<Call>,
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

/// For which targets a request is translated when a plan is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Translate {
    /// For the first in the order; for the others when it is their turn.
    First,
    /// For all of them, to see what would be lost.
    All,
}

impl<'a> Plan<'a> {
    /// Filters the group's targets and orders what is left.
    pub fn make(
        router: &Router,
        group: &'a Group,
        facts: &RequestFacts,
        body: &[u8],
        seed: u64,
        translate: Translate,
    ) -> Self {
        let mut candidates = eligible(group, facts, |target| available(router, target));
        let source = source(facts, body);
        let translation = Translation::new(facts.dialect(), &source);
        if translate == Translate::All {
            for member in &group.targets {
                candidates.translate(group, &translation, member);
            }
        }
        let order = loop {
            let kept: Vec<_> = candidates.kept.iter().map(|it| it.member).collect();
            let order = order_by_provenance(group.policy, &kept, seed, &facts.provenance);
            if order.first().is_none_or(|first| candidates.translate(group, &translation, first)) {
                break order;
            }
        };
        let counted_here = facts.operation.counts() && is_in_contract(&candidates);
        let refusal = (order.is_empty() && !counted_here).then(|| refusal(group, &candidates));
        Self { order, candidates, refusal }
    }

    /// The target's place, from 1 on; `None`: it is not tried.
    pub fn rank(&self, member: &GroupTarget) -> Option<u32> {
        self.order.iter().position(|it| it.target.id == member.target.id).map(|place| place as u32 + 1)
    }

    /// Every target of the group with its place or its reasons, for the usage event.
    fn record(&self) -> Vec<UsageCandidate> {
        let kept = self.candidates.kept.iter().map(|it| UsageCandidate {
            target: it.member.target.id.clone(),
            eligible: true,
            rank: self.rank(it.member).unwrap_or(0),
            ..UsageCandidate::default()
        });
        let rejected = self.candidates.rejected.iter().map(|(member, reasons)| UsageCandidate {
            target: member.target.id.clone(),
            reasons: reasons.iter().map(|it| it.code().to_owned()).collect(),
            ..UsageCandidate::default()
        });
        kept.chain(rejected).collect()
    }

    /// How the targets are asked, best first.
    fn calls(mut self) -> VecDeque<Call> {
        let calls = self.order.into_iter().filter_map(|member| {
            let place = self.candidates.kept.iter().position(|it| std::ptr::eq(it.member, member))?;
            let Candidate { member, dialect, written } = self.candidates.kept.swap_remove(place);
            Some(Call { target: Arc::clone(&member.target), dialect, written })
        });
        calls.collect()
    }
}

/// Decides which targets are tried, and writes the decision down.
pub(super) fn plan(router: &Router, admitted: Admitted, settlement: &mut Settlement) -> Result<Planned, Refusal> {
    let Admitted(request) = admitted;
    let (group, facts, seed) = (&request.group, &request.facts, settlement.seed());
    let mut plan = Plan::make(router, group, facts, &request.body, seed, Translate::First);
    settlement.planned(plan.record());
    if let Some(refusal) = plan.refusal.take() {
        return Err(refusal);
    }
    let calls = plan.calls();
    Ok(Planned { request, calls })
}

/// Whether the group is meant for such requests at all, whatever its targets can do.
fn is_in_contract(candidates: &Candidates<'_>) -> bool {
    let outside = |it: &Rejection| matches!(it, Rejection::GroupDialect(_) | Rejection::GroupModality(_));
    !candidates.rejected.iter().any(|(_, why)| why.iter().any(outside))
}

fn available(router: &Router, target: &Target) -> Result<(), Rejection> {
    match &target.provider.credential {
        Some(credential) if router.credentials.resolve(credential).is_none() => Err(Rejection::CredentialMissing),
        _ => Ok(()),
    }
}
