//! Caller tokens: the list, one, making one, and what can be done to one.

mod act;
mod create;
mod once;
mod one;

use std::collections::{BTreeSet, HashMap};

use axum::{extract::State, response::IntoResponse, response::Response};
use control_plane_core::{
    Document,
    permission::{Action, Visible, permit_somewhere},
    report::{Query, Request, Subject},
    token::{TokenRecord, TokenState},
};
use url::form_urlencoded::Serializer;
use web::{
    Screen, Tag, Tone,
    parts::{Absent, Pager, Sieve, SieveChoice, Tab, Why},
    show::{Count, Moment, Money},
    tokens::{TokenRow, Tokens},
};

use super::{
    address::{Address, month},
    export,
    reader::Reader,
    wrong::Wrong,
};
use crate::{
    clock::now_ms,
    http::{App, moment::rfc3339},
    manage::{self, ManageError, token},
    store::report,
};

pub use act::{ask, done};
pub use create::{create, first, new};
pub use one::show;

/// How many a page has.
const ROWS: usize = 50;
/// What expires within this time expires soon.
const SOON_MS: i64 = 7 * 86_400_000;

/// A token, and what its caller works for.
pub(super) struct Owned {
    record: TokenRecord,
    project: Option<String>,
}

/// Whether a token is in a part of the list at a point in time.
type Within = fn(&TokenRecord, i64) -> bool;

/// The parts of the list, each with what belongs to it.
const TABS: [(&str, &str, Within); 6] = [
    ("", "All", |_, _| true),
    ("active", "Active", is_open),
    ("suspended", "Suspended", |it, _| it.state == TokenState::Suspended),
    ("expiring", "Expiring", |it, now| is_open(it, now) && expires_soon(it, now)),
    ("unused", "Never used", |it, now| is_open(it, now) && it.last_used_ms.is_none()),
    ("closed", "Closed", |it, now| !is_open(it, now) && it.state != TokenState::Suspended),
];

fn is_open(it: &TokenRecord, now: i64) -> bool {
    it.state == TokenState::Active && !it.has_expired(now)
}

fn expires_soon(it: &TokenRecord, now: i64) -> bool {
    it.expires_ms.is_some_and(|at| at > now && at - now < SOON_MS)
}

/// How a token is, as a word with its colour.
pub(super) fn state(it: &TokenRecord, now: i64) -> Tag {
    match it.state {
        TokenState::Active if it.has_expired(now) => Tag::plain("expired"),
        TokenState::Active => Tag::new(Tone::Good, "active"),
        TokenState::Suspended => Tag::new(Tone::Warning, "suspended"),
        other => Tag::plain(other.as_str()),
    }
}

/// The configuration in force; an empty one where there is none.
pub(super) async fn document(app: &App) -> Result<Document, ManageError> {
    let current = manage::config::current(app.control.store.read()).await?;
    Ok(current.map_or_else(Document::empty, |it| it.document))
}

fn project_of(document: &Document, caller: &str) -> Option<String> {
    document.caller(caller).and_then(|it| it.project.clone())
}

/// A token that the reader may see; what belongs to another project is not there.
async fn found(app: &App, reader: &Reader, id: &str) -> Result<Owned, Wrong> {
    let record = token::as_it_is(&app.control, id).await?.record;
    let project = project_of(&document(app).await?, &record.caller);
    if reader.admin.visible(Action::TokenRead).includes(project.as_deref()) {
        return Ok(Owned { record, project });
    }
    Err(ManageError::NotFound { kind: "token", id: id.to_owned() }.into())
}

/// All that the reader may see, the newest first.
async fn seen(app: &App, reader: &Reader) -> Result<Vec<Owned>, Wrong> {
    let visible = reader.admin.visible(Action::TokenRead);
    let document = document(app).await?;
    let projects: HashMap<&str, Option<&String>> =
        document.callers.iter().map(|it| (it.id.as_str(), it.project.as_ref())).collect();
    let all = token::list(&app.control, &visible, None).await?;
    let owned = all.into_iter().rev().map(|record| {
        let project = projects.get(record.caller.as_str()).copied().flatten().cloned();
        Owned { record, project }
    });
    Ok(owned.collect())
}

/// Whether one is what the address asks for, its state aside.
fn is_asked_for(it: &Owned, asked: &Address) -> bool {
    let (q, project, caller) = (
        asked.own("q").unwrap_or_default().to_lowercase(),
        asked.own("project").unwrap_or_default(),
        asked.own("caller").unwrap_or_default(),
    );
    let record = &it.record;
    let has = |text: &str| text.to_lowercase().contains(&q);
    (q.is_empty() || has(&record.name) || has(&record.caller) || has(&record.id))
        && (project.is_empty() || it.project.as_deref() == Some(project))
        && (caller.is_empty() || record.caller == caller)
}

fn tab(asked: &Address) -> Within {
    TABS.iter().find(|it| it.0 == asked.own("state").unwrap_or_default()).map_or(TABS[0].2, |it| it.2)
}

/// The list.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let all = match seen(&app, &reader).await {
        Ok(all) => all,
        Err(wrong) => return Err(wrong),
    };
    let spend = spend(&app, &reader, now).await?;
    let view = view(&reader, &all, &spend, now);
    Ok(reader.shows(Screen::Tokens, &view).into_response())
}

/// The list as a file.
pub async fn exported(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let all = seen(&app, &reader).await?;
    let (asked, within) = (&reader.address, tab(&reader.address));
    let rows = all.iter().filter(|it| is_asked_for(it, asked) && within(&it.record, now)).map(|it| {
        let (record, at) = (&it.record, |ms: Option<i64>| ms.map(rfc3339).unwrap_or_default());
        vec![
            record.id.clone(),
            record.name.clone(),
            record.caller.clone(),
            it.project.clone().unwrap_or_default(),
            if record.state == TokenState::Active && record.has_expired(now) {
                "expired"
            } else {
                record.state.as_str()
            }
            .to_owned(),
            rfc3339(record.created_ms),
            at(record.expires_ms),
            at(record.last_used_ms),
        ]
    });
    let columns = ["id", "name", "caller", "project", "state", "created_at", "expires_at", "last_used_at"];
    export::file("tokens", asked.own("format").unwrap_or_default(), &columns, rows)
}

fn view(reader: &Reader, all: &[Owned], spend: &HashMap<String, u64>, now: i64) -> Tokens {
    let asked = &reader.address;
    let wanted: Vec<&Owned> = all.iter().filter(|it| is_asked_for(it, asked)).collect();
    let within = tab(asked);
    let mut rows = wanted.iter().filter(|it| within(&it.record, now)).peekable();
    let after = asked.own("after").unwrap_or_default();
    if !after.is_empty() {
        rows.by_ref().find(|it| it.record.id == after);
    }
    let shown: Vec<&&Owned> = rows.by_ref().take(ROWS).collect();
    let last = shown.last().map(|it| it.record.id.clone()).filter(|_| rows.peek().is_some());
    let next_href = last.map(|id| with(asked, &[("after", &id)]));
    let may = permit_somewhere(&reader.admin.grants, Action::TokenWrite).is_ok();
    Tokens {
        tabs: TABS
            .iter()
            .map(|(state, text, within)| Tab {
                text: (*text).to_owned(),
                href: with(asked, &[("state", state), ("after", "")]),
                count: Some(Count(wanted.iter().filter(|it| within(&it.record, now)).count() as u64)),
                current: asked.own("state").unwrap_or_default() == *state,
            })
            .collect(),
        sieve: sieve(asked, all),
        rows: shown.into_iter().map(|it| row(it, spend, now)).collect(),
        absent: absent(all.is_empty(), may),
        pager: Pager { first_href: (!after.is_empty()).then(|| with(asked, &[("after", "")])), next_href },
        exports: export::exports("/tokens/export", &query(asked, &[("after", ""), ("format", "")])),
        new_href: may.then(|| "/tokens/new".to_owned()),
        command: "smart-router token list".to_owned(),
    }
}

fn absent(none: bool, may: bool) -> Absent {
    if !none {
        return Absent::new(Why::FilteredOut, "No token is like that", "Look for something else, or in all states.")
            .go("All tokens", "/tokens");
    }
    let absent = Absent::new(Why::NotYet, "No tokens yet", "A caller shows a token with each request.");
    if may {
        absent.go("New token", "/tokens/new").command("smart-router token create --caller <caller>")
    } else {
        absent
    }
}

/// What the list's address says, with some of it otherwise.
fn query(asked: &Address, other: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    for name in ["state", "q", "project", "caller", "after"] {
        let value = other.iter().find(|it| it.0 == name).map_or(asked.own(name).unwrap_or_default(), |it| it.1);
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

fn with(asked: &Address, other: &[(&str, &str)]) -> String {
    let query = query(asked, other);
    if query.is_empty() { "/tokens".to_owned() } else { format!("/tokens?{query}") }
}

fn sieve(asked: &Address, all: &[Owned]) -> Sieve {
    let projects: BTreeSet<&str> = all.iter().filter_map(|it| it.project.as_deref()).collect();
    let callers: BTreeSet<&str> = all.iter().map(|it| it.record.caller.as_str()).collect();
    let choice = |name, label, any: &str, values: BTreeSet<&str>| SieveChoice {
        name,
        label,
        options: std::iter::once((String::new(), any.to_owned()))
            .chain(values.into_iter().map(|it| (it.to_owned(), it.to_owned())))
            .collect(),
        value: asked.own(name).unwrap_or_default().to_owned(),
    };
    let is_chosen = ["q", "project", "caller"].iter().any(|it| !asked.own(it).unwrap_or_default().is_empty());
    let state = asked.own("state").unwrap_or_default();
    Sieve {
        action: "/tokens".to_owned(),
        search: asked.own("q").unwrap_or_default().to_owned(),
        placeholder: "Name, caller or id",
        choices: vec![
            choice("project", "Project", "Any project", projects),
            choice("caller", "Caller", "Any caller", callers),
        ],
        kept: if state.is_empty() { Vec::new() } else { vec![("state".to_owned(), state.to_owned())] },
        clear_href: is_chosen.then(|| with(asked, &[("q", ""), ("project", ""), ("caller", ""), ("after", "")])),
    }
}

fn row(it: &Owned, spend: &HashMap<String, u64>, now: i64) -> TokenRow {
    let record = &it.record;
    let moment = |at_ms| Moment { at_ms, now_ms: now };
    TokenRow {
        id: record.id.clone(),
        name: record.name.clone(),
        href: format!("/tokens/{}", record.id),
        caller: record.caller.clone(),
        caller_href: with(&Address::default(), &[("caller", &record.caller)]),
        project: it.project.clone().unwrap_or_default(),
        state: state(record, now),
        used: record.last_used_ms.map(moment),
        expires: record.expires_ms.map(moment),
        expires_soon: expires_soon(record, now),
        spend: Money(spend.get(&record.id).copied().unwrap_or_default().into()),
    }
}

/// What was spent with each token this month, in nanodollars, as far as the reader may see that.
async fn spend(app: &App, reader: &Reader, now: i64) -> Result<HashMap<String, u64>, Wrong> {
    let visible: Visible = reader.admin.visible(Action::ReportRead);
    let query = Query { since: month(now), group_by: vec!["token".to_owned()], ..Query::default() };
    let request = Request::parse(Subject::Requests, &query, now)?;
    let mut tx = app.control.store.read_consistent().await?;
    let rows = report::sums(&mut tx, &request, &visible).await?;
    Ok(rows.into_iter().filter_map(|it| Some((it.values.into_iter().next()?, it.measures.cost_nanousd))).collect())
}
