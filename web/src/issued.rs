//! A secret that was just made, shown this once, with what to do with it.

mod sample;

use crate::{
    Snippet, View,
    parts::{Crumb, Fact},
    show::{Millis, Money},
};

/// A secret that was just made.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// What was made.
    pub title: String,
    /// The secret itself.
    pub secret: String,
    /// What it opens, until when.
    pub facts: Vec<Fact>,
    /// A line for a terminal that keeps or uses it; empty: none.
    pub command: String,
    /// How each client is told.
    pub snippets: Vec<Snippet>,
    /// Whether it has been used; `None`: it is not for requests.
    pub first: Option<FirstRequest>,
    /// Where one goes on: words and path.
    pub done: (String, String),
}

/// Whether a token's first request has arrived. A page of its own, too, without anything around it: the page asks for it again.
#[derive(Clone, Debug)]
pub struct FirstRequest {
    /// Where it is asked for again; empty: it is not.
    pub poll_href: String,
    /// This page, for whoever has no scripts.
    pub here_href: String,
    /// It has.
    pub arrived: Option<Arrived>,
}

/// The first request.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Its page.
    pub href: String,
    /// `200` or the code of the failure.
    pub outcome: crate::Tag,
    /// The group that was asked for.
    pub group: String,
    /// The target that served it.
    pub target: String,
    /// How long it took.
    pub took: Millis,
    /// What it cost.
    pub cost: Money,
}

impl Issued {
    /// Where it stands, as HTML.
    pub fn first_html(&self, chrome: &crate::Chrome) -> Option<String> {
        self.first.as_ref().map(|it| it.page(chrome))
    }
}

view!(Issued, "issued.html");
view!(FirstRequest, "issued/first.html");
