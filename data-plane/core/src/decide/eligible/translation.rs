use std::borrow::Cow;
use std::cell::OnceCell;

use super::Rejection;
use crate::config::{Group, Target};
use crate::dialect::compact;
use crate::dialect::translate::{Neutral, Warnings, Written};
use crate::dialect::{Dialect, InvalidBody, Operation};
use crate::facts::RequestFacts;

/// At most so many fields are named.
const NAMED: usize = 3;

/// A request on its way to targets of other dialects: read when the first of them needs it, and then never again.
pub(super) struct Translation<'a> {
    dialect: Dialect,
    body: Result<Cow<'a, [u8]>, InvalidBody>,
}

/// What was read.
pub(super) type Read<'b> = OnceCell<Result<Neutral<'b>, InvalidBody>>;

impl<'a> Translation<'a> {
    /// Nothing is read yet. Only the Responses API compacts: any other target is asked for a summary.
    pub fn new(facts: &RequestFacts, body: &'a [u8]) -> Self {
        let body = match facts.operation {
            Operation::Compact => compact::summary_request(body, None).map(Cow::Owned),
            _ => Ok(Cow::Borrowed(body)),
        };
        Self { dialect: facts.dialect(), body }
    }

    /// Writes the request for a target, if that loses nothing that the group demands.
    pub fn write<'b>(
        &'b self,
        read: &Read<'b>,
        group: &Group,
        target: &Target,
        dialect: Dialect,
    ) -> Result<Written, Rejection> {
        let neutral = read.get_or_init(|| Neutral::read(self.dialect, self.body.as_deref().map_err(Clone::clone)?));
        let neutral = neutral.as_ref().map_err(|invalid| Rejection::Unreadable(dialect, invalid.clone()))?;
        let written =
            neutral.write(target, dialect).map_err(|impossible| Rejection::Translation(dialect, impossible))?;
        if group.strict_fidelity && !written.warnings.is_empty() {
            return Err(Rejection::Fidelity(dialect, lost(&written.warnings)));
        }
        Ok(written)
    }
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
