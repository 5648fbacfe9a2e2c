//! Conversations and agents' runs: what a client said belongs together, and what it came to.

mod sample;

use askama::Template;

use crate::{
    Chrome, Neighbours, Range, RequestColumn, RequestRow, View,
    chart::{Bar, Timeline},
    parts::{Absent, Exports, Fact},
    show::{Count, Millis, Moment, Money},
};

/// What the list of sessions shows.
#[derive(Clone, Debug)]
pub struct SessionList {
    /// The period and the filters.
    pub range: Range,
    /// The last first.
    pub rows: Vec<SessionRow>,
    /// Older and newer ones.
    pub pager: Neighbours,
    /// All of them, as files.
    pub exports: Exports,
    /// A line for a terminal that prints the same.
    pub command: String,
    /// Why there are none.
    pub nothing: Option<Absent>,
}

/// A session in the list.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// As the client gave it.
    pub id: String,
    /// Its own page.
    pub href: String,
    /// The client, as detected.
    pub client: String,
    /// Who.
    pub caller: String,
    /// Its last request.
    pub last: Moment,
    /// From its first to its last.
    pub length: Millis,
    /// How many.
    pub requests: Count,
    /// Of those, how many were not served.
    pub failed: Count,
    /// How many agents took part; 0: the client does not tell them apart.
    pub agents: Count,
    /// Read and written.
    pub tokens: Count,
    /// All of it.
    pub cost: Money,
    /// Of the dearest.
    pub bar: Bar,
}

/// What the page of a session shows.
#[derive(Clone, Debug)]
pub struct SessionDetail {
    /// As the client gave it.
    pub id: String,
    /// The list that one came from.
    pub back_href: String,
    /// The client, in words.
    pub lead: String,
    /// All of it.
    pub cost: Money,
    /// How many.
    pub requests: Count,
    /// Of those, how many were not served.
    pub failed: Count,
    /// Read.
    pub input_tokens: Count,
    /// Of those, from the provider's cache.
    pub cached_tokens: Count,
    /// Written.
    pub output_tokens: Count,
    /// From its first to its last.
    pub length: Millis,
    /// Who and by what.
    pub facts: Vec<Fact>,
    /// The targets that were tried last, those of most requests first.
    pub targets: Vec<SessionTarget>,
    /// Who did what in it, parents before their children; empty: the client does not tell agents apart.
    pub agents: Vec<AgentRow>,
    /// Its requests over time, the last of them where there are many.
    pub timeline: Timeline,
    /// Something is left out of the timeline: what, in words; empty: nothing is.
    pub left_out: String,
    /// Columns of the list.
    pub columns: Vec<RequestColumn>,
    /// Its requests, the newest first.
    pub rows: Vec<RequestRow>,
    /// Older and newer ones.
    pub pager: Neighbours,
    /// All of them, as files.
    pub exports: Exports,
    /// A line for a terminal that prints the same.
    pub command: String,
}

/// A target of a session.
#[derive(Clone, Debug)]
pub struct SessionTarget {
    /// Its name; empty: none was tried.
    pub name: String,
    /// Its requests.
    pub href: String,
    /// How many.
    pub requests: Count,
    /// Of the most.
    pub bar: Bar,
}

/// An agent of a session.
#[derive(Clone, Debug)]
pub struct AgentRow {
    /// As the client names it; empty: the one that speaks with the person.
    pub id: String,
    /// How deep under the first: 0 to 5.
    pub depth: u8,
    /// Its requests.
    pub href: String,
    /// How many.
    pub requests: Count,
    /// Read and written.
    pub tokens: Count,
    /// All of it.
    pub cost: Money,
    /// Of the dearest.
    pub bar: Bar,
}

#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage<'a> {
    chrome: &'a Chrome,
    view: &'a SessionList,
}

#[derive(Template)]
#[template(path = "session_detail.html")]
struct SessionDetailPage<'a> {
    chrome: &'a Chrome,
    view: &'a SessionDetail,
}

impl SessionList {
    /// Some clients tell agents apart.
    fn tells_agents(&self) -> bool {
        self.rows.iter().any(|it| it.agents.0 > 0)
    }
}

impl View for SessionList {
    fn page(&self, chrome: &Chrome) -> String {
        SessionsPage { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}

impl View for SessionDetail {
    fn page(&self, chrome: &Chrome) -> String {
        SessionDetailPage { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}
