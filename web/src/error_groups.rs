//! Failures, grouped: what fails where, since when, for whom, and what to do about it.

mod sample;

use askama::Template;

use crate::{
    Chrome, Range, Tag, View,
    chart::{Series, Spark},
    parts::{Absent, Exports},
    show::{Count, Delta, Moment, Percent},
};

/// What the page of errors shows.
#[derive(Clone, Debug)]
pub struct ErrorGroups {
    /// The period and the filters.
    pub range: Range,
    /// How many failed.
    pub failed: Count,
    /// Of all requests; `None`: with these filters that says nothing.
    pub share: Option<Percent>,
    /// Beside the period before.
    pub delta: Option<Delta>,
    /// How many callers were affected.
    pub callers: Count,
    /// Requests that another target than the first one served; `None`: with these filters that says nothing.
    pub saved: Option<Count>,
    /// Failed requests by code over time.
    pub chart: Series,
    /// Those with most requests first.
    pub groups: Vec<ErrorGroupRow>,
    /// Something is left out: what, in words; empty: nothing is.
    pub left_out: String,
    /// All groups, as files.
    pub exports: Exports,
    /// A line for a terminal that prints the same.
    pub command: String,
    /// Why there are none.
    pub nothing: Option<Absent>,
}

/// Requests that failed in the same way.
#[derive(Clone, Debug)]
pub struct ErrorGroupRow {
    /// The code of the error registry.
    pub code: String,
    /// What the caller saw.
    pub status: u32,
    /// The model group; empty: it was refused before one was known.
    pub group: String,
    /// Why the last attempt failed; empty: nothing was tried.
    pub class: String,
    /// What was tried last; empty: nothing was.
    pub target: String,
    /// The code in words.
    pub meaning: String,
    /// What can be done; empty: nothing is known.
    pub advice: String,
    /// How many.
    pub count: Count,
    /// Of all failures.
    pub share: Percent,
    /// How it went in the period.
    pub spark: Spark,
    /// The first in the period.
    pub first: Moment,
    /// The last in the period.
    pub last: Moment,
    /// How many callers.
    pub callers: Count,
    /// The requests.
    pub href: String,
    /// Some of them: id and page.
    pub samples: Vec<(String, String)>,
    /// The code's place in the documentation.
    pub docs_href: String,
}

#[derive(Template)]
#[template(path = "error_groups.html")]
struct ErrorsPage<'a> {
    chrome: &'a Chrome,
    view: &'a ErrorGroups,
}

impl ErrorGroupRow {
    fn outcome(&self) -> Tag {
        crate::outcome(self.status, &self.code)
    }
}

impl View for ErrorGroups {
    fn page(&self, chrome: &Chrome) -> String {
        ErrorsPage { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}
