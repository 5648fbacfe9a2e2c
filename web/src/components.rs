//! Everything that pages are made of, once: for those who build them, and for the tests.

mod sample;

use askama::Template;

use crate::{
    Chrome, Neighbours, Range, Snippet, Switch, Tag, View,
    chart::{Heat, Series, Split, Timeline},
    parts::{Absent, Exports, Fact},
    show::{Count, Delta, Millis, Moment, Money, Percent, Rate, Stamp},
};

/// One of each.
#[derive(Clone, Debug)]
pub struct Components {
    /// A period with filters.
    pub range: Range,
    /// All tones.
    pub tags: Vec<Tag>,
    /// How many.
    pub count: Count,
    /// Dollars.
    pub money: Money,
    /// Of one.
    pub share: Percent,
    /// How long.
    pub took: Millis,
    /// How fast.
    pub rate: Rate,
    /// More or less.
    pub delta: Delta,
    /// Ago.
    pub moment: Moment,
    /// When.
    pub stamp: Stamp,
    /// A text of somebody's.
    pub name: String,
    /// For a terminal.
    pub command: String,
    /// The four reasons for it.
    pub nothings: Vec<Absent>,
    /// What is known of something.
    pub facts: Vec<Fact>,
    /// What rows are taken away as.
    pub exports: Exports,
    /// A few to choose from.
    pub switches: Vec<Switch>,
    /// Where a list goes on.
    pub neighbours: Neighbours,
    /// First requests.
    pub snippets: Vec<Snippet>,
    /// Parts of a whole.
    pub split: Split,
    /// Coloured cells.
    pub heat: Heat,
    /// Stages.
    pub timeline: Timeline,
    /// Over time.
    pub series: Series,
}

#[derive(Template)]
#[template(path = "components.html")]
struct ComponentsPage<'a> {
    chrome: &'a Chrome,
    view: &'a Components,
}

impl View for Components {
    fn page(&self, chrome: &Chrome) -> String {
        ComponentsPage { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}
