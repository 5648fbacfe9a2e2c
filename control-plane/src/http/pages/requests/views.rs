use axum::{extract::State, response::Redirect};
use serde::Deserialize;
use web::{Screen, requests::ViewTab};

use crate::{
    http::{
        App,
        input::{InPath, Posted},
        pages::{address::Address, reader::Reader, wrong::Wrong},
    },
    manage::saved_view,
    store::saved_view::KeptView,
};

/// Where views are kept and removed.
pub const PATH: &str = "/requests/views";

/// What belongs to a page of the list, not to the search.
const PASSING: [&str; 4] = ["after", "before", "live", "told"];

/// Searches that everybody has: name, filters and order.
const BUILT_IN: [(&str, &[&str], &str); 7] = [
    ("All", &[], ""),
    ("Errors", &["failed=yes"], ""),
    ("Fallbacks", &["fallback=yes"], ""),
    ("Throttled", &["status=429"], ""),
    ("Slow", &["latency>10s"], ""),
    ("Expensive", &[], "cost"),
    ("Interrupted", &["code=interrupted"], ""),
];

/// The searches that everybody has, within the period that is looked at.
pub fn built_in(address: &Address) -> Vec<ViewTab> {
    let sort = address.own("sort").unwrap_or_default();
    let tab = |(name, filters, order): (&str, &[&str], &str)| {
        let mut with = address.without(&["after", "before", "sort", "told"]);
        with.filters = filters.iter().map(|it| (*it).to_owned()).collect();
        let current = with.filters == address.filters && sort == order;
        let with = if order.is_empty() { with } else { with.with("sort", order) };
        ViewTab {
            name: name.to_owned(),
            href: with.href(Screen::Requests.path()),
            current,
            shared: false,
            remove_action: String::new(),
        }
    };
    BUILT_IN.map(tab).into()
}

/// The searches that somebody has named.
pub fn kept(address: &Address, views: Vec<KeptView>) -> Vec<ViewTab> {
    let here = address.without(&PASSING);
    let tab = |it: KeptView| {
        // It is read as an address is, so that nothing else comes of it.
        let with = Address::read(&it.query).without(&PASSING);
        ViewTab {
            href: with.href(Screen::Requests.path()),
            current: with == here,
            shared: false,
            remove_action: format!("{PATH}/{}/remove", it.id),
            name: it.name,
        }
    };
    views.into_iter().map(tab).collect()
}

/// What the form says.
#[derive(Deserialize)]
pub struct ViewForm {
    #[serde(default)]
    name: String,
    /// The address of the page that it stands on.
    #[serde(default)]
    return_to: String,
}

/// Keeps what is looked at under a name.
pub async fn keep(State(app): State<App>, reader: Reader, Posted(form): Posted<ViewForm>) -> Result<Redirect, Wrong> {
    let query = form.return_to.split_once('?').map_or("", |it| it.1);
    let asked = Address::read(query).without(&PASSING);
    let href = asked.href(Screen::Requests.path());
    let query = href.split_once('?').map_or("", |it| it.1);
    saved_view::keep(&app.control, &reader.admin.actor.label(), &form.name, query).await?;
    Ok(Redirect::to(&asked.with("told", "view-kept").href(Screen::Requests.path())))
}

/// Removes a view.
pub async fn remove(State(app): State<App>, InPath(id): InPath<String>, reader: Reader) -> Result<Redirect, Wrong> {
    saved_view::remove(&app.control, &reader.admin.actor.label(), &id).await?;
    Ok(Redirect::to(&format!("{}?told=view-removed", Screen::Requests.path())))
}
