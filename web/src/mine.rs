//! A caller's own page: what it spent, what is left, which models it may use, and how to send a request.

mod sample;

use crate::{
    Range, Snippet, Tag,
    chart::{Bar, Series},
    parts::{Absent, Exports, Fact},
    show::{Count, Delta, Money, Percent},
};

/// What a caller sees of itself.
#[derive(Clone, Debug)]
pub struct MyUsage {
    /// The period.
    pub range: Range,
    /// Its name.
    pub name: String,
    /// Project, token, environment.
    pub facts: Vec<Fact>,
    /// Spent.
    pub cost: Money,
    /// Beside the period before.
    pub cost_delta: Delta,
    /// How many.
    pub requests: Count,
    /// Of those, what was not served.
    pub failed: Percent,
    /// Read.
    pub input_tokens: Count,
    /// Written.
    pub output_tokens: Count,
    /// Spend by model over time.
    pub spend: Series,
    /// What it may do, and what is left of it.
    pub limits: Vec<LimitLine>,
    /// What it may ask for.
    pub models: Vec<OwnModel>,
    /// Ready texts for clients.
    pub snippets: Vec<Snippet>,
    /// Its first request has arrived; `Some(false)`: it is waited for; `None`: that is long ago.
    pub first_request: Option<bool>,
    /// Its usage, as files.
    pub exports: Exports,
    /// A line for a terminal that tells the same.
    pub command: String,
    /// Why there is nothing: no caller belongs to this person, for instance.
    pub nothing: Option<Absent>,
}

/// A limit.
#[derive(Clone, Debug)]
pub struct LimitLine {
    /// Of what: `Requests a minute`.
    pub name: String,
    /// Whose: the token's, the caller's, the project's.
    pub of: String,
    /// Used, as it is read.
    pub used: String,
    /// The limit, as it is read.
    pub limit: String,
    /// Used of the limit.
    pub bar: Bar,
    /// How it is: `room`, `nearly used up`, `used up`.
    pub state: Tag,
    /// When there is room again, in words; empty: there is.
    pub again: String,
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
    /// What it can do: `tools`, `images`, `reasoning`.
    pub abilities: Vec<String>,
    /// The longest input, in tokens; `None`: unknown.
    pub context: Option<Count>,
    /// The longest output, in tokens; `None`: unknown.
    pub output: Option<Count>,
    /// For a million tokens in and out; `None`: the group does not reveal it.
    pub prices: Option<(Money, Money)>,
    /// It is asked when a request says `auto`.
    pub usual: bool,
}

view!(MyUsage, "mine.html");
