//! Which targets of a group can do what a request asks, and why the others cannot.

mod check;
mod observed;
mod reason;
mod refusal;
mod rejection;
mod translation;

use crate::config::{Group, GroupTarget, Target};
use crate::dialect::Dialect;
use crate::dialect::translate::Written;
use crate::facts::RequestFacts;

use super::statistics::Statistics;

pub use observed::Observed;
pub use reason::Reason;
pub use refusal::refusal;
pub use rejection::Rejection;
pub use translation::{Translation, source};

/// A group's targets, sorted into those that can serve a request and those that cannot.
pub struct Candidates<'a> {
    /// In the order of the configuration.
    pub kept: Vec<Candidate<'a>>,
    /// Each with all of its reasons, never none; in the order of the configuration.
    pub rejected: Vec<(&'a GroupTarget, Vec<Rejection>)>,
}

/// A target that can serve a request.
pub struct Candidate<'a> {
    /// Its place in the group.
    pub member: &'a GroupTarget,
    /// The dialect in which it is asked.
    pub dialect: Dialect,
    /// How it has done lately.
    pub statistics: Statistics,
    /// What it is sent, if that is another dialect than the caller's and was [written](Candidates::translate) by now.
    pub written: Option<Written>,
}

impl<'a> Candidates<'a> {
    /// Writes the request for a candidate, if it is asked in another dialect. If that cannot be done it is rejected after
    /// all. Tells whether it is still a candidate.
    pub fn translate(&mut self, group: &'a Group, translation: &Translation<'_>, member: &GroupTarget) -> bool {
        let Some(at) = self.kept.iter().position(|it| std::ptr::eq(it.member, member)) else { return false };
        let candidate = &mut self.kept[at];
        if candidate.written.is_some() {
            return true;
        }
        match translation.write(group, &member.target, candidate.dialect) {
            Ok(written) => {
                candidate.written = written;
                true
            }
            Err(rejection) => {
                let place = |it: &GroupTarget| group.targets.iter().position(|other| std::ptr::eq(it, other));
                let to = self.rejected.partition_point(|(it, _)| place(it) < place(member));
                self.rejected.insert(to, (self.kept.remove(at).member, vec![rejection]));
                false
            }
        }
    }
}

/// Sorts the group's targets. All reasons of a target are collected, so that a dry run shows everything that must
/// change. `observe` knows what only a router can: credentials and breakers.
///
/// Whether a request can be told in a target's dialect is found out last, and only for those that are about to be asked:
/// translating costs more than all other checks together, and most fallbacks are never needed.
pub fn eligible<'a>(group: &'a Group, facts: &RequestFacts, observe: impl Fn(&Target) -> Observed) -> Candidates<'a> {
    let mut candidates = Candidates { kept: Vec::with_capacity(group.targets.len()), rejected: Vec::new() };
    for member in &group.targets {
        let spoken = facts.operation.spoken(&member.target.provider.dialects);
        let mut reasons = Vec::new();
        check::all(group, &member.target, spoken, facts, &mut reasons);
        let Observed { away, statistics } = observe(&member.target);
        reasons.extend(away);
        if reasons.is_empty() && spoken == Some(facts.dialect()) {
            reasons.extend(translation::native_loss(group, &member.target, facts));
        }
        match spoken.filter(|_| reasons.is_empty()) {
            Some(dialect) => candidates.kept.push(Candidate { member, dialect, statistics, written: None }),
            None => candidates.rejected.push((member, reasons)),
        }
    }
    candidates
}

#[cfg(test)]
mod tests;
