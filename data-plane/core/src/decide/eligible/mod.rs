//! Which targets of a group can do what a request asks, and why the others cannot.

mod check;
mod refusal;
mod rejection;

use crate::config::{Group, GroupTarget, Target};
use crate::facts::RequestFacts;

pub use refusal::refusal;
pub use rejection::Rejection;

/// A group's targets, sorted into those that can serve a request and those that cannot.
pub struct Candidates<'a> {
    /// In the order of the configuration.
    pub kept: Vec<&'a GroupTarget>,
    /// Each with all of its reasons, never none; in the order of the configuration.
    pub rejected: Vec<(&'a GroupTarget, Vec<Rejection>)>,
}

/// Sorts the group's targets. All reasons of a target are collected, so that a dry run shows everything that must
/// change. `available` knows what only the shell can: credentials and breakers.
pub fn eligible<'a>(
    group: &'a Group,
    facts: &RequestFacts,
    available: impl Fn(&Target) -> Result<(), Rejection>,
) -> Candidates<'a> {
    let mut candidates = Candidates { kept: Vec::with_capacity(group.targets.len()), rejected: Vec::new() };
    for member in &group.targets {
        let mut reasons = Vec::new();
        check::all(group, &member.target, facts, &mut reasons);
        reasons.extend(available(&member.target).err());
        if reasons.is_empty() {
            candidates.kept.push(member);
        } else {
            candidates.rejected.push((member, reasons));
        }
    }
    candidates
}

#[cfg(test)]
mod tests;
