//! Single requests: the list with what it can be filtered by, and what each of its rows says.

mod facets;
mod row;
mod views;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    permission::Action,
    search::{Order, PagePlace, Search, SearchQuery},
};
use tokio::try_join;
use url::form_urlencoded::Serializer;
use web::{
    Neighbours, RequestColumn, Screen, Switch,
    parts::{Absent, Exports, Why},
    requests::{RequestList, SaveView, Tail},
};

pub use row::row;
pub use views::{keep as keep_view, remove as remove_view};

use super::{address::Address, command_line::CommandLine, filters, reader::Reader, wrong::Wrong};
use crate::{
    clock::now_ms,
    http::App,
    manage::saved_view,
    store::{
        request::{self, Counts, Effort, RequestPage},
        saved_view::KeptView,
    },
};

const PATH: &str = Screen::Requests.path();
/// How many requests a page has.
const ROWS: u32 = 50;
/// The usual period: single requests are looked at soon.
const USUAL: &str = "24h";

/// What a list is filtered by in a form; what else there is can be written by hand.
const FIELDS: [&str; 22] = [
    "group",
    "code",
    "status",
    "caller",
    "project",
    "user",
    "environment",
    "token",
    "session",
    "provider",
    "model",
    "target",
    "client",
    "dialect",
    "region",
    "node",
    "latency",
    "cost",
    "tokens",
    "fallback",
    "stream",
    "warnings",
];

/// A page of requests.
pub async fn requests(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let asked = RequestsAsked::new(&reader.address);
    let visible = reader.admin.visible(Action::RequestRead);
    let search = Search::parse(visible, &asked.query, now)?;
    let listed = async {
        let mut tx = app.control.store.read_consistent().await?;
        request::page(&mut tx, &search, asked.place.as_ref(), ROWS, Effort::PAGE).await
    };
    let counted = async {
        let mut tx = app.control.store.read_consistent().await?;
        request::counts(&mut tx, &search).await
    };
    let (page, counts) = try_join!(listed, counted)?;
    let kept = saved_view::list(&app.control, &reader.admin.actor.label()).await?;
    let view = asked.view(page, &counts, kept, now);
    Ok(reader.shows(Screen::Requests, &view).into_response())
}

/// What the address of the page asks for.
struct RequestsAsked<'a> {
    address: &'a Address,
    query: SearchQuery,
    place: Option<PagePlace>,
    columns: Vec<RequestColumn>,
}

impl<'a> RequestsAsked<'a> {
    fn new(address: &'a Address) -> Self {
        let own = |name: &str| address.own(name).unwrap_or_default().to_owned();
        let after = address.own("after").and_then(|it| it.parse().ok()).map(PagePlace::After);
        let before = address.own("before").and_then(|it| it.parse().ok()).map(PagePlace::Before);
        let chosen = address.own.iter().filter(|(name, _)| name == "column");
        let mut columns: Vec<_> = chosen.filter_map(|(_, it)| RequestColumn::parse(it)).collect();
        if columns.is_empty() {
            columns = RequestColumn::USUAL.into();
        } else if !columns.contains(&RequestColumn::Time) {
            columns.insert(0, RequestColumn::Time);
        }
        let since = if address.since.is_empty() && own("q").is_empty() { USUAL } else { &address.since };
        let query = SearchQuery {
            since: since.to_owned(),
            until: address.until.clone(),
            filters: address.known(filters::of_requests),
            text: own("q"),
            sort: own("sort"),
        };
        Self { address, query, place: after.or(before), columns }
    }

    fn view(&self, page: RequestPage, counts: &Counts, kept: Vec<KeptView>, now_ms: i64) -> RequestList {
        let mut range = self.address.without(&["after", "before"]).range(Screen::Requests, &FIELDS, now_ms);
        range.compare = None;
        filters::rest(&mut range, filters::of_requests);
        if self.address.since.is_empty() {
            "Last 24 hours".clone_into(&mut range.label);
            for preset in &mut range.presets {
                preset.current = preset.label == "24 hours";
            }
        }
        let nothing = page.requests.is_empty().then(|| self.nothing(page.unfinished));
        RequestList {
            search: self.query.text.clone(),
            views: views::built_in(self.address).into_iter().chain(views::kept(self.address, kept)).collect(),
            save: Some(SaveView { action: views::PATH.to_owned(), shareable: false }),
            facets: facets::boxes(counts, self.address),
            columns: self.columns.clone(),
            address: self.pairs(&["after", "before", "column", "q"]),
            orders: self.orders(),
            tail: self.tail(),
            pager: self.pager(&page, counts),
            unfinished: page.unfinished,
            exports: self.exports(),
            command: self.command(),
            nothing,
            rows: page.requests.into_iter().map(row).collect(),
            range,
        }
    }

    /// All that the address says but these.
    fn pairs(&self, but: &[&str]) -> Vec<(String, String)> {
        let shared = url::form_urlencoded::parse(self.address.shared().as_bytes()).into_owned().collect::<Vec<_>>();
        let own = self.address.own.iter().filter(|(name, _)| !but.contains(&name.as_str())).cloned();
        shared.into_iter().chain(own).collect()
    }

    fn orders(&self) -> Vec<Switch> {
        let names = [(Order::Newest, "Newest"), (Order::Cost, "Dearest"), (Order::Latency, "Slowest")];
        let current = if self.query.sort.is_empty() { Order::Newest.as_str() } else { &self.query.sort };
        let order = |(order, label): (Order, &str)| Switch {
            label: label.to_owned(),
            icon: None,
            href: self.address.without(&["after", "before"]).with("sort", order.as_str()).href(PATH),
            current: order.as_str() == current,
        };
        names.map(order).into()
    }

    /// New ones follow by the stream of the admin API, with the same filters.
    fn tail(&self) -> Tail {
        let on = self.address.own("live") == Some("1");
        let rest = self.address.without(&["after", "before", "live", "sort"]);
        let href = if on { rest.href(PATH) } else { rest.with("live", "1").href(PATH) };
        Tail { on, href, source: if on { self.api("/api/v1/requests/tail", &[]) } else { String::new() } }
    }

    fn pager(&self, page: &RequestPage, counts: &Counts) -> Neighbours {
        let rest = self.address.without(&["after", "before"]);
        let shown = match (page.requests.len(), counts.whole) {
            (0, _) => String::new(),
            (rows, true) => format!("{rows} of {}", web::show::Count(counts.matching).short()),
            (rows, false) => format!("{rows} of more than {}", web::show::Count(counts.matching).short()),
        };
        Neighbours {
            shown,
            previous_href: page.previous.as_ref().map(|it| rest.with("before", &it.to_string()).href(PATH)),
            next_href: page.next.as_ref().map(|it| rest.with("after", &it.to_string()).href(PATH)),
            onwards: "Older",
            backwards: "Newer",
        }
    }

    fn exports(&self) -> Exports {
        let of = |format| self.api("/api/v1/requests/export", &[("format", format)]);
        Exports { csv: of("csv"), json: of("json"), ndjson: of("ndjson") }
    }

    /// The same search, asked of the admin API.
    fn api(&self, path: &str, more: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        for (name, value) in [("since", &self.query.since), ("until", &self.query.until)] {
            if !value.is_empty() && !path.ends_with("tail") {
                query.append_pair(name, value);
            }
        }
        for filter in &self.query.filters {
            query.append_pair("filter", filter);
        }
        query.extend_pairs(more);
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    fn command(&self) -> String {
        let mut line = CommandLine::new("smart-router request list");
        line.option("since", &self.query.since).option("until", &self.query.until);
        line.option("id", &self.query.text).option("sort", &self.query.sort);
        for filter in &self.query.filters {
            line.option("filter", filter);
        }
        line.to_string()
    }

    fn nothing(&self, unfinished: bool) -> Absent {
        if unfinished {
            let text = "Nothing was found so far. Go on with older ones, or choose a shorter period.";
            return Absent::new(Why::FilteredOut, "Still looking", text);
        }
        if self.address.filters.is_empty() && self.query.text.is_empty() {
            let text = "A request appears here when it has ended, usually within a second.";
            return Absent::new(Why::NotYet, "No requests in this period", text);
        }
        let mut all = self.address.without(&["q", "after", "before"]);
        all.filters.clear();
        Absent::new(Why::FilteredOut, "No such requests", "Nothing in this period fits the filters.")
            .go("Clear all filters", all.href(PATH))
    }
}
