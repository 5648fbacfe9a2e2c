//! A caller's own page: what it spent, what it may do, which models it may use, and how to send a request. It knows nothing of
//! others, and of itself what routers tell it, too.

mod one;
mod sample;

use crate::{
    Neighbours, Range, RequestColumn, RequestRow, Snippet, Tag,
    chart::{Bar, Series},
    first::FirstRequest,
    parts::{Absent, Exports, Fact},
    show::{Count, Delta, Money, Percent, UnitPrice},
};

pub use one::OwnRequest;

/// What a caller sees of itself.
#[derive(Clone, Debug)]
pub struct MyUsage {
    /// The period.
    pub range: Range,
    /// Its name.
    pub name: String,
    /// Project, token, environment.
    pub facts: Vec<Fact>,
    /// What it used, each beside the period before.
    pub figures: Vec<OwnFigure>,
    /// Spend by model group over time.
    pub spend: Series,
    /// Requests by outcome over time.
    pub outcomes: Series,
    /// What it used of each model group.
    pub groups: Vec<GroupUse>,
    /// Its requests, the newest first.
    pub requests: Vec<RequestRow>,
    /// Where these go on.
    pub pager: Neighbours,
    /// What stands in their place.
    pub no_requests: Absent,
    /// What it may do at most.
    pub limits: Vec<LimitLine>,
    /// What it may ask for.
    pub models: Vec<OwnModel>,
    /// Ready texts for clients.
    pub snippets: Vec<Snippet>,
    /// Whether its first request has arrived; `None`: that is long ago.
    pub first: Option<FirstRequest>,
    /// Its requests, as files.
    pub exports: Exports,
    /// A line for a terminal that tells what its limits count.
    pub command: String,
}

/// A figure with what it was before.
#[derive(Clone, Debug)]
pub struct OwnFigure {
    /// What it is.
    pub name: &'static str,
    /// The figure, as HTML of [`crate::show`].
    pub value: String,
    /// Beside the period before; `None`: that says nothing.
    pub delta: Option<Delta>,
}

/// What a caller used of a model group.
#[derive(Clone, Debug)]
pub struct GroupUse {
    /// Which one; empty: requests that were refused before one was known.
    pub name: String,
    /// How many.
    pub requests: Count,
    /// Of those, not served.
    pub failed: Percent,
    /// Read and written.
    pub tokens: Count,
    /// Spent.
    pub cost: Money,
    /// Of the most.
    pub bar: Bar,
}

/// A limit.
#[derive(Clone, Debug)]
pub struct LimitLine {
    /// Of what: `Requests a minute`.
    pub name: &'static str,
    /// How many.
    pub limit: Count,
    /// Where it is counted.
    pub place: &'static str,
}

/// A model group that a caller may use.
#[derive(Clone, Debug)]
pub struct OwnModel {
    /// What is written as `model`.
    pub name: String,
    /// What it is for; empty: nobody said.
    pub purpose: String,
    /// Other names for it.
    pub aliases: Vec<String>,
    /// The APIs that it is asked in.
    pub dialects: Vec<String>,
    /// What it reads beside text, and what it can do.
    pub abilities: Vec<String>,
    /// The longest conversation, in tokens; `None`: it is not checked.
    pub context: Option<Count>,
    /// The longest output, in tokens; `None`: it is not checked.
    pub output: Option<Count>,
    /// For a million tokens in and out; `None`: the group does not reveal it, or nobody knows it.
    pub prices: Option<OwnPrices>,
    /// It is asked when a request says `auto`.
    pub usual: bool,
    /// Why it does not answer now; `None`: it does.
    pub away: Option<Tag>,
}

/// What a million tokens cost: the least and the most of the models that may answer.
#[derive(Clone, Copy, Debug)]
pub struct OwnPrices {
    /// Of input.
    pub input: (UnitPrice, UnitPrice),
    /// Of output.
    pub output: (UnitPrice, UnitPrice),
}

impl MyUsage {
    /// The columns of its requests.
    pub const COLUMNS: [RequestColumn; 8] = [
        RequestColumn::Time,
        RequestColumn::Status,
        RequestColumn::Route,
        RequestColumn::Client,
        RequestColumn::Tokens,
        RequestColumn::Cost,
        RequestColumn::Latency,
        RequestColumn::Flags,
    ];

    /// Whether its first request has arrived, as HTML.
    pub fn first_html(&self, chrome: &crate::Chrome) -> Option<String> {
        self.first.as_ref().map(|it| it.html(chrome))
    }
}

view!(MyUsage, "mine.html");
