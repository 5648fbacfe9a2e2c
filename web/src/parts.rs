//! What stands on more than one page: facts, tabs, pages of a list, differences, and why there is nothing.

use crate::{icon::Icon, shown::Shown, tone::Tone, ui::Tag};

/// A name with its value, in a list of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// How it is.
    pub value: Shown,
}

impl Fact {
    /// A name with its value.
    pub const fn new(name: &'static str, value: Shown) -> Self {
        Self { name, value }
    }
}

/// A step of the way to this page.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// Its name.
    pub text: String,
    /// Its path.
    pub href: String,
}

impl Crumb {
    /// A step of the way.
    pub fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// A part of a list, or of a thing, with a page of its own.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Its name.
    pub text: String,
    /// Its path.
    pub href: String,
    /// How many are there; `None`: that is not counted.
    pub count: Option<crate::show::Count>,
    /// It is this one.
    pub current: bool,
}

/// Neighbours of a page of a list; both `None`: all of it is here.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// Back to the beginning.
    pub first_href: Option<String>,
    /// On.
    pub next_href: Option<String>,
}

/// A list as a file: where each kind is.
#[derive(Clone, Debug)]
pub struct Exports {
    /// For spreadsheets.
    pub csv: String,
    /// As the admin API answers.
    pub json: String,
    /// A line each.
    pub ndjson: String,
}

/// A search and choices over a list: they stand in its address.
#[derive(Clone, Debug)]
pub struct Sieve {
    /// The list's own path.
    pub action: String,
    /// What is looked for, under `q`.
    pub search: String,
    /// In what it is looked for: `Name, caller or id`.
    pub placeholder: &'static str,
    /// What else can be chosen.
    pub choices: Vec<SieveChoice>,
    /// What else the address says: name and value.
    pub kept: Vec<(String, String)>,
    /// Without any of it; `None`: nothing is chosen.
    pub clear_href: Option<String>,
}

/// A choice over a list.
#[derive(Clone, Debug)]
pub struct SieveChoice {
    /// Its parameter.
    pub name: &'static str,
    /// What people see.
    pub label: &'static str,
    /// What there is: value and words. The first one leaves all in.
    pub options: Vec<(String, String)>,
    /// Which is chosen.
    pub value: String,
}

/// Why there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// There never was any.
    NotYet,
    /// None is like that.
    FilteredOut,
    /// Somebody else may see it.
    NotPermitted,
    /// It was not written down, or no longer is.
    NotKept,
    /// Only trouble would stand there.
    AllWell,
}

/// There is nothing: why, and what to do.
#[derive(Clone, Debug)]
pub struct Absent {
    /// Why.
    pub why: Why,
    /// In a few words.
    pub title: String,
    /// What to do.
    pub text: String,
    /// Where: words and path.
    pub go: Option<(String, String)>,
    /// The same for a terminal; empty: none.
    pub command: String,
}

impl Absent {
    /// There is nothing.
    pub fn new(why: Why, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { why, title: title.into(), text: text.into(), go: None, command: String::new() }
    }

    /// With a way on.
    #[must_use]
    pub fn go(mut self, words: impl Into<String>, path: impl Into<String>) -> Self {
        self.go = Some((words.into(), path.into()));
        self
    }

    /// With a line for a terminal.
    #[must_use]
    pub fn command(mut self, command: impl Into<String>) -> Self {
        self.command = command.into();
        self
    }

    /// Its picture.
    pub const fn icon(&self) -> Icon {
        Icon(match self.why {
            Why::NotYet => "plus",
            Why::FilteredOut => "filter-off",
            Why::NotPermitted => "lock",
            Why::NotKept => "hourglass",
            Why::AllWell => "circle-check",
        })
    }
}

/// Whether the configuration can be changed here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Editing {
    /// It can.
    #[default]
    Open,
    /// Not by this person.
    NotPermitted,
    /// It comes from a file, whose name this is, and is changed there.
    InFile(String),
}

impl Editing {
    /// Whether anything that edits may stand on the page.
    pub fn is_open(&self) -> bool {
        *self == Self::Open
    }

    /// The file that the configuration comes from.
    pub fn file(&self) -> Option<&str> {
        if let Self::InFile(name) = self { Some(name) } else { None }
    }
}

/// A difference between two versions of the configuration.
#[derive(Clone, Debug)]
pub struct ChangeLine {
    /// What kind of change.
    pub kind: ChangeTone,
    /// In words: `Weight of openai/mini in the group fast`.
    pub words: String,
    /// Where it stands: a JSON pointer.
    pub path: String,
    /// How it was; empty: it was not there.
    pub before: String,
    /// How it is; empty: it is not there any more.
    pub after: String,
}

/// What kind of change something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeTone {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is otherwise.
    Changed,
}

impl ChangeTone {
    /// As a word with a colour.
    pub fn tag(self) -> Tag {
        match self {
            Self::Added => Tag::new(Tone::Good, "added"),
            Self::Removed => Tag::new(Tone::Bad, "removed"),
            Self::Changed => Tag::new(Tone::Warning, "changed"),
        }
    }
}

/// What something does, before it is done.
#[derive(Clone, Debug)]
pub struct Effect {
    /// How serious; `None`: as meant.
    pub tone: Option<Tone>,
    /// In a sentence.
    pub text: String,
    /// Whom: callers, groups, routers by name; empty: that is said already.
    pub whom: Vec<String>,
}

impl Effect {
    /// Its picture.
    pub fn icon(&self) -> Icon {
        self.tone.map_or(Icon("arrow-right"), Tone::icon)
    }

    /// The colour of the picture.
    pub fn colour(&self) -> &'static str {
        self.tone.map_or("secondary", Tone::colour)
    }
}

/// A small table.
#[derive(Clone, Debug)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The heads of its columns.
    pub columns: Vec<&'static str>,
    /// Its rows, a cell for each column.
    pub rows: Vec<Vec<Shown>>,
    /// What stands there instead.
    pub absent: Absent,
}

impl Table {
    /// The heads of its columns, each with whether it holds numbers.
    pub fn heads(&self) -> Vec<(&'static str, bool)> {
        let holds_numbers = |at: usize| self.rows.iter().any(|row| row.get(at).is_some_and(Shown::is_number));
        self.columns.iter().enumerate().map(|(at, name)| (*name, holds_numbers(at))).collect()
    }
}
