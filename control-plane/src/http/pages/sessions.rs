//! Conversations and agents' runs: the list, and one with its requests.

mod one;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    permission::Action,
    search::{PagePlace, Search, SearchQuery},
};
use url::form_urlencoded::Serializer;
use web::{
    Neighbours, Screen,
    chart::Bar,
    parts::{Absent, Exports, Why},
    sessions::{SessionList, SessionRow},
    show::{Count, Millis, Moment, Money},
};

pub use one::session;

use super::{address::Address, command_line::CommandLine, filters, link, reader::Reader, wrong::Wrong};
use crate::{
    clock::now_ms,
    http::App,
    store::{
        request::Effort,
        session::{self as store, Session, SessionPage},
    },
};

const PATH: &str = Screen::Sessions.path();
/// How many a page has.
const ROWS: u32 = 50;
/// The usual period: what went on today.
const USUAL: &str = "24h";

/// What the last request of a session is filtered by.
const FIELDS: [&str; 12] = [
    "caller",
    "project",
    "user",
    "environment",
    "token",
    "client",
    "group",
    "provider",
    "model",
    "code",
    "region",
    "node",
];

/// A page of sessions.
pub async fn sessions(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let asked = SessionsAsked::new(&reader.address);
    let search = Search::parse(reader.admin.visible(Action::RequestRead), &asked.query, now)?;
    let mut tx = app.control.store.read_consistent().await?;
    let found = store::page(&mut tx, &search, asked.place.as_ref(), ROWS, Effort::PAGE).await?;
    drop(tx);
    let view = asked.view(found, now);
    Ok(reader.shows(Screen::Sessions, &view).into_response())
}

/// The place in a list that an address asks for.
fn place(address: &Address) -> Option<PagePlace> {
    let after = address.own("after").and_then(|it| it.parse().ok()).map(PagePlace::After);
    after.or(address.own("before").and_then(|it| it.parse().ok()).map(PagePlace::Before))
}

struct SessionsAsked {
    /// With the usual period where none is asked for.
    address: Address,
    query: SearchQuery,
    place: Option<PagePlace>,
}

impl SessionsAsked {
    fn new(address: &Address) -> Self {
        let since = if address.since.is_empty() { USUAL } else { &address.since }.to_owned();
        let place = place(address);
        let address = Address { since, own: Vec::new(), ..address.clone() };
        let query = SearchQuery {
            since: address.since.clone(),
            until: address.until.clone(),
            filters: address.known(filters::of_requests),
            ..SearchQuery::default()
        };
        Self { address, query, place }
    }

    fn view(&self, found: SessionPage, now_ms: i64) -> SessionList {
        let mut range = self.address.range(Screen::Sessions, &FIELDS, now_ms);
        range.compare = None;
        filters::rest(&mut range, filters::of_requests);
        let SessionPage { sessions, page } = found;
        let count = sessions.len();
        let more = page.next.is_some();
        let bars = Bar::of(sessions.iter().map(|it| it.cost_nanousd as f64));
        SessionList {
            pager: Neighbours {
                shown: shown(count, more),
                previous_href: page.previous.map(|it| self.address.with("before", &it.to_string()).href(PATH)),
                next_href: page.next.map(|it| self.address.with("after", &it.to_string()).href(PATH)),
                onwards: "Older",
                backwards: "Newer",
            },
            rows: sessions.into_iter().zip(bars).map(|(it, bar)| row(it, bar, now_ms)).collect(),
            exports: self.exports(),
            command: self.command(),
            nothing: (count == 0).then(|| self.nothing(page.unfinished)),
            range,
        }
    }

    fn exports(&self) -> Exports {
        let mut query = Serializer::new(String::new());
        query.append_pair("since", &self.query.since);
        if !self.query.until.is_empty() {
            query.append_pair("until", &self.query.until);
        }
        for filter in &self.query.filters {
            query.append_pair("filter", filter);
        }
        let query = query.finish();
        let of = |format: &str| format!("/api/v1/sessions/export?{query}&format={format}");
        Exports { csv: of("csv"), json: of("json"), ndjson: of("ndjson") }
    }

    fn command(&self) -> String {
        let mut line = CommandLine::new("smart-router report");
        line.option("since", &self.query.since).option("until", &self.query.until).option("group-by", "session");
        for filter in self.address.known(filters::of_reports) {
            line.option("filter", &filter);
        }
        line.to_string()
    }

    fn nothing(&self, unfinished: bool) -> Absent {
        if unfinished {
            let text = "Nothing was found so far. Go on with older ones, or choose a shorter period.";
            return Absent::new(Why::FilteredOut, "Still looking", text);
        }
        if self.query.filters.is_empty() {
            let text =
                "Codex and Claude Code tell of sessions by themselves; other clients send the header x-session-id.";
            return Absent::new(Why::NotYet, "No sessions in this period", text);
        }
        let all = Address { filters: Vec::new(), ..self.address.clone() };
        Absent::new(Why::FilteredOut, "No such sessions", "Nothing in this period fits the filters.")
            .go("Clear all filters", all.href(PATH))
    }
}

fn shown(count: usize, more: bool) -> String {
    match (count, more) {
        (0, _) => String::new(),
        (1, false) => "1 session".to_owned(),
        (count, false) => format!("{count} sessions"),
        (count, true) => format!("{count} sessions, and older ones"),
    }
}

/// From the first request to the end of the last.
fn length(it: &Session) -> Millis {
    let last = &it.last.record;
    Millis(Some((last.started_ms - it.first_ms) as f64 + last.latency_us as f64 / 1000.0))
}

fn row(it: Session, bar: Bar, now_ms: i64) -> SessionRow {
    let length = length(&it);
    let last = it.last.record;
    SessionRow {
        href: link::session(&last.session),
        id: last.session,
        client: last.client,
        caller: if it.callers > 1 { format!("{} +{}", last.caller, it.callers - 1) } else { last.caller },
        last: Moment { at_ms: last.started_ms, now_ms },
        length,
        requests: Count(it.requests),
        failed: Count(it.errors),
        agents: Count(0),
        tokens: Count(it.input_tokens.saturating_add(it.output_tokens)),
        cost: Money(it.cost_nanousd.into()),
        bar,
    }
}
