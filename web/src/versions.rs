//! Versions of the configuration: the list, one (or a draft, or a way back) with what it changes and whom that touches, how routers
//! take it, and what happens when somebody else was faster.

mod edit;
mod sample;

pub use edit::{DocumentEdit, DocumentMistake};

use crate::{
    Tag, View,
    form::{Form, Mistake},
    parts::{Absent, ChangeLine, Crumb, Editing, Effect, Fact, Pager},
    show::{Count, Moment},
};

/// Versions and drafts.
#[derive(Clone, Debug)]
pub struct Versions {
    /// Whether anything can be changed here.
    pub editing: Editing,
    /// What is being written, not applied.
    pub drafts: Vec<VersionRow>,
    /// Versions, the newest first.
    pub rows: Vec<VersionRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// Its neighbours.
    pub pager: Pager,
    /// Where a document is written or uploaded.
    pub new_href: String,
    /// The document in force, as a file.
    pub export_href: String,
    /// The list for a terminal.
    pub command: String,
}

/// A version, or a draft.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// `41`, or a draft's name.
    pub name: String,
    /// What is compared by; empty: a draft.
    pub number: String,
    /// Its page.
    pub href: String,
    /// `in force`, `on 2 of 3 routers`, …
    pub state: Tag,
    /// Why, in a line; empty: it does not say.
    pub comment: String,
    /// What it was done for, elsewhere; empty: it does not say.
    pub ticket: String,
    /// What it changed, in words; empty: that is not shown.
    pub changed: String,
    /// Who.
    pub author: String,
    /// How: `pages`, `apply`, `patch`, `rollback to 38`, `file`.
    pub how: String,
    /// When.
    pub at: Moment,
}

/// What one is about to apply, or has.
#[derive(Clone, Debug)]
pub struct VersionPage {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// `Version 41`, `Draft: more for the cheap one`, `Back to version 38`, `From 38 to 41`.
    pub title: String,
    /// How it is.
    pub state: Tag,
    /// How far it is.
    pub steps: Vec<VersionStep>,
    /// Who, when, over which version, how.
    pub facts: Vec<Fact>,
    /// What makes it impossible.
    pub mistakes: Vec<Mistake>,
    /// What it does all the same.
    pub warnings: Vec<Mistake>,
    /// `over version 40`: what the changes are beside.
    pub beside: String,
    /// What it changes.
    pub changes: Vec<ChangeLine>,
    /// How many of them are not listed.
    pub more_changes: Count,
    /// What others have changed since it was begun: it stays.
    pub theirs: Vec<ChangeLine>,
    /// Whom and what that touches.
    pub effects: Vec<Effect>,
    /// How it is applied; `None`: it is, or cannot be.
    pub apply: Option<Form>,
    /// How routers take it; `None`: none has been told.
    pub acks: Option<Acks>,
    /// What else can be done: words and path.
    pub links: Vec<(String, String)>,
    /// The same for a terminal.
    pub command: String,
}

/// A step on the way into force.
#[derive(Clone, Debug)]
pub struct VersionStep {
    /// `Draft`, `Check`, `Compare`, `Apply`, `In force`
    pub text: &'static str,
    /// It is behind.
    pub done: bool,
    /// It is this one.
    pub current: bool,
}

/// How routers take a version. A page of its own, too, without anything around it: the page asks for it again.
#[derive(Clone, Debug)]
pub struct Acks {
    /// Where it is asked for again; empty: it is settled.
    pub poll_href: String,
    /// How often: `1s`.
    pub every: &'static str,
    /// The page that it stands on, for whoever has no scripts.
    pub here_href: String,
    /// How many have it.
    pub taken: Count,
    /// Of how many.
    pub of: Count,
    /// Each.
    pub rows: Vec<AckRow>,
}

/// How a router takes a version.
#[derive(Clone, Debug)]
pub struct AckRow {
    /// Its name.
    pub node: String,
    /// Its page.
    pub href: String,
    /// `in force`, `waiting`, `refused`, `away`
    pub state: Tag,
    /// The version that it serves.
    pub held: String,
    /// Why not; empty: nothing is wrong.
    pub why: String,
    /// Last heard of.
    pub seen: Moment,
}

/// Somebody else was faster: both changes, and what to do.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// What was to be changed.
    pub title: String,
    /// What happened, in a sentence: `Ben applied version 42 while you were editing version 41.`
    pub text: String,
    /// Where both meant the same place.
    pub clashes: Vec<Clash>,
    /// What they changed elsewhere: it stays.
    pub theirs: Vec<ChangeLine>,
    /// What you changed elsewhere.
    pub yours: Vec<ChangeLine>,
    /// Goes on from their version with what was entered: the button says it.
    pub form: Form,
    /// Keeps theirs, and nothing of yours.
    pub discard_href: String,
    /// Where yours was kept as a draft; empty: it was not.
    pub draft_href: String,
}

/// A place that both meant.
#[derive(Clone, Debug)]
pub struct Clash {
    /// In words.
    pub words: String,
    /// A JSON pointer; the name of the choice, too.
    pub path: String,
    /// Before both.
    pub base: String,
    /// What they made of it.
    pub theirs: String,
    /// What you made of it.
    pub yours: String,
}

impl VersionPage {
    /// How routers take it, as HTML.
    pub fn acks_html(&self, chrome: &crate::Chrome) -> Option<String> {
        self.acks.as_ref().map(|it| it.page(chrome))
    }
}

view!(Versions, "versions.html");
view!(VersionPage, "versions/version.html");
view!(Acks, "versions/acks.html");
view!(Conflict, "versions/conflict.html");
