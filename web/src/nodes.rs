//! Routers and how they stand. A join command is [`crate::issued`], draining, revoking and forgetting are [`crate::confirm`].

mod sample;

use crate::{
    Tag,
    parts::{Absent, Exports, Tab},
    show::{Count, Moment},
};

/// All routers.
#[derive(Clone, Debug)]
pub struct Nodes {
    /// Present, all.
    pub tabs: Vec<Tab>,
    /// The version in force.
    pub version: String,
    /// The list.
    pub rows: Vec<NodeRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// As a file.
    pub exports: Exports,
    /// Where a join command is made; `None`: this person may not.
    pub join_href: Option<String>,
    /// The list for a terminal.
    pub command: String,
}

/// A router.
#[derive(Clone, Debug)]
pub struct NodeRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Where it stands.
    pub region: String,
    /// `current`, `behind`, …
    pub state: Tag,
    /// The version that it serves.
    pub held: String,
    /// How many versions it is behind.
    pub lag: Count,
    /// Usage events that it has not sent yet; `None`: it does not say.
    pub unsent: Option<Count>,
    /// Its build.
    pub build: String,
    /// Last heard of; `None`: never.
    pub seen: Option<Moment>,
    /// What is wrong, each in a sentence: a second use of its credential, what it refuses, what it says of itself.
    pub problems: Vec<String>,
}

impl Nodes {
    /// Whether any router says how much it has not sent: the others are of an older build.
    pub fn tells_unsent(&self) -> bool {
        self.rows.iter().any(|it| it.unsent.is_some())
    }
}

view!(Nodes, "nodes.html");
