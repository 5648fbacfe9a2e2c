//! Projects and their callers: the list, one project, and how one is made, changed and removed.

mod form;
mod one;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::Caller,
    permission::{Action, permit, permit_somewhere},
    token::TokenState,
};
use web::{
    Screen, Tag, Tone,
    parts::{Absent, Pager, Sieve, SieveChoice, Why},
    projects::{CallerRow, ProjectRow, Projects},
    show::{Count, Moment, Money},
};

use super::{
    address::{Address, encoded, month},
    editing, export,
    reader::Reader,
    spend::this_month,
    wrong::Wrong,
};
use crate::{
    clock::now_ms,
    http::{App, moment::rfc3339},
    manage::{config, token},
};

pub use form::{ask_removal, change, create, new, remove, save};
pub use one::show;

/// How many callers of each project are listed beside others.
const FEW: usize = 8;
/// How many are listed of one project.
const MANY: usize = 100;

/// The tokens of a caller.
#[derive(Clone, Copy, Default)]
pub(super) struct TokensHeld {
    /// How many are open.
    pub open: u64,
    /// When one was last used.
    pub used_ms: Option<i64>,
}

/// A caller with its use.
pub(super) struct ProjectUse<'a> {
    pub caller: &'a Caller,
    pub held: TokensHeld,
    pub requests: u64,
    pub cost_nanousd: u64,
}

/// What somebody sees of the configuration in force.
pub(super) async fn document(app: &App, reader: &Reader) -> Result<Document, Wrong> {
    Ok(config::edit::base(&app.control, reader.admin.author(), None).await?.1)
}

/// The callers that somebody sees, those that have spent the most this month first.
pub(super) async fn used<'a>(
    app: &App,
    reader: &Reader,
    document: &'a Document,
    now: i64,
) -> Result<Vec<ProjectUse<'a>>, Wrong> {
    let mut held: HashMap<String, TokensHeld> = HashMap::new();
    for it in token::list(&app.control, &reader.admin.visible(Action::TokenRead), None).await? {
        let of = held.entry(it.caller.clone()).or_default();
        of.open += u64::from(it.state == TokenState::Active && !it.has_expired(now));
        of.used_ms = of.used_ms.max(it.last_used_ms);
    }
    let usage = this_month(app, reader, &["caller"], &[], now).await?;
    let mut all: Vec<ProjectUse<'_>> = document
        .callers
        .iter()
        .map(|caller| {
            let measures = usage.get(std::slice::from_ref(&caller.id)).copied().unwrap_or_default();
            let held = held.get(&caller.id).copied().unwrap_or_default();
            ProjectUse { caller, held, requests: measures.requests, cost_nanousd: measures.cost_nanousd }
        })
        .collect();
    all.sort_by(|one, other| {
        Reverse(one.cost_nanousd).cmp(&Reverse(other.cost_nanousd)).then_with(|| one.caller.id.cmp(&other.caller.id))
    });
    Ok(all)
}

/// How a caller is.
pub(super) fn state(caller: &Caller) -> Tag {
    if caller.disabled { Tag::new(Tone::Warning, "disabled") } else { Tag::new(Tone::Good, "open") }
}

/// The page of a caller.
pub(super) fn caller_href(id: &str) -> String {
    format!("/callers/{}", encoded(id))
}

/// The page of a project.
pub(super) fn project_href(id: &str) -> String {
    format!("/projects/{}", encoded(id))
}

/// The requests of this month with a value.
pub(super) fn requests_href(dimension: &str, value: &str, now: i64) -> String {
    let asked = Address { since: month(now), filters: vec![format!("{dimension}={value}")], ..Address::default() };
    asked.href(Screen::Requests.path())
}

/// The list.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let document = document(&app, &reader).await?;
    let all = used(&app, &reader, &document, now).await?;
    let view = view(&app, &reader, &document, &all, now);
    Ok(reader.shows(Screen::Projects, &view).into_response())
}

/// The callers as a file.
pub async fn exported(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let document = document(&app, &reader).await?;
    let all = used(&app, &reader, &document, now).await?;
    let asked = &reader.address;
    let rows = all.iter().filter(|it| is_asked_for(it, asked)).map(|it| {
        let caller = it.caller;
        vec![
            caller.id.clone(),
            caller.project.clone().unwrap_or_default(),
            caller.user.clone(),
            caller.environment.clone(),
            if caller.disabled { "disabled" } else { "open" }.to_owned(),
            caller.allow.join(" "),
            it.held.open.to_string(),
            it.held.used_ms.map(rfc3339).unwrap_or_default(),
            it.requests.to_string(),
            Money(it.cost_nanousd.into()).exact(),
        ]
    });
    let columns = [
        "caller",
        "project",
        "user",
        "environment",
        "state",
        "allow",
        "open_tokens",
        "last_used_at",
        "requests_this_month",
        "cost_usd_this_month",
    ];
    export::file("callers", asked.own("format").unwrap_or_default(), &columns, rows)
}

/// Whether a caller is what the address asks for.
fn is_asked_for(it: &ProjectUse<'_>, asked: &Address) -> bool {
    let q = asked.own("q").unwrap_or_default().to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&q);
    let caller = it.caller;
    let of = caller.project.as_deref().unwrap_or_default();
    let matches = q.is_empty() || has(&caller.id) || has(&caller.user) || has(of);
    let state = match asked.own("state").unwrap_or_default() {
        "open" => !caller.disabled,
        "disabled" => caller.disabled,
        "unused" => it.requests == 0,
        _ => true,
    };
    matches && state && asked.own("project").filter(|it| !it.is_empty()).is_none_or(|it| it == of)
}

fn view(app: &App, reader: &Reader, document: &Document, all: &[ProjectUse<'_>], now: i64) -> Projects {
    let asked = &reader.address;
    let grants = &reader.admin.grants;
    let chosen = |name: &str| asked.own(name).filter(|it| !it.is_empty());
    let is_chosen = chosen("q").or(chosen("state")).is_some();
    let project = chosen("project");
    let mut by_project: BTreeMap<&str, Vec<&ProjectUse<'_>>> = BTreeMap::new();
    for it in all.iter().filter(|it| is_asked_for(it, asked)) {
        by_project.entry(it.caller.project.as_deref().unwrap_or_default()).or_default().push(it);
    }
    let names = document.projects.keys().map(String::as_str).chain(std::iter::once(""));
    let shown = names.filter(|it| project.is_none_or(|only| only == *it));
    let most = if project.is_some() { MANY } else { FEW };
    let mut pager = Pager::default();
    let mut rows = Vec::new();
    for name in shown {
        let callers = by_project.remove(name).unwrap_or_default();
        if callers.is_empty() && (is_chosen || name.is_empty()) {
            continue;
        }
        let after = project.and(chosen("after"));
        let skip = after.and_then(|id| callers.iter().position(|it| it.caller.id == id)).map_or(0, |at| at + 1);
        let page: Vec<CallerRow> = callers.iter().skip(skip).take(most).map(|it| row(it, now)).collect();
        let rest = callers.len() - skip - page.len();
        if project.is_some() {
            let last = page.last().filter(|_| rest > 0).map(|it| with(asked, &[("after", &it.name)]));
            pager = Pager { first_href: after.map(|_| with(asked, &[("after", "")])), next_href: last };
        }
        rows.push(ProjectRow {
            name: name.to_owned(),
            page_href: if name.is_empty() { String::new() } else { project_href(name) },
            href: requests_href("project", name, now),
            spend: Money(callers.iter().map(|it| i128::from(it.cost_nanousd)).sum()),
            callers: page,
            more: Count(if project.is_some() { 0 } else { rest as u64 }),
            more_href: with(asked, &[("project", name)]),
        });
    }
    let may_make = permit_somewhere(grants, Action::CallerWrite).is_ok();
    let new = project.map_or_else(|| "/callers/new".to_owned(), |it| format!("/callers/new?project={}", encoded(it)));
    Projects {
        editing: editing::allowed(app, may_make),
        sieve: sieve(asked, document),
        rows,
        absent: absent(document.callers.is_empty() && document.projects.is_empty(), may_make),
        pager,
        exports: export::exports("/projects/export", &query(asked, &[("after", "")])),
        new_caller_href: may_make.then_some(new),
        new_project_href: permit(grants, Action::ProjectWrite, None).is_ok().then(|| "/projects/new".to_owned()),
        command: format!("smart-router report --group-by project,caller --since {}", month(now)),
    }
}

fn absent(none: bool, may: bool) -> Absent {
    if !none {
        return Absent::new(Why::FilteredOut, "No caller is like that", "Look for something else.")
            .go("All callers", "/projects");
    }
    let text = "A caller is an application, an agent or a person. Its tokens open the groups that it may use.";
    let absent = Absent::new(Why::NotYet, "No callers yet", text);
    if may { absent.go("New caller", "/callers/new") } else { absent }
}

fn row(it: &ProjectUse<'_>, now_ms: i64) -> CallerRow {
    CallerRow {
        name: it.caller.id.clone(),
        href: caller_href(&it.caller.id),
        user: it.caller.user.clone(),
        state: state(it.caller),
        groups: it.caller.allow.clone(),
        tokens: Count(it.held.open),
        used: it.held.used_ms.map(|at_ms| Moment { at_ms, now_ms }),
        spend: Money(it.cost_nanousd.into()),
    }
}

fn query(asked: &Address, other: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["project", "state", "q", "after"] {
        let value = other.iter().find(|it| it.0 == name).map_or(asked.own(name).unwrap_or_default(), |it| it.1);
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

fn with(asked: &Address, other: &[(&str, &str)]) -> String {
    let query = query(asked, other);
    if query.is_empty() { "/projects".to_owned() } else { format!("/projects?{query}") }
}

fn sieve(asked: &Address, document: &Document) -> Sieve {
    let value = |name: &str| asked.own(name).unwrap_or_default().to_owned();
    let projects = document.projects.keys().map(|it| (it.clone(), it.clone()));
    let any = |words: &str| (String::new(), words.to_owned());
    let states = [("open", "Open"), ("disabled", "Disabled"), ("unused", "No request this month")];
    let states = states.map(|(value, words)| (value.to_owned(), words.to_owned()));
    let is_chosen = ["q", "project", "state"].iter().any(|it| !value(it).is_empty());
    Sieve {
        action: "/projects".to_owned(),
        search: value("q"),
        placeholder: "Caller, person or project",
        choices: vec![
            SieveChoice {
                name: "project",
                label: "Project",
                options: std::iter::once(any("Any project")).chain(projects).collect(),
                value: value("project"),
            },
            SieveChoice {
                name: "state",
                label: "State",
                options: std::iter::once(any("Any state")).chain(states).collect(),
                value: value("state"),
            },
        ],
        kept: Vec::new(),
        clear_href: is_chosen.then(|| "/projects".to_owned()),
    }
}
