//! Projects, their callers, and one caller with its limits, tokens and spend. Changing one is an [`crate::editor`].

mod sample;

use crate::{
    Tag,
    parts::{Absent, Crumb, Editing, Exports, Fact, Pager, Sieve, Table},
    show::{Count, Moment, Money},
};

/// All projects with their callers.
#[derive(Clone, Debug)]
pub struct Projects {
    /// Whether they can be changed here.
    pub editing: Editing,
    /// A search over callers.
    pub sieve: Sieve,
    /// In the order of the configuration; callers without a project last.
    pub rows: Vec<ProjectRow>,
    /// What stands there instead.
    pub absent: Absent,
    /// Its neighbours, where the callers of one project are listed.
    pub pager: Pager,
    /// All callers as a file.
    pub exports: Exports,
    /// Where a caller is made; `None`: this person may not.
    pub new_caller_href: Option<String>,
    /// Where a project is made; `None`: this person may not.
    pub new_project_href: Option<String>,
    /// The list for a terminal.
    pub command: String,
}

/// A project.
#[derive(Clone, Debug)]
pub struct ProjectRow {
    /// Its name; empty: callers without one.
    pub name: String,
    /// Its page; empty: callers without a project have none.
    pub page_href: String,
    /// Its requests.
    pub href: String,
    /// Spent this month.
    pub spend: Money,
    /// Its callers, those that spend the most first.
    pub callers: Vec<CallerRow>,
    /// How many of them are not listed.
    pub more: Count,
    /// All of them.
    pub more_href: String,
}

/// A caller in the list.
#[derive(Clone, Debug)]
pub struct CallerRow {
    /// Its name.
    pub name: String,
    /// Its page.
    pub href: String,
    /// Who answers for it; empty: it does not say.
    pub user: String,
    /// `open`, `disabled`
    pub state: Tag,
    /// The groups that it may use.
    pub groups: Vec<String>,
    /// How many tokens open it.
    pub tokens: Count,
    /// Last used; `None`: never.
    pub used: Option<Moment>,
    /// Spent this month.
    pub spend: Money,
}

/// One caller.
#[derive(Clone, Debug)]
pub struct CallerPage {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: Tag,
    /// Whether it can be changed here.
    pub editing: Editing,
    /// Where it is changed.
    pub edit_href: String,
    /// Where it is removed.
    pub remove_href: String,
    /// Where a token for it is made; empty: this person may not.
    pub new_token_href: String,
    /// Its figures in Explore; empty: there is no such page for this person.
    pub explore_href: String,
    /// Who may use what; empty: there is no such page for this person.
    pub access_href: String,
    /// All its tokens.
    pub tokens_href: String,
    /// Its requests.
    pub requests_href: String,
    /// User, project, environment, default group, scopes.
    pub facts: Vec<Fact>,
    /// Requests and tokens a minute, at the same time.
    pub limits: Vec<Fact>,
    /// What it spent, and how often it called.
    pub figures: Vec<Fact>,
    /// The groups that it may use, with what it spent in each.
    pub groups: Table,
    /// Its tokens.
    pub tokens: Table,
    /// A line that shows it in a terminal.
    pub command: String,
}

view!(Projects, "projects.html");
view!(CallerPage, "projects/caller.html");
