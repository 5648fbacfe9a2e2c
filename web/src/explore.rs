//! Any figure by any dimension over time: a question that stands in the address, drawn and as a table.

mod sample;

use askama::Template;

use crate::{
    Chrome, PickOption, Range, Switch, View,
    chart::{Bar, Heat, Series, Unit},
    parts::{Absent, Exports},
    show::{Delta, Percent},
};

/// What Explore shows.
#[derive(Clone, Debug)]
pub struct Explore {
    /// The period and the filters.
    pub range: Range,
    /// What else the page's address says, for the form of the question: name and value.
    pub kept: Vec<(String, String)>,
    /// Figures, under what they are about.
    pub metrics: Vec<ChoiceGroup>,
    /// What lines are told apart by.
    pub groups: Vec<PickOption>,
    /// And by what again.
    pub subgroups: Vec<PickOption>,
    /// How long each point is.
    pub buckets: Vec<PickOption>,
    /// How many lines, without the rest.
    pub tops: Vec<PickOption>,
    /// Each point has all before it, too; `None`: parts of this figure do not add up.
    pub cumulative: Option<bool>,
    /// Line, stack, bars, heat map, table.
    pub kinds: Vec<Switch>,
    /// The question in words: `Spend by model group, a day each`.
    pub title: String,
    /// All of it, and beside the period before.
    pub total: Option<f64>,
    /// Beside the period before.
    pub delta: Option<Delta>,
    /// What its figures are.
    pub unit: Unit,
    /// The drawing.
    pub drawing: Drawing,
    /// What the rows are of: one head for each dimension.
    pub heads: Vec<String>,
    /// The table, the most first.
    pub rows: Vec<ExploreRow>,
    /// How many there are besides those in the table, in words; empty: none.
    pub rest: String,
    /// All rows, those that the table has no place for, too, as files.
    pub exports: Exports,
    /// What is drawn, point by point, as files; `None`: nothing is drawn over time.
    pub points: Option<Exports>,
    /// A line for a terminal that prints the same.
    pub command: String,
    /// Why there is nothing.
    pub nothing: Option<Absent>,
}

/// Choices under a head.
#[derive(Clone, Debug)]
pub struct ChoiceGroup {
    /// The head.
    pub title: &'static str,
    /// What is under it.
    pub choices: Vec<PickOption>,
}

/// How the answer is drawn.
#[derive(Clone, Debug)]
pub enum Drawing {
    /// Over time.
    Series(Series),
    /// By how much, in two directions.
    Heat(Heat),
    /// By the table alone.
    Table,
}

/// A line of the answer.
#[derive(Clone, Debug)]
pub struct ExploreRow {
    /// One for each head; none: the rest.
    pub names: Vec<String>,
    /// The requests behind it; empty: no address says which these are.
    pub href: String,
    /// This page of it alone; empty: that cannot be said.
    pub only_href: String,
    /// Its colour in the drawing, from 1; `None`: it is not drawn.
    pub series: Option<u8>,
    /// Its figure.
    pub value: Option<f64>,
    /// Of all.
    pub share: Option<Percent>,
    /// Of the most.
    pub bar: Bar,
    /// Beside the period before.
    pub delta: Option<Delta>,
}

#[derive(Template)]
#[template(path = "explore.html")]
struct ExplorePage<'a> {
    chrome: &'a Chrome,
    view: &'a Explore,
}

impl Explore {
    /// What its figures are, as it was asked for.
    fn figure(&self) -> &str {
        let mut all = self.metrics.iter().flat_map(|it| &it.choices);
        all.find(|it| it.current).map_or("Figure", |it| &it.label)
    }

    fn is_compared(&self) -> bool {
        self.rows.iter().any(|it| it.delta.is_some())
    }

    fn is_shared(&self) -> bool {
        self.rows.iter().any(|it| it.share.is_some())
    }
}

impl View for Explore {
    fn page(&self, chrome: &Chrome) -> String {
        ExplorePage { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}
