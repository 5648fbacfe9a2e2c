//! One caller, and how one is made, changed and removed.

mod form;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::Caller,
    permission::{Action, permit},
    token::TokenRecord,
};
use web::{
    Screen, Shown,
    parts::{Absent, Crumb, Fact, Table, Why},
    projects::CallerPage,
    show::{Count, Moment, Money},
};

use super::{
    address::{Address, encoded, month},
    editing,
    projects::{caller_href, document, project_href, requests_href, state},
    reader::{Reader, sees},
    spend::this_month,
    tokens,
    wrong::Wrong,
};
use crate::{
    clock::now_ms,
    http::{App, input::InPath},
    manage::{ManageError, token},
};

pub use form::{ask_removal, change, create, new, remove, save};

/// How many of its tokens are listed.
const TOKENS: usize = 20;

/// One caller.
pub async fn show(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let document = document(&app, &reader).await?;
    let Some(caller) = document.caller(&id) else { return Err(ManageError::NotFound { kind: "caller", id }.into()) };
    let view = view(&app, &reader, &document, caller).await?;
    Ok(reader.shows_titled(Screen::Projects, &id, &view).into_response())
}

async fn view(app: &App, reader: &Reader, document: &Document, caller: &Caller) -> Result<CallerPage, Wrong> {
    let now = now_ms();
    let id = &caller.id;
    let grants = &reader.admin.grants;
    let may = |action| permit(grants, action, caller.project.as_deref()).is_ok();
    let filter = [format!("caller={id}")];
    let by_group = this_month(app, reader, &["group"], &filter, now).await?;
    let held = token::list(&app.control, &reader.admin.visible(Action::TokenRead), Some(id)).await?;
    let href = caller_href(id);
    let mut crumbs = vec![Crumb::new("Projects", "/projects")];
    crumbs.extend(caller.project.as_ref().map(|it| Crumb::new(it, project_href(it))));
    let explore = Address { since: month(now), filters: filter.to_vec(), ..Address::default() };
    let explore = explore.href_with(Screen::Explore.path(), &[("metric", "spend"), ("group_by", "group")]);
    let mut sum = control_plane_core::rollup::Measures::default();
    for it in by_group.values() {
        sum.add(it);
    }
    let used = held.iter().filter_map(|it| it.last_used_ms).max();
    Ok(CallerPage {
        crumbs,
        name: id.clone(),
        state: state(caller),
        editing: editing::allowed(app, may(Action::CallerWrite)),
        edit_href: format!("{href}/edit"),
        remove_href: format!("{href}/remove"),
        new_token_href: if may(Action::TokenWrite) {
            format!("/tokens/new?caller={}", encoded(id))
        } else {
            String::new()
        },
        explore_href: if sees(grants, Screen::Explore) { explore } else { String::new() },
        access_href: if sees(grants, Screen::Access) { format!("/access?q={}", encoded(id)) } else { String::new() },
        tokens_href: format!("/tokens?caller={}", encoded(id)),
        requests_href: requests_href("caller", id, now),
        facts: facts(document, caller),
        limits: limits(caller),
        figures: vec![
            Fact::new("Spend", Shown::Money(Money(sum.cost_nanousd.into()))),
            Fact::new("Requests", Shown::Count(Count(sum.requests))),
            Fact::new("Errors", Shown::Count(Count(sum.errors))),
            Fact::new("Tokens", Shown::Count(Count(sum.input_tokens + sum.output_tokens))),
            Fact::new(
                "Last used",
                used.map_or(Shown::Missing("never"), |at_ms| Shown::Moment(Moment { at_ms, now_ms: now })),
            ),
        ],
        groups: groups(reader, caller, &by_group, may(Action::CallerWrite)),
        tokens: of_tokens(caller, &held, now, may(Action::TokenWrite)),
        command: format!("smart-router report --group-by group --filter caller={id} --since {}", month(now)),
    })
}

fn facts(document: &Document, caller: &Caller) -> Vec<Fact> {
    let project = caller.project.as_ref();
    let default = caller.default_group.as_ref().or(document.settings.default_group.as_ref());
    let scopes: Vec<&str> = caller.scopes.iter().map(|it| it.as_str()).collect();
    vec![
        Fact::new("Answers for it", Shown::text(&caller.user, "nobody is named")),
        Fact::new("Project", project.map_or(Shown::Missing("none"), |it| Shown::Link(it.clone(), project_href(it)))),
        Fact::new("Environment", Shown::text(&caller.environment, "not said")),
        Fact::new("auto means", default.map_or(Shown::Missing("nothing"), |it| Shown::Text(it.clone()))),
        Fact::new("Its tokens may", Shown::text(scopes.join(", "), "nothing")),
    ]
}

fn limits(caller: &Caller) -> Vec<Fact> {
    vec![
        Fact::new("Requests a minute", Shown::count(caller.limits.rpm, "no limit")),
        Fact::new("Tokens a minute", Shown::count(caller.limits.tpm, "no limit")),
        Fact::new("At the same time", Shown::count(caller.limits.concurrency, "no limit")),
    ]
}

fn groups(
    reader: &Reader,
    caller: &Caller,
    usage: &std::collections::HashMap<Vec<String>, control_plane_core::rollup::Measures>,
    may: bool,
) -> Table {
    let sees_groups = sees(&reader.admin.grants, Screen::Groups);
    let row = |name: &String| {
        let measures = usage.get(std::slice::from_ref(name)).copied().unwrap_or_default();
        let name = if sees_groups {
            Shown::Link(name.clone(), format!("/groups/{}", encoded(name)))
        } else {
            Shown::Text(name.clone())
        };
        vec![name, Shown::Count(Count(measures.requests)), Shown::Money(Money(measures.cost_nanousd.into()))]
    };
    let absent = Absent::new(Why::NotYet, "It may use nothing", "Choose groups that it may use.");
    let href = format!("{}/edit", caller_href(&caller.id));
    Table {
        caption: "Groups that it may use".to_owned(),
        columns: vec!["Group", "Requests", "Spend"],
        rows: caller.allow.iter().map(row).collect(),
        absent: if may { absent.go("Edit", href) } else { absent },
    }
}

fn of_tokens(caller: &Caller, held: &[TokenRecord], now: i64, may: bool) -> Table {
    let mut held: Vec<&TokenRecord> = held.iter().collect();
    held.sort_by_key(|it| (tokens::state(it, now).text != "active", std::cmp::Reverse(it.created_ms)));
    let row = |it: &&TokenRecord| {
        let name = if it.name.is_empty() { &it.id } else { &it.name };
        vec![
            Shown::Link(name.clone(), format!("/tokens/{}", it.id)),
            Shown::Tag(tokens::state(it, now)),
            it.last_used_ms.map_or(Shown::Missing("never"), |at_ms| Shown::Moment(Moment { at_ms, now_ms: now })),
        ]
    };
    let absent = Absent::new(Why::NotYet, "No tokens yet", "It cannot call without one.");
    let href = format!("/tokens/new?caller={}", encoded(&caller.id));
    Table {
        caption: "Tokens".to_owned(),
        columns: vec!["Token", "State", "Last used"],
        rows: held.iter().take(TOKENS).map(row).collect(),
        absent: if may { absent.go("New token", href) } else { absent },
    }
}
