//! Model groups: all of them, one with its contract, targets and policy.

mod sample;

use crate::{
    Tag,
    chart::Split,
    parts::{Absent, Crumb, Editing, Fact, Sieve, Table},
    show::{Count, Millis, Money, Percent, UnitPrice},
};

/// All groups.
#[derive(Clone, Debug)]
pub struct Groups {
    /// Whether they can be changed here.
    pub editing: Editing,
    /// A search.
    pub sieve: Sieve,
    /// In the order of the configuration.
    pub rows: Vec<GroupRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// Where one is made.
    pub new_href: String,
    /// The list for a terminal.
    pub command: String,
}

/// A group in the list.
#[derive(Clone, Debug)]
pub struct GroupRow {
    /// What callers name as `model`.
    pub name: String,
    /// Its page.
    pub href: String,
    /// What it is for; empty: it does not say.
    pub purpose: String,
    /// The project that it belongs to; empty: all use it.
    pub project: String,
    /// `failover`, `weighted`, `static`.
    pub policy: String,
    /// How its targets stand.
    pub state: Tag,
    /// Where its traffic goes.
    pub split: Split,
    /// How many callers may use it.
    pub callers: Count,
    /// Requests in 24 hours.
    pub requests: Count,
    /// Spent this month.
    pub spend: Money,
}

/// One group.
#[derive(Clone, Debug)]
pub struct GroupPage {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Its name.
    pub name: String,
    /// What it is for; empty: it does not say.
    pub purpose: String,
    /// How its targets stand.
    pub state: Tag,
    /// Whether it can be changed here.
    pub editing: Editing,
    /// Where it is changed.
    pub edit_href: String,
    /// Where it is removed.
    pub remove_href: String,
    /// Its requests.
    pub requests_href: String,
    /// Its figures in Explore; empty: nowhere.
    pub explore_href: String,
    /// Where a request is tried; empty: nowhere.
    pub explain_href: String,
    /// Aliases, dialects, modalities, project: what callers may rely on.
    pub contract: Vec<Fact>,
    /// Policy, attempts, what moves on, fidelity, keep-alives, what is revealed.
    pub rules: Vec<Fact>,
    /// How traffic is meant to be divided.
    pub meant: Split,
    /// How it was divided in 24 hours; empty: there was none.
    pub was: Split,
    /// The targets, in their order.
    pub targets: Vec<GroupTargetRow>,
    /// Who may use it.
    pub callers: Table,
    /// A line that shows it in a terminal.
    pub command: String,
}

/// A target of a group.
#[derive(Clone, Debug)]
pub struct GroupTargetRow {
    /// `<provider>/<model>`
    pub name: String,
    /// The provider's page.
    pub href: String,
    /// Its weight.
    pub weight: Count,
    /// How it is.
    pub state: Tag,
    /// Where the state comes from; empty: nothing to say.
    pub why: String,
    /// Requests in 24 hours that ended at it.
    pub requests: Count,
    /// Of those, failed.
    pub failed: Percent,
    /// Time to the first byte, the 95th percentile.
    pub first_byte: Millis,
    /// Dollars per million tokens: input and output; `None`: no price.
    pub prices: Option<(UnitPrice, UnitPrice)>,
}

view!(Groups, "groups.html");
view!(GroupPage, "groups/group.html");
