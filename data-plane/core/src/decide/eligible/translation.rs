use std::borrow::Cow;
use std::cell::OnceCell;

use super::Rejection;
use crate::config::{Fidelity, Group, Target};
use crate::decide::provenance::marks;
use crate::dialect::compact;
use crate::dialect::request::request_edits;
use crate::dialect::translate::{Neutral, Warnings, Written};
use crate::dialect::{Dialect, InvalidBody, Operation};
use crate::facts::RequestFacts;

/// At most so many fields are named.
const NAMED: usize = 3;

/// A request on its way to targets of other dialects: read when the first of them needs it, and then never again.
pub struct Translation<'a> {
    operation: Operation,
    source: &'a [u8],
    neutral: OnceCell<Result<Neutral<'a>, InvalidBody>>,
}

/// What is translated: the caller's body. Only the Responses API compacts, so any other target is asked for a summary.
pub fn source<'a>(facts: &RequestFacts, body: &'a [u8]) -> Cow<'a, [u8]> {
    match facts.operation {
        // A body that cannot be rewritten cannot be read either, and its reader says why.
        Operation::Compact => compact::summary_request(body).map_or(Cow::Borrowed(body), Cow::Owned),
        _ => Cow::Borrowed(body),
    }
}

impl<'a> Translation<'a> {
    /// Nothing is read yet. `source` is what [`source()`] makes of the caller's body.
    pub const fn new(operation: Operation, source: &'a [u8]) -> Self {
        Self { operation, source, neutral: OnceCell::new() }
    }

    /// Writes the request for a target that is asked in this dialect, if that loses nothing that the group demands. `None`:
    /// it needs no translation.
    pub fn write(&self, group: &Group, target: &Target, dialect: Dialect) -> Result<Option<Written>, Rejection> {
        let own = self.operation.dialect();
        if dialect == own {
            return Ok(None);
        }
        let neutral = self.neutral.get_or_init(|| Neutral::read(own, self.source));
        let neutral = neutral.as_ref().map_err(|invalid| Rejection::Unreadable(dialect, invalid.clone()))?;
        let mut written =
            neutral.write(target, dialect).map_err(|impossible| Rejection::Translation(dialect, impossible))?;
        if self.operation == Operation::Compact {
            written.warnings.approximated(compact::APPROXIMATED);
        }
        if group.fidelity == Fidelity::Strict && !written.warnings.is_empty() {
            return Err(Rejection::Fidelity(dialect, lost(&written.warnings)));
        }
        Ok(Some(written))
    }
}

/// Why the caller's own bytes do not do in a group that demands strict fidelity: another provider minted a part of them.
pub(super) fn native_loss(group: &Group, target: &Target, facts: &RequestFacts) -> Option<Rejection> {
    if group.fidelity != Fidelity::Strict {
        return None;
    }
    let warnings = request_edits(facts, target, marks(group, target, &facts.provenance)).warnings;
    (!warnings.is_empty()).then(|| Rejection::Fidelity(facts.dialect(), lost(&warnings)))
}

/// The first fields that would be lost, and how many more.
fn lost(warnings: &Warnings) -> String {
    let list = warnings.list();
    let named: Vec<_> = list.iter().take(NAMED).map(|it| format!("`{}`", it.path)).collect();
    match list.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
