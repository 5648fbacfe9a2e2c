//! Who may use what: a matrix of callers and groups, each cell with its reason.

mod sample;

use crate::{
    form::Choice,
    parts::{Absent, Exports, Pager, Sieve},
    tone::Tone,
};

/// Who may use what.
#[derive(Clone, Debug)]
pub struct Access {
    /// A search over callers.
    pub sieve: Sieve,
    /// The groups: name and page.
    pub groups: Vec<(String, String)>,
    /// The callers.
    pub rows: Vec<AccessRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// Its neighbours.
    pub pager: Pager,
    /// As a file.
    pub exports: Exports,
    /// Callers to ask about.
    pub ask_callers: Vec<Choice>,
    /// Groups to ask about.
    pub ask_groups: Vec<Choice>,
    /// The answer; `None`: nothing was asked.
    pub answer: Option<AccessAnswer>,
    /// The same for a terminal.
    pub command: String,
}

/// A caller's line of the matrix.
#[derive(Clone, Debug)]
pub struct AccessRow {
    /// Its name.
    pub caller: String,
    /// Its page.
    pub href: String,
    /// What it works for; empty: no project.
    pub project: String,
    /// One for each group.
    pub cells: Vec<AccessCell>,
}

/// Whether a caller may use a group.
#[derive(Clone, Debug)]
pub struct AccessCell {
    /// Whether.
    pub verdict: AccessVerdict,
    /// This page with the reason.
    pub why_href: String,
}

/// Whether somebody may use something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessVerdict {
    /// It may.
    Yes,
    /// It may, and means it by `auto`.
    Default,
    /// It may, and something else is in the way: disabled, no token, no target that serves.
    Blocked,
    /// It may not.
    No,
}

/// Why somebody may or may not.
#[derive(Clone, Debug)]
pub struct AccessAnswer {
    /// `ana-search-dev may use fast.`
    pub text: String,
    /// Whether.
    pub verdict: AccessVerdict,
    /// Each condition in its order, and whether it holds.
    pub reasons: Vec<AccessReason>,
    /// Where it can be changed: words and path.
    pub go: Option<(String, String)>,
}

/// A condition.
#[derive(Clone, Debug)]
pub struct AccessReason {
    /// Whether it holds.
    pub holds: bool,
    /// In a sentence.
    pub text: String,
}

impl AccessVerdict {
    /// As it is read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Default => "default",
            Self::Blocked => "blocked",
            Self::No => "no",
        }
    }

    /// Its colour.
    pub const fn tone(self) -> Option<Tone> {
        match self {
            Self::Yes | Self::Default => Some(Tone::Good),
            Self::Blocked => Some(Tone::Warning),
            Self::No => None,
        }
    }

    /// As a word with a colour.
    pub fn tag(self) -> crate::Tag {
        crate::Tag { tone: self.tone(), text: self.words().to_owned() }
    }
}

view!(Access, "access.html");
