//! A secret that was just made, shown this once, with what to do with it.

mod sample;

use crate::{
    Snippet,
    first::FirstRequest,
    parts::{Crumb, Fact},
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

impl Issued {
    /// Where it stands, as HTML.
    pub fn first_html(&self, chrome: &crate::Chrome) -> Option<String> {
        self.first.as_ref().map(|it| it.html(chrome))
    }
}

view!(Issued, "issued.html");
