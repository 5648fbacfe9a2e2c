//! What was changed and by whom, and what administrators looked at.

mod file;

use std::collections::HashMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::permission::{Action, permit};
use web::{
    Screen, Tag, Tone,
    audit::{AuditPage, AuditRow},
    parts::{Absent, Pager, Sieve, SieveChoice, Tab, Why},
    show::Moment,
};

use super::{
    address::{Address, encoded},
    export,
    reader::{Reader, sees},
    wrong::Wrong,
};
use crate::{
    clock::now_ms,
    http::{
        App,
        audit::{AccessAsked, AuditAsked},
        input::PageSize,
        problem::Problem,
    },
    manage::{admin_token, audit},
    store::{
        admin_session,
        audit::{AccessLine, AccessQuery, AuditEntry, AuditQuery},
    },
};

pub use file::exported;

/// How many a page has.
const ROWS: &str = "50";
/// Names of people are looked up among so many sessions.
const SESSIONS: u32 = 500;

/// What can be chosen: values and words.
const ACTIONS: [(&str, &str); 9] = [
    ("config.", "The configuration"),
    ("token.", "Tokens"),
    ("admin-token.", "Admin tokens"),
    ("admin-session.", "Logins"),
    ("credential.", "Providers' keys"),
    ("node.", "Routers"),
    ("draft.", "Drafts"),
    ("master-key.", "The master key"),
    ("version.", "Versions"),
];
const PERIODS: [(&str, &str); 5] =
    [("1h", "The last hour"), ("24h", "24 hours"), ("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days")];

/// Whether the address asks for requests instead of changes.
fn asks_for_requests(asked: &Address) -> bool {
    asked.own("tab") == Some("requests")
}

fn value(asked: &Address, name: &str) -> String {
    asked.own(name).unwrap_or_default().trim().to_owned()
}

fn page_size() -> PageSize {
    ROWS.parse().unwrap_or_default()
}

/// The changes that the address asks for.
fn changes(reader: &Reader) -> Result<AuditQuery, Problem> {
    let asked = &reader.address;
    let own = |name| value(asked, name);
    AuditAsked {
        before: own("before").parse().ok(),
        limit: page_size(),
        actor: own("actor"),
        action: own("action"),
        target: own("target"),
        q: own("q"),
        since: asked.since.clone(),
        until: asked.until.clone(),
    }
    .query(reader.admin.visible(Action::AuditRead))
}

/// The requests that the address asks for.
fn requests(asked: &Address) -> Result<AccessQuery, Problem> {
    let own = |name| value(asked, name);
    AccessAsked {
        before: own("before").parse().ok(),
        limit: page_size(),
        actor: own("actor"),
        route: own("q"),
        failed: own("failed") == "true",
        since: asked.since.clone(),
    }
    .query()
}

/// The log, a page of it.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let view = if asks_for_requests(&reader.address) {
        permit(&reader.admin.grants, Action::AccessRead, None)?;
        let found = audit::accesses(&app.control, &requests(&reader.address)?).await?;
        let names = names(&app, &reader).await?;
        let next = found.last().filter(|_| found.len() >= page_size().get() as usize).map(|it| it.at_ms.to_string());
        let rows = found.into_iter().map(|it| request_row(&it, &names, now)).collect();
        view(&reader, rows, next)
    } else {
        let found = audit::list(&app.control, &changes(&reader)?).await?;
        let names = names(&app, &reader).await?;
        let next = found.last().filter(|_| found.len() >= page_size().get() as usize).map(|it| it.id.to_string());
        let rows = found.into_iter().map(|it| change_row(&reader, it, &names, now)).collect();
        view(&reader, rows, next)
    };
    Ok(reader.shows(Screen::Audit, &view).into_response())
}

/// What people and admin tokens are called, for those who may see that.
async fn names(app: &App, reader: &Reader) -> Result<HashMap<String, String>, Wrong> {
    let mut names = HashMap::new();
    for it in admin_token::list(&app.control, &reader.admin.visible(Action::AdminTokenRead)).await? {
        names.insert(format!("admin-token/{}", it.id), it.name);
    }
    if permit(&reader.admin.grants, Action::AccessRead, None).is_ok() {
        for it in admin_session::all(app.control.store.read(), SESSIONS).await? {
            names.entry(crate::login::actor(&it).label()).or_insert(it.name);
        }
    }
    Ok(names)
}

fn who(label: &str, names: &HashMap<String, String>) -> (String, String) {
    match names.get(label).filter(|it| !it.is_empty()) {
        Some(name) => (name.clone(), label.to_owned()),
        None => (label.to_owned(), String::new()),
    }
}

fn change_row(reader: &Reader, it: AuditEntry, names: &HashMap<String, String>, now_ms: i64) -> AuditRow {
    let (who, from) = who(&it.actor, names);
    let word = it.action.rsplit('.').next().unwrap_or_default();
    let what = match word {
        "revoke" | "remove" | "end" | "forget" | "second-use" => Tag::new(Tone::Bad, it.action.clone()),
        "suspend" | "discard" | "drain" | "rollback" | "adopt" => Tag::new(Tone::Warning, it.action.clone()),
        _ => Tag::plain(it.action.clone()),
    };
    AuditRow {
        id: it.id.to_string(),
        at: Moment { at_ms: it.at_ms, now_ms },
        who,
        from,
        what,
        href: href(reader, &it),
        target: it.target,
        version: it.version.map(|it| it.to_string()).unwrap_or_default(),
        detail: it.detail.replace('\n', "; "),
    }
}

/// The page of what a change was made to; empty: it has none, or not for the reader.
fn href(reader: &Reader, it: &AuditEntry) -> String {
    let sees = |screen, path: String| if sees(&reader.admin.grants, screen) { path } else { String::new() };
    match (it.target.split_once('/'), it.version) {
        (Some(("token", id)), _) => sees(Screen::Tokens, format!("/tokens/{}", encoded(id))),
        (Some(("node", id)), _) => sees(Screen::Nodes, format!("/nodes/{}", encoded(id))),
        (Some(("provider", id)), _) => sees(Screen::Providers, format!("/providers/{}", encoded(id))),
        (None, Some(version)) if it.target == "config" => sees(Screen::Versions, format!("/versions/{version}")),
        _ => String::new(),
    }
}

fn request_row(it: &AccessLine, names: &HashMap<String, String>, now_ms: i64) -> AuditRow {
    let (who, from) = who(&it.actor, names);
    let text = format!("{} {}", it.method, it.route);
    let what = match it.status {
        500.. => Tag::new(Tone::Bad, text),
        400.. => Tag::new(Tone::Warning, text),
        _ => Tag::plain(text),
    };
    AuditRow {
        id: String::new(),
        at: Moment { at_ms: it.at_ms, now_ms },
        who,
        from,
        what,
        target: it.status.to_string(),
        href: String::new(),
        version: String::new(),
        detail: String::new(),
    }
}

fn view(reader: &Reader, rows: Vec<AuditRow>, next: Option<String>) -> AuditPage {
    let asked = &reader.address;
    let of_requests = asks_for_requests(asked);
    let before = value(asked, "before");
    let tab = |text: &str, name: &str, current| Tab {
        text: text.to_owned(),
        href: if name.is_empty() { "/audit".to_owned() } else { format!("/audit?tab={name}") },
        count: None,
        current,
    };
    let sees_requests = permit(&reader.admin.grants, Action::AccessRead, None).is_ok();
    let mut tabs = vec![tab("Changes", "", !of_requests)];
    if sees_requests {
        tabs.push(tab("Requests of administrators", "requests", of_requests));
    }
    AuditPage {
        tabs,
        sieve: sieve(asked, of_requests),
        rows,
        absent: absent(asked, of_requests),
        pager: Pager {
            first_href: (!before.is_empty()).then(|| with(asked, &[("before", "")])),
            next_href: next.map(|it| with(asked, &[("before", &it)])),
        },
        exports: export::exports("/audit/export", &query(asked, &[("before", "")])),
        command: command(asked, of_requests),
    }
}

fn command(asked: &Address, of_requests: bool) -> String {
    let mut line = format!("smart-router audit {}", if of_requests { "requests" } else { "list" });
    for name in ["actor", "action", "target"] {
        let value = value(asked, name);
        if !value.is_empty() && (!of_requests || name == "actor") {
            line += &format!(" --{name} {value}");
        }
    }
    if !asked.since.is_empty() {
        line += &format!(" --since {}", asked.since);
    }
    line
}

fn absent(asked: &Address, of_requests: bool) -> Absent {
    let chosen = ["q", "actor", "action", "target", "failed"].iter().any(|it| !value(asked, it).is_empty());
    if chosen || !asked.since.is_empty() {
        return Absent::new(Why::FilteredOut, "Nothing like that", "Look for something else, or in a longer period.")
            .go("All of it", if of_requests { "/audit?tab=requests" } else { "/audit" });
    }
    Absent::new(Why::NotYet, "Nothing yet", "Every change stands here, with who made it.")
}

fn query(asked: &Address, other: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["tab", "q", "actor", "action", "target", "failed", "since", "until", "before"] {
        let of_all = match name {
            "since" => asked.since.clone(),
            "until" => asked.until.clone(),
            name => value(asked, name),
        };
        let value = other.iter().find(|it| it.0 == name).map_or(of_all, |it| it.1.to_owned());
        if !value.is_empty() {
            query.append_pair(name, &value);
        }
    }
    query.finish()
}

fn with(asked: &Address, other: &[(&str, &str)]) -> String {
    let query = query(asked, other);
    if query.is_empty() { "/audit".to_owned() } else { format!("/audit?{query}") }
}

fn sieve(asked: &Address, of_requests: bool) -> Sieve {
    let choice = |name, label, any: &str, options: &[(&str, &str)], value: String| {
        let mut options: Vec<(String, String)> = std::iter::once(("", any))
            .chain(options.iter().copied())
            .map(|(value, words)| (value.to_owned(), words.to_owned()))
            .collect();
        if !options.iter().any(|it| it.0 == value) {
            options.push((value.clone(), value.clone()));
        }
        SieveChoice { name, label, options, value }
    };
    let since = choice("since", "Since", "Ever", &PERIODS, asked.since.clone());
    let mut choices = if of_requests {
        vec![
            choice("failed", "Outcome", "Any outcome", &[("true", "Refused or failed")], value(asked, "failed")),
            since,
        ]
    } else {
        vec![choice("action", "What", "Any change", &ACTIONS, value(asked, "action")), since]
    };
    for (name, label, any) in [("actor", "Who", "Anybody"), ("target", "To what", "Anything")] {
        let value = value(asked, name);
        if !value.is_empty() {
            choices.push(choice(name, label, any, &[], value));
        }
    }
    let chosen = ["q", "actor", "action", "target", "failed"].iter().any(|it| !value(asked, it).is_empty());
    Sieve {
        action: "/audit".to_owned(),
        search: value(asked, "q"),
        placeholder: if of_requests { "A route: /api/v1/tokens" } else { "Who, to what, or a word of it" },
        choices,
        kept: if of_requests { vec![("tab".to_owned(), "requests".to_owned())] } else { Vec::new() },
        clear_href: (chosen || !asked.since.is_empty())
            .then(|| if of_requests { "/audit?tab=requests" } else { "/audit" }.to_owned()),
    }
}
