//! Single requests: searched, filtered, followed live, and taken away.

mod sample;

use askama::Template;

use crate::{
    Chrome, Neighbours, PickOption, Range, RequestColumn, RequestRow, Switch, View,
    chart::Bar,
    parts::{Absent, Exports},
    show::Count,
};

/// What the list of requests shows.
#[derive(Clone, Debug)]
pub struct RequestList {
    /// The period and the filters.
    pub range: Range,
    /// The id that is looked for; empty: none.
    pub search: String,
    /// Filters, columns and an order under a name.
    pub views: Vec<ViewTab>,
    /// Where what is shown can be kept as a view; `None`: by nobody who only looks.
    pub save: Option<SaveView>,
    /// What can be filtered by, with how many there are of each.
    pub facets: Vec<FacetBox>,
    /// Those that are shown, in their order.
    pub columns: Vec<RequestColumn>,
    /// What else the page's address says, for forms that change one part of it: name and value.
    pub address: Vec<(String, String)>,
    /// The newest, the dearest, the slowest first.
    pub orders: Vec<Switch>,
    /// New ones come by themselves.
    pub tail: Tail,
    /// A page of them.
    pub rows: Vec<RequestRow>,
    /// Older and newer ones.
    pub pager: Neighbours,
    /// The search took too long, and goes on with the next page.
    pub unfinished: bool,
    /// All that fit, as files.
    pub exports: Exports,
    /// A line for a terminal that lists the same.
    pub command: String,
    /// Why there are no rows.
    pub nothing: Option<Absent>,
}

/// A search under a name.
#[derive(Clone, Debug)]
pub struct ViewTab {
    /// Its name.
    pub name: String,
    /// This page with it.
    pub href: String,
    /// It is this one.
    pub current: bool,
    /// Others see it, too.
    pub shared: bool,
    /// Where it is removed, for those who may; empty: it stays.
    pub remove_action: String,
}

/// How a view is kept.
#[derive(Clone, Debug)]
pub struct SaveView {
    /// Where the form goes.
    pub action: String,
    /// Whether it may be shared with others.
    pub shareable: bool,
}

/// Something to filter by.
#[derive(Clone, Debug)]
pub struct FacetBox {
    /// What: `Status`.
    pub title: String,
    /// Those with most requests first.
    pub values: Vec<FacetValue>,
    /// There are more than are listed.
    pub more: bool,
}

/// One of the values to filter by.
#[derive(Clone, Debug)]
pub struct FacetValue {
    /// Which; empty: requests that have none.
    pub value: String,
    /// How many requests have it.
    pub count: Count,
    /// Of the most.
    pub bar: Bar,
    /// It is filtered by.
    pub current: bool,
    /// This page with or without it.
    pub href: String,
}

/// New requests while one looks.
#[derive(Clone, Debug)]
pub struct Tail {
    /// They come.
    pub on: bool,
    /// This page with it on or off.
    pub href: String,
    /// The stream that tells of new ones; empty: it is off.
    pub source: String,
}

#[derive(Template)]
#[template(path = "requests.html")]
struct RequestsPage<'a> {
    chrome: &'a Chrome,
    view: &'a RequestList,
}

impl RequestList {
    /// All columns, to choose from.
    fn column_choices(&self) -> Vec<PickOption> {
        let choice = |it: RequestColumn| PickOption {
            value: it.as_str().to_owned(),
            label: it.title().to_owned(),
            current: self.columns.contains(&it),
        };
        RequestColumn::ALL.into_iter().filter(|it| *it != RequestColumn::Time).map(choice).collect()
    }
}

impl View for RequestList {
    fn page(&self, chrome: &Chrome) -> String {
        RequestsPage { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}
