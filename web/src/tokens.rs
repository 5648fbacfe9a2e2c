//! Caller tokens: all of them, and one with what can be done to it. Making one is an [`crate::editor`], showing it
//! [`crate::issued`], closing it a [`crate::confirm`].

mod sample;

use crate::{
    Tag,
    first::FirstRequest,
    parts::{Absent, Crumb, Effect, Exports, Fact, Pager, Sieve, Tab},
    show::{Count, Moment, Money},
};

/// A list of tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// All, active, suspended, expiring, never used, closed.
    pub tabs: Vec<Tab>,
    /// Search, caller, project.
    pub sieve: Sieve,
    /// The list.
    pub rows: Vec<TokenRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// Its neighbours.
    pub pager: Pager,
    /// As a file.
    pub exports: Exports,
    /// Where one is made; `None`: this person may not.
    pub new_href: Option<String>,
    /// The list for a terminal.
    pub command: String,
}

/// A token in the list.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// The public part.
    pub id: String,
    /// What people call it; empty: nothing.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Whose.
    pub caller: String,
    /// The caller's page.
    pub caller_href: String,
    /// What the caller works for; empty: no project.
    pub project: String,
    /// `active`, `suspended`, …
    pub state: Tag,
    /// Last used; `None`: never.
    pub used: Option<Moment>,
    /// Until when; `None`: for good.
    pub expires: Option<Moment>,
    /// It expires soon.
    pub expires_soon: bool,
    /// Spent with it this month.
    pub spend: Money,
}

/// One token.
#[derive(Clone, Debug)]
pub struct TokenPage {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// What people call it; the public part where that is empty.
    pub title: String,
    /// How it is.
    pub state: Tag,
    /// The public part.
    pub id: String,
    /// Caller, project, groups, made when and by whom, until when, whose place it took.
    pub facts: Vec<Fact>,
    /// Whether its first request has arrived; `None`: that is long ago.
    pub first: Option<FirstRequest>,
    /// What can be done, the harmless first; what is not permitted or makes no sense is left out.
    pub actions: Vec<TokenAction>,
    /// Its requests in the last 30 days.
    pub requests: Count,
    /// Its requests' page.
    pub requests_href: String,
    /// Spent in the last 30 days.
    pub spend: Money,
    /// On which routers its state holds, in words.
    pub in_force: Vec<Effect>,
    /// What was done to it.
    pub history: Vec<TokenEvent>,
    /// A line that shows it in a terminal.
    pub command: String,
}

/// What can be done to a token: a page that says what that does, and asks.
#[derive(Clone, Debug)]
pub struct TokenAction {
    /// `Rotate`
    pub text: &'static str,
    /// What it does, in a sentence.
    pub effect: String,
    /// Where it is asked.
    pub href: String,
    /// It cannot be undone.
    pub is_final: bool,
}

/// What was done to a token.
#[derive(Clone, Debug)]
pub struct TokenEvent {
    /// When.
    pub at: Moment,
    /// By whom.
    pub who: String,
    /// What.
    pub what: String,
}

view!(Tokens, "tokens.html");
view!(TokenPage, "tokens/token.html");
