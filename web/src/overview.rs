//! Spend, requests, tokens, errors and latencies at a glance, each a door to more.

mod sample;

use askama::Template;

use crate::{
    Chrome, Range, Tag, View,
    chart::{Bar, Series, Spark},
    first::FirstRequest,
    show::{Count, Delta, Millis, Moment, Money, Percent},
};

/// What the overview shows.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Of which time.
    pub range: Range,
    /// The figures on top.
    pub tiles: Vec<Tile>,
    /// Spend by model group over time.
    pub spend: Series,
    /// Requests by outcome over time.
    pub outcomes: Series,
    /// Latency percentiles over time.
    pub latency: Series,
    /// The most expensive callers, models, projects.
    pub tops: Vec<Top>,
    /// The routers.
    pub nodes: Vec<NodeLine>,
    /// The targets that were called.
    pub targets: Vec<TargetLine>,
    /// Nobody has sent anything yet, ever: what to do first, step by step.
    pub first_run: Option<FirstRun>,
    /// Whether the first request has arrived; `None`: that is long ago, or not waited for here.
    pub first: Option<FirstRequest>,
}

/// A figure with where it came from and where it leads.
#[derive(Clone, Debug)]
pub struct Tile {
    /// What it is.
    pub name: &'static str,
    /// The figure, as HTML of [`crate::show`].
    pub value: String,
    /// Beside the period before.
    pub delta: Option<Delta>,
    /// What it is made of, in words.
    pub detail: String,
    /// How it went.
    pub spark: Spark,
    /// Its page in Explore.
    pub href: String,
}

/// The first of a list.
#[derive(Clone, Debug)]
pub struct Top {
    /// Of what: `Callers`.
    pub title: &'static str,
    /// All of them, in Explore.
    pub href: String,
    /// The largest first.
    pub rows: Vec<TopRow>,
}

/// One of the first.
#[derive(Clone, Debug)]
pub struct TopRow {
    /// Whose; empty: nobody's.
    pub name: String,
    /// This page, of it alone.
    pub href: String,
    /// Spent.
    pub cost: Money,
    /// How often.
    pub requests: Count,
    /// Of the first.
    pub bar: Bar,
}

/// A router at a glance.
#[derive(Clone, Debug)]
pub struct NodeLine {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub region: String,
    /// How it is.
    pub state: Tag,
    /// Last heard of.
    pub seen: Moment,
}

/// A target at a glance.
#[derive(Clone, Debug)]
pub struct TargetLine {
    /// `openai/mini`
    pub name: String,
    /// Its requests.
    pub href: String,
    /// How it is.
    pub state: Tag,
    /// Calls.
    pub attempts: Count,
    /// Of those that say something about it.
    pub failed: Percent,
    /// Time to the first byte, the 95th percentile.
    pub first_byte: Millis,
}

/// What is left to do until the first request.
#[derive(Clone, Debug)]
pub struct FirstRun {
    /// In their order.
    pub steps: Vec<FirstStep>,
    /// A line for a terminal that sends a request.
    pub command: String,
}

/// A thing to do.
#[derive(Clone, Debug)]
pub struct FirstStep {
    /// What.
    pub text: &'static str,
    /// Where.
    pub href: &'static str,
    /// It is done.
    pub done: bool,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage<'a> {
    chrome: &'a Chrome,
    view: &'a Overview,
}

impl View for Overview {
    fn page(&self, chrome: &Chrome) -> String {
        OverviewPage { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}
