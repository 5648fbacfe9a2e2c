//! The documentation within the pages, with a search.

mod sample;

use askama::Template;

use crate::{Chrome, View};

/// A page of the documentation, or what a search has found.
#[derive(Clone, Debug)]
pub struct Docs {
    /// What is looked for; empty: nothing.
    pub search: String,
    /// Its contents.
    pub contents: Vec<DocsPart>,
    /// The page.
    pub title: String,
    /// The page itself, as the HTML that was made of this product's own Markdown when it was built. Nothing else may stand there.
    pub body: &'static str,
    /// Its headings: words and anchor.
    pub headings: Vec<(String, String)>,
    /// What a search has found; `None`: nothing was looked for.
    pub found: Option<Vec<DocsFound>>,
}

/// A part of the contents.
#[derive(Clone, Debug)]
pub struct DocsPart {
    /// Its name.
    pub title: &'static str,
    /// Its pages.
    pub pages: Vec<DocsLink>,
}

impl DocsPart {
    /// Whether its pages are seen at once: those of short parts are, and where one is.
    pub fn is_open(&self) -> bool {
        self.pages.len() <= 12 || self.pages.iter().any(|it| it.current)
    }
}

/// A page in the contents.
#[derive(Clone, Debug)]
pub struct DocsLink {
    /// Its title.
    pub title: String,
    /// Its path.
    pub href: String,
    /// It is this one.
    pub current: bool,
}

/// A place that a search has found.
#[derive(Clone, Debug)]
pub struct DocsFound {
    /// The page and its heading.
    pub title: String,
    /// Where.
    pub href: String,
    /// What stands there before, in and after what was looked for.
    pub around: (String, String, String),
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsTemplate<'a> {
    chrome: &'a Chrome,
    view: &'a Docs,
}

/// For somebody whom nobody knows.
#[derive(Template)]
#[template(path = "docs/alone.html")]
struct LoneDocsTemplate<'a> {
    chrome: &'a Chrome,
    view: &'a Docs,
}

impl View for Docs {
    fn page(&self, chrome: &Chrome) -> String {
        let page = if chrome.person.is_some() {
            DocsTemplate { chrome, view: self }.render()
        } else {
            LoneDocsTemplate { chrome, view: self }.render()
        };
        page.expect("writing to a String does not fail")
    }
}
