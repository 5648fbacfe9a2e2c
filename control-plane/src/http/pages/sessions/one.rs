use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::permission::{Action, permit_somewhere};
use web::{
    Neighbours, RequestColumn, Screen, Shown, Tone,
    chart::{Bar, Span, Timeline},
    parts::{Exports, Fact},
    sessions::{SessionDetail, SessionTarget},
    show::{Count, Money},
};

use super::{length, place};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        moment::rfc3339,
        pages::{address::Address, command_line::CommandLine, link, reader::Reader, requests::row, wrong::Wrong},
    },
    manage::session as manage,
    store::{
        request::{self, Effort, RequestPage, StoredRequest},
        session::{MOST_REQUESTS, Session},
    },
};

/// How many requests a page has.
const ROWS: u32 = 50;
/// How many the timeline has, the last ones.
const SPANS: u32 = 60;

/// The page of a session.
pub async fn session(State(app): State<App>, InPath(id): InPath<String>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let visible = reader.admin.visible(Action::RequestRead);
    let mut tx = app.control.store.read_consistent().await?;
    let found = manage::one(&mut tx, &visible, &id, now).await?;
    let search = manage::requests(&visible, &id, now);
    let newest = request::page(&mut tx, &search, None, SPANS, Effort::PAGE).await?;
    let page = request::page(&mut tx, &search, place(&reader.address).as_ref(), ROWS, Effort::PAGE).await?;
    drop(tx);
    let view = view(&reader, &found, newest.requests, page);
    Ok(reader.shows_titled(Screen::Sessions, &id, &view).into_response())
}

fn view(reader: &Reader, found: &Session, newest: Vec<StoredRequest>, page: RequestPage) -> SessionDetail {
    let last = &found.last.record;
    let id = &last.session;
    let own = reader.address.without(&["after", "before"]);
    let RequestPage { requests, next, previous, .. } = page;
    let shown = format!("{} of {}", requests.len(), counted(found.requests));
    SessionDetail {
        back_href: own.href(Screen::Sessions.path()),
        lead: if last.client.is_empty() {
            format!("of {}", last.caller)
        } else {
            format!("{} of {}", last.client, last.caller)
        },
        cost: Money(found.cost_nanousd.into()),
        requests: Count(found.requests),
        failed: Count(found.errors),
        input_tokens: Count(found.input_tokens),
        cached_tokens: Count(found.cached_input_tokens),
        output_tokens: Count(found.output_tokens),
        length: length(found),
        facts: facts(reader, found),
        targets: targets(found),
        agents: Vec::new(),
        left_out: left_out(found.requests, newest.len()),
        timeline: timeline(newest),
        columns: COLUMNS.into(),
        rows: requests.into_iter().map(row).collect(),
        pager: Neighbours {
            shown,
            previous_href: previous.map(|it| own.with("before", &it.to_string()).href(&link::session(id))),
            next_href: next.map(|it| own.with("after", &it.to_string()).href(&link::session(id))),
            onwards: "Older",
            backwards: "Newer",
        },
        exports: exports(found),
        command: CommandLine::new("smart-router request list").option("id", id).to_string(),
        id: id.clone(),
    }
}

const COLUMNS: [RequestColumn; 8] = [
    RequestColumn::Time,
    RequestColumn::Status,
    RequestColumn::Route,
    RequestColumn::Tokens,
    RequestColumn::Cost,
    RequestColumn::Latency,
    RequestColumn::FirstByte,
    RequestColumn::Flags,
];

fn counted(requests: u64) -> String {
    let count = Count(requests).exact();
    if requests >= MOST_REQUESTS { format!("{count} or more") } else { count }
}

fn left_out(requests: u64, drawn: usize) -> String {
    if requests > drawn as u64 { format!("The last {drawn} of {} requests.", counted(requests)) } else { String::new() }
}

/// Requests of a session, from its first one on.
fn requests(found: &Session, more: &[(&str, &str)]) -> String {
    let mut address = Address { since: rfc3339(found.first_ms), ..Address::default() };
    address = address.and("session", &found.last.record.session);
    for (field, value) in more {
        address = address.and(field, value);
    }
    address.href(Screen::Requests.path())
}

fn facts(reader: &Reader, found: &Session) -> Vec<Fact> {
    let last = &found.last.record;
    let sees_tokens = permit_somewhere(&reader.admin.grants, Action::TokenRead).is_ok();
    let token = match last.token.as_str() {
        "" => Shown::Missing("none"),
        id if sees_tokens => Shown::Id(id.to_owned(), format!("{}/{id}", Screen::Tokens.path())),
        id => Shown::Id(id.to_owned(), String::new()),
    };
    let mut facts = vec![
        Fact::new("Caller", Shown::Link(last.caller.clone(), requests(found, &[("caller", &last.caller)]))),
        Fact::new("Project", Shown::text(last.project.clone(), "none")),
        Fact::new("User", Shown::text(last.user.clone(), "none")),
        Fact::new("Token", token),
        Fact::new("Client", Shown::text(last.client.clone(), "unknown")),
        Fact::new("Group", Shown::text(last.group.clone(), "none")),
        Fact::new("All its requests", Shown::Link(counted(found.requests), requests(found, &[]))),
    ];
    if found.callers > 1 {
        facts.insert(1, Fact::new("Callers with this id", Shown::Count(Count(found.callers))));
    }
    facts
}

fn targets(found: &Session) -> Vec<SessionTarget> {
    let bars = Bar::of(found.models.iter().map(|it| it.1 as f64));
    let target = |((name, count), bar): (&(String, u64), Bar)| SessionTarget {
        name: name.clone(),
        href: requests(found, &[("model", name)]),
        requests: Count(*count),
        bar,
    };
    found.models.iter().zip(bars).map(target).collect()
}

fn timeline(mut newest: Vec<StoredRequest>) -> Timeline {
    newest.reverse();
    let first = newest.first().map_or(0, |it| it.record.started_ms);
    let spans: Vec<Span> = newest.into_iter().map(|it| span(it, first)).collect();
    let length_ms = spans.iter().map(|it| it.from_ms + it.took_ms).fold(1.0, f64::max);
    Timeline { length_ms, spans }
}

fn span(it: StoredRequest, first_ms: i64) -> Span {
    let record = it.record;
    let target = if record.model.is_empty() { record.requested_model.clone() } else { record.model.clone() };
    let tokens = format!("{} in, {} out", Count(record.tokens.input).exact(), Count(record.tokens.output).exact());
    Span {
        name: if record.group.is_empty() { record.requested_model.clone() } else { record.group.clone() },
        detail: if record.failed() { format!("{target}, {}", record.code) } else { format!("{target}, {tokens}") },
        tone: record.failed().then_some(if record.status < 500 { Tone::Warning } else { Tone::Bad }),
        from_ms: (record.started_ms - first_ms).max(0) as f64,
        took_ms: record.latency_us as f64 / 1000.0,
    }
}

/// Its requests, as files.
fn exports(found: &Session) -> Exports {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("since", &rfc3339(found.first_ms));
    query.append_pair("filter", &format!("session={}", found.last.record.session));
    let query = query.finish();
    let of = |format: &str| format!("/api/v1/requests/export?{query}&format={format}");
    Exports { csv: of("csv"), json: of("json"), ndjson: of("ndjson") }
}
