//! Which targets are tried for a request, and why the others are not.

use std::sync::Arc;

use super::eligible::{Candidate, Candidates, Rejection, Translation, refusal, source};
use super::policy::{Ranked, Ranking, Score};
use super::statistics::Statistics;
use crate::config::{Group, Target};
use crate::dialect::Dialect;
use crate::dialect::translate::Written;
use crate::error::Refusal;
use crate::facts::RequestFacts;

/// What was decided about a group's targets.
pub struct Plan {
    /// Every target of the group: those that can serve the request, and then those that cannot; each in the order of the
    /// configuration.
    pub considered: Vec<Considered>,
    /// What the caller is told, if no target is left.
    pub refusal: Option<Refusal>,
}

/// What was decided about one target.
pub struct Considered {
    /// The target.
    pub target: Arc<Target>,
    /// Its place among those that are tried, from 1 on; `None`: it is not tried.
    pub rank: Option<u32>,
    /// What the policy made of it.
    pub score: Option<Score>,
    /// How it has done lately; `None`: nobody looked, because it cannot serve the request.
    pub statistics: Option<Statistics>,
    /// Whether it can serve the request.
    pub verdict: Result<Able, Vec<Rejection>>,
}

/// How a target is asked that can serve a request.
pub struct Able {
    /// The dialect in which it is asked.
    pub dialect: Dialect,
    /// What it is sent, if that is another dialect than the caller's and was written by now.
    pub written: Option<Written>,
}

/// For which targets a request is translated when a plan is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Translate {
    /// For the first in the order; for the others when it is their turn.
    First,
    /// For all of them, to see what would be lost.
    All,
}

impl Plan {
    /// Writes the request for those that are asked in another dialect, in the order of the policy. A target for which it
    /// cannot be written is rejected after all, and the next one takes its place: the policy is not asked again.
    pub fn new<'a>(
        group: &'a Group,
        facts: &RequestFacts,
        body: &[u8],
        mut candidates: Candidates<'a>,
        ranking: Ranking,
        translate: Translate,
    ) -> Self {
        let member = |it: Ranked| (candidates.kept[it.candidate].member, it.score);
        let mut order: Vec<_> = ranking.order.into_iter().map(member).collect();
        let source = source(facts, body);
        let translation = Translation::new(facts.operation, &source);
        let mut found = false;
        order.retain(|(member, _)| {
            let left_for_later = found && translate == Translate::First;
            let keeps = left_for_later || candidates.translate(group, &translation, member);
            found |= keeps;
            keeps
        });
        let tried = order.len().min(ranking.most);
        let counted_here = facts.operation.counts() && is_in_contract(&candidates);
        let refusal = (tried == 0 && !counted_here).then(|| refusal(group, &candidates));
        let kept = candidates.kept.into_iter().map(|Candidate { member, dialect, statistics, written }| {
            let place = order.iter().position(|(it, _)| std::ptr::eq(*it, member));
            Considered {
                target: Arc::clone(&member.target),
                rank: place.filter(|place| *place < tried).map(|place| place as u32 + 1),
                score: place.and_then(|place| order[place].1.take()),
                statistics: Some(statistics),
                verdict: Ok(Able { dialect, written }),
            }
        });
        let mut considered = Vec::with_capacity(group.targets.len());
        considered.extend(kept);
        considered.extend(candidates.rejected.into_iter().map(|(member, reasons)| Considered {
            target: Arc::clone(&member.target),
            rank: None,
            score: None,
            statistics: None,
            verdict: Err(reasons),
        }));
        Self { considered, refusal }
    }

    /// Those that are tried, best first.
    pub fn order(&self) -> Vec<&Considered> {
        let mut order: Vec<_> = self.considered.iter().filter(|it| it.rank.is_some()).collect();
        order.sort_by_key(|it| it.rank);
        order
    }

    /// Bytes of the bodies that were written for targets of other dialects.
    pub fn written(&self) -> usize {
        let able = self.considered.iter().filter_map(|it| it.verdict.as_ref().ok());
        able.filter_map(|it| it.written.as_ref()).map(|it| it.body.len()).sum()
    }

    /// How those that are tried are asked, best first.
    pub fn into_order(self) -> impl Iterator<Item = (Arc<Target>, Able)> {
        let mut order = self.considered;
        order.retain(|it| it.rank.is_some());
        order.sort_by_key(|it| it.rank);
        order.into_iter().filter_map(|it| Some((it.target, it.verdict.ok()?)))
    }
}

/// Whether the group is meant for such requests at all, whatever its targets can do. What is another's is not counted either.
fn is_in_contract(candidates: &Candidates<'_>) -> bool {
    let outside =
        |it: &Rejection| matches!(it, Rejection::GroupDialect(_) | Rejection::GroupModality(_) | Rejection::Kept(_));
    !candidates.rejected.iter().any(|(_, why)| why.iter().any(outside))
}
