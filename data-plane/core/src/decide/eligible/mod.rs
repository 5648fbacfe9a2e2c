//! Which targets of a group can do what a request asks, and why the others cannot.

mod check;
mod refusal;
mod rejection;
mod translation;

use crate::config::{Group, GroupTarget, Target};
use crate::dialect::Dialect;
use crate::dialect::translate::Written;
use crate::facts::RequestFacts;

use super::spoken;
use translation::{Read, Translation};

pub use refusal::refusal;
pub use rejection::Rejection;

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
    /// What it is sent, if that is another dialect than the caller's; `None`: the caller's own bytes.
    pub written: Option<Written>,
}

/// Sorts the group's targets. All reasons of a target are collected, so that a dry run shows everything that must
/// change; whether a translation is possible is found out only for those that could do the work. `available` knows what
/// only the shell can: credentials and breakers.
pub fn eligible<'a>(
    group: &'a Group,
    facts: &RequestFacts,
    body: &[u8],
    available: impl Fn(&Target) -> Result<(), Rejection>,
) -> Candidates<'a> {
    let mut candidates = Candidates { kept: Vec::with_capacity(group.targets.len()), rejected: Vec::new() };
    let translation = Translation::new(facts, body);
    let read = Read::new();
    for member in &group.targets {
        let target = &*member.target;
        let spoken = spoken(target, facts.operation);
        let mut reasons = Vec::new();
        check::all(group, target, spoken, facts, &mut reasons);
        reasons.extend(available(target).err());
        let dialect = spoken.filter(|_| reasons.is_empty());
        let written = dialect
            .filter(|dialect| *dialect != facts.dialect())
            .map(|dialect| translation.write(&read, group, target, dialect))
            .transpose();
        match (dialect, written) {
            (Some(dialect), Ok(written)) => candidates.kept.push(Candidate { member, dialect, written }),
            (_, Err(rejection)) => candidates.rejected.push((member, vec![rejection])),
            (None, Ok(_)) => candidates.rejected.push((member, reasons)),
        }
    }
    candidates
}

#[cfg(test)]
mod tests;
