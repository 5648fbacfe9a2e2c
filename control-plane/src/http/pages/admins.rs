//! Who administers: people who are logged in, rules of OpenID providers, admin tokens; and one's own sessions.

mod rule;
mod session;
mod token;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document,
    document::AdminSessions,
    permission::{Action, Domain, Grants, permit, permit_somewhere},
};
use web::{
    Screen, Shown, Tag, Tone,
    parts::{Absent, Fact, Table, Why},
    sheet::{Sheet, SheetAction, SheetCard, SheetWeight},
    show::{Count, Moment},
};

use super::{
    address::encoded,
    editing,
    projects::document,
    reader::{Reader, sees},
    wrong::Wrong,
};
use crate::{
    clock::now_ms,
    http::App,
    login::{self, Rules},
    manage::admin_token,
    store::{
        admin::StoredAdminToken,
        admin_session::{Origin, StoredSession},
    },
};

pub use rule::{ask_removal as ask_rule_removal, create as create_rule, new as new_rule, remove as remove_rule};
pub use session::{ask as ask_end, end};
pub use token::{ask as ask_revoke, create as create_token, new as new_token, revoke};

/// More people than administer anything.
const MOST: u32 = 1_000;

/// Everything that the reader may see of it.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let now = now_ms();
    let rules = app.logins.rules().await?;
    let grants = &reader.admin.grants;
    let sees_all = permit(grants, Action::AccessRead, None).is_ok();
    let sessions = login::list(&app.control, &rules, (!sees_all).then_some(&reader.admin.actor), MOST).await?;
    let document = document(&app, &reader).await?;
    let may_make = permit_somewhere(grants, Action::AdminTokenWrite).is_ok();
    let sees_tokens = permit_somewhere(grants, Action::AdminTokenRead).is_ok();
    let tokens = admin_token::list(&app.control, &reader.admin.visible(Action::AdminTokenRead)).await?;
    let mut cards = vec![people(&reader, &rules, &sessions, now)];
    if sees_tokens {
        cards.push(of_tokens(&reader, &tokens, now));
    }
    if sees_all {
        cards.push(of_rules(&app, &reader, &document));
    }
    let view = Sheet {
        crumbs: Vec::new(),
        title: "Administrators".to_owned(),
        lead: "Who may do what here: people with a login, and admin tokens.".to_owned(),
        state: None,
        tabs: Vec::new(),
        editing: editing::allowed(&app, permit(grants, Action::AdminTokenWrite, None).is_ok()),
        actions: actions(&app, grants, &document, may_make),
        notices: Vec::new(),
        figures: figures(&rules.sessions, sees_tokens.then_some(tokens.len()), sessions.len()),
        cards,
        command: if sees_tokens {
            "smart-router admin-token list\nsmart-router admin-session list"
        } else {
            "smart-router admin-session list"
        }
        .to_owned(),
    };
    let screen = if sees(grants, Screen::Admins) { Screen::Admins } else { Screen::Nowhere };
    Ok(reader.shows_titled(screen, "Administrators", &view).into_response())
}

fn figures(limits: &AdminSessions, tokens: Option<usize>, sessions: usize) -> Vec<Fact> {
    let mut all = vec![Fact::new("Logged in", Shown::Count(Count(sessions as u64)))];
    all.extend(tokens.map(|it| Fact::new("Admin tokens", Shown::Count(Count(it as u64)))));
    all.push(Fact::new("Idle sessions end after", Shown::Text(limits.idle_timeout.to_string())));
    all.push(Fact::new("All end after", Shown::Text(limits.absolute_timeout.to_string())));
    all
}

fn actions(app: &App, grants: &Grants, document: &Document, may_make: bool) -> Vec<SheetAction> {
    let mut all = Vec::new();
    let edits = app.control.config_mode.is_editable_in_browser();
    if edits && !document.oidc.is_empty() && permit(grants, Action::AdminTokenWrite, None).is_ok() {
        all.push(SheetAction { text: "New rule", href: "/admins/rules/new".to_owned(), weight: SheetWeight::Second });
    }
    if may_make {
        let href = "/admins/tokens/new".to_owned();
        all.push(SheetAction { text: "New admin token", href, weight: SheetWeight::First });
    }
    all
}

fn moment(at: Option<i64>, now_ms: i64) -> Shown {
    at.map_or(Shown::Missing("never"), |at_ms| Shown::Moment(Moment { at_ms, now_ms }))
}

/// What somebody may do, each role with where it holds.
fn roles(grants: &Grants) -> Shown {
    let tag = |it: &control_plane_core::permission::Grant| match &it.domain {
        Domain::Everywhere => Tag::plain(it.role.as_str()),
        Domain::Projects(_) => Tag::new(Tone::Note, it.to_string()),
    };
    Shown::Tags(grants.iter().map(tag).collect())
}

fn card(title: &str, lead: &str, table: Table) -> SheetCard {
    SheetCard { title: title.to_owned(), lead: lead.to_owned(), more: None, facts: Vec::new(), table: Some(table) }
}

/// How somebody has logged in, and by what they may do what they may.
fn by(rules: &Rules, it: &StoredSession) -> String {
    match &it.origin {
        Origin::Oidc(from) => {
            let provider = rules.provider(&from.provider);
            format!("rules of {}", provider.map_or(from.provider.as_str(), |it| it.shown()))
        }
        Origin::AdminToken { id, .. } => format!("admin token {id}"),
        Origin::Link => "link of the start".to_owned(),
    }
}

fn people(reader: &Reader, rules: &Rules, sessions: &[StoredSession], now: i64) -> SheetCard {
    let grants = &reader.admin.grants;
    let current = reader.admin.session.as_ref().map(|it| it.id.as_str());
    let may_end = permit(grants, Action::SessionWrite, None).is_ok();
    let row = |it: &StoredSession| {
        let own = login::actor(it).label() == reader.admin.actor.label();
        let may = match login::granted(rules, it) {
            Some(grants) => roles(&grants),
            None => Shown::Missing("what the token may"),
        };
        let end = if current == Some(it.id.as_str()) {
            Shown::Tag(Tag::new(Tone::Good, "this one"))
        } else if own || may_end {
            Shown::Link("End".to_owned(), format!("/admins/sessions/{}/end", encoded(&it.id)))
        } else {
            Shown::Missing("none")
        };
        vec![
            Shown::Text(it.name.clone()),
            may,
            Shown::Text(by(rules, it)),
            Shown::text(browser(&it.user_agent), "not said"),
            moment(Some(it.created_ms), now),
            moment(Some(it.last_used_ms), now),
            end,
        ]
    };
    let everybody = permit(grants, Action::AccessRead, None).is_ok();
    let (title, lead) = if everybody {
        ("People who are logged in", "What somebody may do follows from the rules in force, at each request.")
    } else {
        ("Your sessions", "Where you are logged in.")
    };
    let table = Table {
        caption: title.to_owned(),
        columns: vec!["Who", "May", "By", "Browser", "Logged in", "Last used", "Action"],
        rows: sessions.iter().map(row).collect(),
        absent: Absent::new(Why::NotYet, "Nobody is logged in", "You came with an admin token, without a session."),
    };
    card(title, lead, table)
}

/// What a browser calls itself, in a few words.
fn browser(user_agent: &str) -> String {
    let first = |names: &[(&str, &str)]| names.iter().find(|it| user_agent.contains(it.0)).map(|it| it.1.to_owned());
    let program = first(&[("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (program, system) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => user_agent.chars().take(40).collect(),
    }
}

fn of_tokens(reader: &Reader, tokens: &[StoredAdminToken], now: i64) -> SheetCard {
    let may_revoke = permit_somewhere(&reader.admin.grants, Action::AdminTokenWrite).is_ok();
    let own = reader.admin.actor.label();
    let maker = |label: &str| {
        let id = label.strip_prefix("admin-token/").unwrap_or_default();
        tokens.iter().find(|it| it.id == id && !it.name.is_empty()).map_or(label, |it| &it.name).to_owned()
    };
    let row = |it: &StoredAdminToken| {
        let is_over = it.expires_ms.is_some_and(|at| at <= now);
        let expires = if is_over { Shown::Tag(Tag::plain("expired")) } else { moment(it.expires_ms, now) };
        let close = if own == format!("admin-token/{}", it.id) {
            Shown::Tag(Tag::new(Tone::Good, "this one"))
        } else if may_revoke {
            Shown::Link("Revoke".to_owned(), format!("/admins/tokens/{}/revoke", encoded(&it.id)))
        } else {
            Shown::Missing("none")
        };
        vec![
            Shown::Text(it.name.clone()),
            Shown::Code(it.id.clone()),
            roles(&it.grants),
            moment(Some(it.created_ms), now),
            Shown::Text(maker(&it.created_by)),
            expires,
            close,
        ]
    };
    let absent = Absent::new(
        Why::NotYet,
        "No admin tokens",
        "A program shows one with each request; people can log in with it.",
    );
    let table = Table {
        caption: "Admin tokens".to_owned(),
        columns: vec!["Name", "Id", "May", "Made", "By", "Expires", "Action"],
        rows: tokens.iter().rev().map(row).collect(),
        absent: if may_revoke { absent.go("New admin token", "/admins/tokens/new") } else { absent },
    };
    card("Admin tokens", "Programs use them, and people who have no other login.", table)
}

fn of_rules(app: &App, reader: &Reader, document: &Document) -> SheetCard {
    let may = permit(&reader.admin.grants, Action::AdminTokenWrite, None).is_ok()
        && app.control.config_mode.is_editable_in_browser();
    let mut rows = Vec::new();
    for provider in &document.oidc {
        for (at, rule) in provider.roles.iter().enumerate() {
            let place = match &rule.projects {
                None => Shown::Text("everywhere".to_owned()),
                Some(names) => Shown::Text(names.join(", ")),
            };
            rows.push(vec![
                Shown::Text(format!("{} is {}", rule.claim, rule.value)),
                Shown::Tag(Tag::plain(rule.role.as_str())),
                place,
                Shown::Text(provider.shown().to_owned()),
                if may {
                    Shown::Link("Remove".to_owned(), format!("/admins/rules/{}/{at}/remove", encoded(&provider.id)))
                } else {
                    Shown::Missing("none")
                },
            ]);
        }
    }
    let absent = if document.oidc.is_empty() {
        Absent::new(
            Why::NotYet,
            "No OpenID provider",
            "People log in with admin tokens. With a provider under oidc in the configuration, its claims give roles.",
        )
        .go("How it is set up", "/docs/login.html")
    } else {
        Absent::new(Why::NotYet, "No rules", "Nobody whom the providers know has a role here.")
            .go("New rule", "/admins/rules/new")
    };
    let table = Table {
        caption: "Rules of OpenID providers".to_owned(),
        columns: vec!["When", "Gives", "Where", "Provider", "Action"],
        rows,
        absent,
    };
    let lead = "All rules that match what a provider says of somebody give their roles, from the next request on.";
    card("Rules of OpenID providers", lead, table)
}
