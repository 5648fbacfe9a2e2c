//! The documentation within the pages, with a search.

mod sample;

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

view!(Docs, "docs.html");
