//! One request: what was asked, why it went where it went, how long each part took, and what it cost. Never what was said.

mod sample;

use askama::Template;

use crate::{
    Chrome, Tag, View,
    chart::Timeline,
    parts::Fact,
    show::{Count, Millis, Money, Rate, Stamp},
};

/// What the page of a request shows.
#[derive(Clone, Debug)]
pub struct RequestDetail {
    /// The id that its router gave it.
    pub id: String,
    /// What the caller saw.
    pub status: u32,
    /// `ok`, or why not.
    pub code: String,
    /// When it began.
    pub at: Stamp,
    /// The list that one came from.
    pub back_href: String,
    /// Why it was not served; `None`: it was.
    pub error: Option<RequestFailure>,
    /// All of it.
    pub cost: Money,
    /// It has tokens and no price.
    pub unpriced: bool,
    /// From beginning to end.
    pub latency: Millis,
    /// Until something came.
    pub first_byte: Millis,
    /// Output.
    pub speed: Rate,
    /// The router's own time.
    pub overhead: Millis,
    /// Read.
    pub input_tokens: Count,
    /// Written.
    pub output_tokens: Count,
    /// Stages and attempts over time.
    pub timeline: Timeline,
    /// Each call of a target, in its order.
    pub attempts: Vec<AttemptView>,
    /// How its target was chosen.
    pub decision: DecisionView,
    /// Kinds of tokens with their prices.
    pub parts: Vec<CostPart>,
    /// What the upstream says that it cost.
    pub reported_cost: Option<Money>,
    /// The baseline's name and what it would have cost.
    pub baseline: Option<(String, Money)>,
    /// The counts are the router's own.
    pub estimated: bool,
    /// What was lost or approximated.
    pub warnings: Vec<String>,
    /// Who asked, from where, by which token.
    pub who: Vec<Fact>,
    /// What was asked for, and under which configuration.
    pub what: Vec<Fact>,
    /// What is known of it and holds no content, as a file.
    pub bundle_href: String,
    /// A line for a terminal that decides its body again under today's configuration.
    pub again: String,
    /// A line for a terminal that shows the same.
    pub command: String,
}

/// Why a request was not served.
#[derive(Clone, Debug)]
pub struct RequestFailure {
    /// In words.
    pub meaning: String,
    /// What the last attempt said, without content; empty: nothing.
    pub detail: String,
    /// What can be done; empty: nothing is known.
    pub advice: String,
    /// The code's place in the documentation.
    pub docs_href: String,
    /// All that failed like this.
    pub group_href: String,
}

/// A call of a target.
#[derive(Clone, Debug)]
pub struct AttemptView {
    /// Which one.
    pub target: String,
    /// How it ended.
    pub outcome: Tag,
    /// The upstream's status; 0: no answer.
    pub status: u32,
    /// The dialect that it was asked in.
    pub dialect: String,
    /// From beginning to end.
    pub latency: Millis,
    /// Until the head of its answer.
    pub first_byte: Millis,
    /// What went wrong, without content.
    pub detail: String,
}

/// How a target was chosen.
#[derive(Clone, Debug, Default)]
pub struct DecisionView {
    /// In a sentence or two; empty: nothing was decided.
    pub words: String,
    /// The group; empty: none was known.
    pub group: String,
    /// Its page.
    pub group_href: String,
    /// The policy that ordered the targets.
    pub policy: String,
    /// Each target, the first first, those that could not serve last.
    pub candidates: Vec<CandidateView>,
}

/// A target as it was judged.
#[derive(Clone, Debug)]
pub struct CandidateView {
    /// Which one.
    pub target: String,
    /// Its place in the order, from 1.
    pub rank: Option<u32>,
    /// What the policy gave it.
    pub score: String,
    /// `served`, `failed`, `not needed`, `cannot serve`.
    pub fate: Tag,
    /// Why it could not serve, in words, each with its code.
    pub reasons: Vec<(String, String)>,
}

/// A kind of tokens, and what it cost.
#[derive(Clone, Debug)]
pub struct CostPart {
    /// `Fresh input`.
    pub name: &'static str,
    /// How many.
    pub tokens: Count,
    /// For a million.
    pub price: Option<Money>,
    /// Together.
    pub cost: Money,
}

#[derive(Template)]
#[template(path = "request_detail.html")]
struct RequestDetailPage<'a> {
    chrome: &'a Chrome,
    view: &'a RequestDetail,
}

impl RequestDetail {
    fn outcome(&self) -> Tag {
        crate::outcome(self.status, &self.code)
    }
}

impl View for RequestDetail {
    fn page(&self, chrome: &Chrome) -> String {
        RequestDetailPage { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}
