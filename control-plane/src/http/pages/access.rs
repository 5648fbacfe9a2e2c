//! Who may use what: a matrix of callers and groups, each cell with its reasons.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    access::{AccessVerdict, GroupAccess},
    document::Caller,
    permission::{Action, permit},
};
use web::{
    Screen,
    access::{self as view, Access, AccessAnswer, AccessCell, AccessReason, AccessRow},
    form::Choice,
    parts::{Absent, Pager, Sieve, SieveChoice, Why},
};

use super::{
    address::{Address, encoded},
    command_line::CommandLine,
    export,
    projects::{caller_href, document},
    reader::{Reader, sees},
    wrong::Wrong,
};
use crate::{http::App, manage::access::AccessMatrix};

/// How many callers a page has.
const ROWS: usize = 50;
/// How many groups stand side by side.
const COLUMNS: usize = 40;

/// The groups that the address asks for.
fn groups_of<'a>(matrix: &AccessMatrix<'a>, asked: &'a Address) -> impl Iterator<Item = &'a str> + use<'a> {
    let only = asked.own("of").filter(|it| !it.is_empty());
    matrix.document.groups.keys().map(String::as_str).filter(move |it| only.is_none_or(|only| only == *it))
}

/// The callers that the address asks for.
fn callers_of<'a>(matrix: &'a AccessMatrix<'a>, asked: &'a Address) -> impl Iterator<Item = &'a Caller> {
    let q = asked.own("q").unwrap_or_default().to_lowercase();
    let project = asked.own("project").unwrap_or_default();
    let verdict = asked.own("verdict").unwrap_or_default();
    let has = move |text: &str| text.to_lowercase().contains(&q);
    matrix.document.callers.iter().filter(move |it| {
        let of = it.project.as_deref().unwrap_or_default();
        let is = |group| matrix.of(it, group).is_some_and(|it| it.verdict.as_str() == verdict);
        (has(&it.id) || has(&it.user) || has(of))
            && (project.is_empty() || of == project)
            && (verdict.is_empty() || groups_of(matrix, asked).any(is))
    })
}

/// The matrix, and the answer to a question.
pub async fn show(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let document = document(&app, &reader).await?;
    let matrix = AccessMatrix::read(&app.control, &reader.admin.grants, &document).await?;
    let view = page(&reader, &matrix);
    Ok(reader.shows(Screen::Access, &view).into_response())
}

/// The matrix as a file: a line for each cell.
pub async fn exported(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let document = document(&app, &reader).await?;
    let matrix = AccessMatrix::read(&app.control, &reader.admin.grants, &document).await?;
    let asked = &reader.address;
    let cell = |caller: &Caller, group: &str| {
        let found = matrix.of(caller, group)?;
        let why: Vec<&str> = found.reasons.iter().filter(|it| !it.holds).map(|it| it.text.as_str()).collect();
        let project = caller.project.clone().unwrap_or_default();
        Some(vec![caller.id.clone(), project, group.to_owned(), found.verdict.as_str().to_owned(), why.join(" ")])
    };
    let (cell, matrix) = (&cell, &matrix);
    let rows =
        callers_of(matrix, asked).flat_map(move |it| groups_of(matrix, asked).filter_map(move |group| cell(it, group)));
    let columns = ["caller", "project", "group", "verdict", "why_not"];
    export::file("access", asked.own("format").unwrap_or_default(), &columns, rows)
}

fn page(reader: &Reader, matrix: &AccessMatrix<'_>) -> Access {
    let asked = &reader.address;
    let document = matrix.document;
    let groups: Vec<&str> = groups_of(matrix, asked).take(COLUMNS).collect();
    let after = asked.own("after").filter(|it| !it.is_empty());
    let mut callers = callers_of(matrix, asked).peekable();
    if let Some(after) = after {
        callers.by_ref().find(|it| it.id == after);
    }
    let shown: Vec<&Caller> = callers.by_ref().take(ROWS).collect();
    let last = shown.last().filter(|_| callers.peek().is_some()).map(|it| with(asked, &[("after", &it.id)]));
    let rows = shown.iter().map(|it| AccessRow {
        caller: it.id.clone(),
        href: caller_href(&it.id),
        project: it.project.clone().unwrap_or_default(),
        cells: groups.iter().filter_map(|group| cell(asked, matrix, it, group)).collect(),
    });
    let (caller, group) = (asked.own("caller").unwrap_or_default(), asked.own("group").unwrap_or_default());
    let choice = |it: &str, on: &str| Choice { value: it.to_owned(), text: it.to_owned(), on: it == on };
    let sees_groups = sees(&reader.admin.grants, Screen::Groups);
    let group_href =
        |it: &str| if sees_groups { format!("/groups/{}", encoded(it)) } else { with(asked, &[("of", it)]) };
    Access {
        sieve: sieve(asked, document),
        groups: groups.iter().map(|it| ((*it).to_owned(), group_href(it))).collect(),
        rows: rows.collect(),
        absent: absent(document.callers.is_empty() || document.groups.is_empty()),
        pager: Pager { first_href: after.map(|_| with(asked, &[("after", "")])), next_href: last },
        exports: export::exports("/access/export", &query(asked, &[("after", ""), ("caller", ""), ("group", "")])),
        ask_callers: document.callers.iter().map(|it| choice(&it.id, caller)).collect(),
        ask_groups: document.groups.keys().map(|it| choice(it, group)).collect(),
        answer: answer(reader, matrix, caller, group),
        command: command(asked, caller, group),
    }
}

/// The same for a terminal.
fn command(asked: &Address, caller: &str, group: &str) -> String {
    let of = if group.is_empty() { asked.own("of").unwrap_or_default() } else { group };
    let own = |name| asked.own(name).unwrap_or_default();
    let asked = [("caller", caller), ("group", of), ("project", own("project")), ("verdict", own("verdict"))];
    let mut line = CommandLine::new("smart-router access");
    for (name, value) in asked {
        line.option(name, value);
    }
    line.to_string()
}

fn cell(asked: &Address, matrix: &AccessMatrix<'_>, caller: &Caller, group: &str) -> Option<AccessCell> {
    let found = matrix.of(caller, group)?;
    let why_href = with(asked, &[("caller", &caller.id), ("group", group)]);
    Some(AccessCell { verdict: shown(found.verdict), why_href })
}

const fn shown(verdict: AccessVerdict) -> view::AccessVerdict {
    match verdict {
        AccessVerdict::Yes => view::AccessVerdict::Yes,
        AccessVerdict::Default => view::AccessVerdict::Default,
        AccessVerdict::Blocked => view::AccessVerdict::Blocked,
        AccessVerdict::No => view::AccessVerdict::No,
    }
}

/// Why somebody may use something or not, and where that can be changed.
fn answer(reader: &Reader, matrix: &AccessMatrix<'_>, caller: &str, group: &str) -> Option<AccessAnswer> {
    let found = matrix.document.caller(caller)?;
    let GroupAccess { verdict, reasons } = matrix.of(found, group)?;
    let text = match verdict {
        AccessVerdict::Yes => format!("{caller} may use {group}."),
        AccessVerdict::Default => format!("{caller} may use {group}, and means it by auto."),
        AccessVerdict::Blocked => format!("{caller} may use {group}, but cannot now."),
        AccessVerdict::No => format!("{caller} may not use {group}."),
    };
    let may = |action| permit(&reader.admin.grants, action, found.project.as_deref()).is_ok();
    let fails = reasons.iter().find(|it| !it.holds).map(|it| it.rule);
    let go = match fails {
        Some("tokens") if may(Action::TokenWrite) => {
            Some(("New token".to_owned(), format!("/tokens/new?caller={}", encoded(caller))))
        }
        Some("targets") if sees(&reader.admin.grants, Screen::Groups) => {
            Some((format!("See {group}"), format!("/groups/{}", encoded(group))))
        }
        Some("targets" | "tokens") => None,
        _ if may(Action::CallerWrite) => Some((format!("Edit {caller}"), format!("{}/edit", caller_href(caller)))),
        _ => None,
    };
    let reason = |it: control_plane_core::access::AccessReason| AccessReason { holds: it.holds, text: it.text };
    Some(AccessAnswer { text, verdict: shown(verdict), reasons: reasons.into_iter().map(reason).collect(), go })
}

fn absent(none: bool) -> Absent {
    if none {
        let text = "Once there are callers and groups, this says which caller may use which.";
        return Absent::new(Why::NotYet, "Nobody to use anything", text).go("Projects", "/projects");
    }
    Absent::new(Why::FilteredOut, "No caller is like that", "Look for something else.").go("All callers", "/access")
}

fn query(asked: &Address, other: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["q", "project", "of", "verdict", "after", "caller", "group"] {
        let value = other.iter().find(|it| it.0 == name).map_or(asked.own(name).unwrap_or_default(), |it| it.1);
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

fn with(asked: &Address, other: &[(&str, &str)]) -> String {
    let query = query(asked, other);
    if query.is_empty() { "/access".to_owned() } else { format!("/access?{query}") }
}

fn sieve(asked: &Address, document: &Document) -> Sieve {
    let value = |name: &str| asked.own(name).unwrap_or_default().to_owned();
    let choice = |name: &'static str, label, any: &str, values: Vec<(String, String)>| SieveChoice {
        name,
        label,
        options: std::iter::once((String::new(), any.to_owned())).chain(values).collect(),
        value: value(name),
    };
    let same = |it: &String| (it.clone(), it.clone());
    let verdicts = [
        ("yes", "May use it"),
        ("default", "Means it by auto"),
        ("blocked", "May, and cannot now"),
        ("no", "May not use it"),
    ];
    let verdicts = verdicts.map(|(value, words)| (value.to_owned(), words.to_owned())).to_vec();
    let is_chosen = ["q", "project", "of", "verdict"].iter().any(|it| !value(it).is_empty());
    Sieve {
        action: "/access".to_owned(),
        search: value("q"),
        placeholder: "Caller, person or project",
        choices: vec![
            choice("project", "Project", "Any project", document.projects.keys().map(same).collect()),
            choice("of", "Group", "All groups", document.groups.keys().map(same).collect()),
            choice("verdict", "Whether", "Whether or not", verdicts),
        ],
        kept: Vec::new(),
        clear_href: is_chosen.then(|| "/access".to_owned()),
    }
}
