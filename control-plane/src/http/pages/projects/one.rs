use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    permission::{Action, Domain, Grants, permit},
};
use web::{
    Screen, Shown, Tag, Tone,
    parts::{Absent, Crumb, Fact, Table, Why},
    sheet::{Sheet, SheetAction, SheetCard, SheetWeight},
    show::{Count, Moment, Money},
};

use super::{ProjectUse, caller_href, document, project_href, requests_href, state, used};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::InPath,
        pages::{
            address::{encoded, month},
            editing,
            reader::{Reader, sees},
            spend::this_month,
            wrong::Wrong,
        },
    },
    manage::{ManageError, admin_token},
};

/// How many of its callers stand on its page.
const CALLERS: usize = 25;

/// One project: who calls for it, who administers it, which groups are its own.
pub async fn show(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let document = document(&app, &reader).await?;
    let Some(project) = document.projects.get(&id) else {
        return Err(ManageError::NotFound { kind: "project", id }.into());
    };
    let now = now_ms();
    let all = used(&app, &reader, &document, now).await?;
    let of_it: Vec<&ProjectUse<'_>> = all.iter().filter(|it| it.caller.project.as_ref() == Some(&id)).collect();
    let usage = this_month(&app, &reader, &["project"], &[format!("project={id}")], now).await?;
    let sum = usage.get(std::slice::from_ref(&id)).copied().unwrap_or_default();
    let open: u64 = of_it.iter().map(|it| it.held.open).sum();
    let grants = &reader.admin.grants;
    let view = Sheet {
        crumbs: vec![Crumb::new("Projects", "/projects")],
        title: id.clone(),
        lead: if project.owner.is_empty() { String::new() } else { format!("{} answers for it.", project.owner) },
        state: None,
        tabs: Vec::new(),
        editing: editing::allowed(&app, permit(grants, Action::ProjectWrite, None).is_ok()),
        actions: actions(&app, grants, &id),
        notices: Vec::new(),
        figures: vec![
            Fact::new("Spend this month", Shown::Money(Money(sum.cost_nanousd.into()))),
            Fact::new("Requests", Shown::Count(Count(sum.requests))),
            Fact::new("Errors", Shown::Count(Count(sum.errors))),
            Fact::new("Tokens", Shown::Count(Count(sum.input_tokens + sum.output_tokens))),
            Fact::new("Callers", Shown::Count(Count(of_it.len() as u64))),
            Fact::new("Open tokens of callers", Shown::Count(Count(open))),
        ],
        cards: vec![
            callers(&of_it, &id, now),
            groups(&app, &reader, &document, &id, now).await?,
            administered(&app, &reader, &document, &id).await?,
        ],
        command: format!("smart-router report --group-by caller,group --filter project={id} --since {}", month(now)),
    };
    Ok(reader.shows_titled(Screen::Projects, &id, &view).into_response())
}

fn actions(app: &App, grants: &Grants, id: &str) -> Vec<SheetAction> {
    if !app.control.config_mode.is_editable_in_browser() {
        return Vec::new();
    }
    let href = project_href(id);
    let mut all = Vec::new();
    if permit(grants, Action::ProjectWrite, None).is_ok() {
        all.push(SheetAction { text: "Remove", href: format!("{href}/remove"), weight: SheetWeight::Final });
        all.push(SheetAction { text: "Edit", href: format!("{href}/edit"), weight: SheetWeight::Second });
    }
    if permit(grants, Action::AdminTokenWrite, Some(id)).is_ok() {
        let href = format!("/admins/tokens/new?project={}", encoded(id));
        all.push(SheetAction { text: "Give somebody access", href, weight: SheetWeight::Second });
    }
    if permit(grants, Action::CallerWrite, Some(id)).is_ok() {
        let href = format!("/callers/new?project={}", encoded(id));
        all.push(SheetAction { text: "New caller", href, weight: SheetWeight::First });
    }
    all
}

fn callers(all: &[&ProjectUse<'_>], id: &str, now_ms: i64) -> SheetCard {
    let row = |it: &&&ProjectUse<'_>| {
        vec![
            Shown::Link(it.caller.id.clone(), caller_href(&it.caller.id)),
            Shown::Tag(state(it.caller)),
            Shown::text(it.caller.allow.join(", "), "nothing"),
            Shown::Count(Count(it.held.open)),
            it.held.used_ms.map_or(Shown::Missing("never"), |at_ms| Shown::Moment(Moment { at_ms, now_ms })),
            Shown::Count(Count(it.requests)),
            Shown::Money(Money(it.cost_nanousd.into())),
        ]
    };
    let table = Table {
        caption: "Callers".to_owned(),
        columns: vec!["Caller", "State", "May use", "Tokens", "Last used", "Requests", "Spend"],
        rows: all.iter().take(CALLERS).map(|it| row(&it)).collect(),
        absent: Absent::new(Why::NotYet, "No caller works for it", "Make one, or give it one that is there."),
    };
    let more = (format!("All {}", all.len()), format!("/projects?project={}", encoded(id)));
    SheetCard {
        title: "Callers, this month".to_owned(),
        lead: String::new(),
        more: (!all.is_empty()).then_some(more),
        facts: Vec::new(),
        table: Some(table),
    }
}

async fn groups(app: &App, reader: &Reader, document: &Document, id: &str, now: i64) -> Result<SheetCard, Wrong> {
    let usage = this_month(app, reader, &["group"], &[format!("project={id}")], now).await?;
    let sees_groups = sees(&reader.admin.grants, Screen::Groups);
    let own = |name: &str| document.groups.get(name).is_some_and(|it| it.project.as_deref() == Some(id));
    let allowed = document.callers.iter().filter(|it| it.project.as_deref() == Some(id)).flat_map(|it| &it.allow);
    let mut names: Vec<&String> = document.groups.keys().filter(|it| own(it)).collect();
    for name in allowed {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let rows = names.into_iter().map(|name| {
        let measures = usage.get(std::slice::from_ref(name)).copied().unwrap_or_default();
        let shown = if sees_groups {
            Shown::Link(name.clone(), format!("/groups/{}", encoded(name)))
        } else {
            Shown::Text(name.clone())
        };
        let whose = if own(name) { Tag::new(Tone::Note, "its own") } else { Tag::plain("offered to it") };
        vec![
            shown,
            Shown::Tag(whose),
            Shown::Count(Count(measures.requests)),
            Shown::Money(Money(measures.cost_nanousd.into())),
        ]
    });
    let table = Table {
        caption: "Groups".to_owned(),
        columns: vec!["Group", "Whose", "Requests", "Spend"],
        rows: rows.collect(),
        absent: Absent::new(Why::NotYet, "No groups", "None of its callers may use a group, and none is its own."),
    };
    let more = ("Its requests".to_owned(), requests_href("project", id, now));
    Ok(SheetCard {
        title: "Groups, this month".to_owned(),
        lead: String::new(),
        more: Some(more),
        facts: Vec::new(),
        table: Some(table),
    })
}

/// By what people administer a project: admin tokens, and rules of OpenID providers.
async fn administered(app: &App, reader: &Reader, document: &Document, id: &str) -> Result<SheetCard, Wrong> {
    let grants = &reader.admin.grants;
    let mut rows = Vec::new();
    let domain = |names: Option<&[String]>| match names {
        None => Some("everywhere"),
        Some(names) if names.iter().any(|it| it == id) => Some("in this project"),
        Some(_) => None,
    };
    // Who sees the whole document sees its rules.
    for (provider, rule) in document.oidc.iter().flat_map(|it| it.roles.iter().map(move |rule| (it, rule))) {
        if let Some(place) = domain(rule.projects.as_deref()) {
            rows.push(vec![
                Shown::Text(format!("{} is {}", rule.claim, rule.value)),
                Shown::Tag(Tag::plain(rule.role.as_str())),
                Shown::Text(place.to_owned()),
                Shown::Text(format!("rule of {}", provider.shown())),
            ]);
        }
    }
    let now = now_ms();
    let tokens = admin_token::list(&app.control, &reader.admin.visible(Action::AdminTokenRead)).await?;
    for it in tokens.iter().filter(|it| it.expires_ms.is_none_or(|at| at > now)) {
        for grant in it.grants.iter() {
            let names: Option<Vec<String>> = match &grant.domain {
                Domain::Everywhere => None,
                Domain::Projects(projects) => Some(projects.names().iter().cloned().collect()),
            };
            if let Some(place) = domain(names.as_deref()) {
                rows.push(vec![
                    Shown::Text(it.name.clone()),
                    Shown::Tag(Tag::plain(grant.role.as_str())),
                    Shown::Text(place.to_owned()),
                    Shown::Text("admin token".to_owned()),
                ]);
            }
        }
    }
    let sees_tokens = permit(grants, Action::AdminTokenRead, Some(id)).is_ok();
    let absent = if sees_tokens {
        Absent::new(Why::NotYet, "Nobody yet", "Make an admin token for it, or a rule of an OpenID provider.")
    } else {
        Absent::new(Why::NotPermitted, "This is for auditors and owners", "They see who administers what.")
    };
    let table =
        Table { caption: "Who administers it".to_owned(), columns: vec!["Who", "Role", "Where", "By"], rows, absent };
    Ok(SheetCard {
        title: "Who administers it".to_owned(),
        lead: String::new(),
        more: None,
        facts: Vec::new(),
        table: Some(table),
    })
}
