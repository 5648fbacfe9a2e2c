//! What was changed and by whom, and what administrators looked at.

mod sample;

use crate::{
    Tag,
    parts::{Absent, Exports, Pager, Sieve, Tab},
    show::Moment,
};

/// Entries of the audit log, or of what administrators asked for.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// Changes, admin access.
    pub tabs: Vec<Tab>,
    /// Search, who, what, since when.
    pub sieve: Sieve,
    /// The newest first.
    pub rows: Vec<AuditRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// Its neighbours.
    pub pager: Pager,
    /// As a file.
    pub exports: Exports,
    /// The list for a terminal.
    pub command: String,
}

/// An entry.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Its number; empty: it has none.
    pub id: String,
    /// When.
    pub at: Moment,
    /// Who.
    pub who: String,
    /// From where; empty: not known.
    pub from: String,
    /// What: `token.revoke`, `GET /api/v1/tokens`.
    pub what: Tag,
    /// To what; empty: to nothing.
    pub target: String,
    /// Its page; empty: it has none.
    pub href: String,
    /// The version under which it reached routers; empty: none.
    pub version: String,
    /// More about it.
    pub detail: String,
}

view!(AuditPage, "audit.html");
