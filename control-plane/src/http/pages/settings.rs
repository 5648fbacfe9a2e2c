//! How this installation is set up: settings of the configuration, which can be changed, and what it was started with.

mod edit;
mod started;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    Document, canonical,
    diff::shown,
    document::{OidcProvider, RoleRule},
    domain::view as seen_part,
    permission::{Action, Visible},
    schema,
};
use serde_json::Value;
use web::{
    Screen, Shown, Tag, Tone,
    parts::{Absent, Editing, Table, Why},
    sheet::{Sheet, SheetCard},
};

use super::{editing, reader::Reader, wrong::Wrong};
use crate::{
    http::App,
    manage::{ManageError, config},
};

pub use edit::{ask, save};

/// The settings, as far as whoever asks sees them.
pub async fn settings(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let visible = reader.admin.visible(Action::ConfigRead);
    let (version, document) = in_force(&app).await?;
    let editing = editing::editing(&app, &reader, Action::SettingsWrite, None);
    let mut cards = vec![of_configuration(&seen_part(&document, &visible), editing.is_open())];
    if visible == Visible::All {
        cards.push(started::kept_for());
        cards.push(started::this(&app));
        cards.push(providers(&document.oidc));
        cards.push(roles(&document.oidc));
    }
    let view = Sheet {
        crumbs: Vec::new(),
        title: Screen::Settings.title().to_owned(),
        lead: match version {
            0 => "There is no configuration yet: everything is as it is by default.".to_owned(),
            _ => format!("How this installation is set up, as of version {version}."),
        },
        state: None,
        tabs: Vec::new(),
        editing: if editing == Editing::NotPermitted { Editing::Open } else { editing },
        actions: Vec::new(),
        notices: Vec::new(),
        figures: Vec::new(),
        cards,
        command: "smart-router config export\nsmart-router config patch --expected-version <version> changes.json"
            .to_owned(),
    };
    Ok(reader.shows(Screen::Settings, &view).into_response())
}

/// The version in force and what it says; 0 and nothing where there is none.
async fn in_force(app: &App) -> Result<(u64, Document), ManageError> {
    let current = config::current(app.control.store.read()).await?;
    Ok(current.map_or_else(|| (0, Document::empty()), |it| (it.about.version, it.document)))
}

fn listed(title: &str, lead: &str, columns: Vec<&'static str>, rows: Vec<Vec<Shown>>, absent: Absent) -> SheetCard {
    let table = Table { caption: title.to_owned(), columns, rows, absent };
    SheetCard { title: title.to_owned(), lead: lead.to_owned(), more: None, facts: Vec::new(), table: Some(table) }
}

fn of_configuration(document: &Document, can_edit: bool) -> SheetCard {
    let value = canonical::to_value(document);
    let row = |(key, meaning): (&str, &str)| {
        let now = value["settings"].get(key).map_or(Shown::Missing("as by default"), |it| Shown::Text(said(it)));
        let name = if can_edit {
            Shown::Link(key.to_owned(), format!("/settings/{key}/edit"))
        } else {
            Shown::Code(key.to_owned())
        };
        vec![name, now, Shown::Prose(meaning.to_owned())]
    };
    let rows = schema::settings().map(row).collect();
    let lead =
        if can_edit { "Each is changed as a draft, which says whom it touches before it is applied." } else { "" };
    let absent = Absent::new(Why::NotPermitted, "Not for you", "Settings are for operators.");
    listed("Of the configuration", lead, vec!["Setting", "Value", "What it means"], rows, absent)
}

/// A value as one reads it in a line: mappings without their braces.
fn said(value: &Value) -> String {
    match value {
        Value::Object(all) => {
            all.iter().map(|(key, it)| format!("{key}: {}", shown(it))).collect::<Vec<_>>().join(", ")
        }
        other => shown(other),
    }
}

fn providers(all: &[OidcProvider]) -> SheetCard {
    let row = |it: &OidcProvider| {
        let state = if it.disabled { Tag::plain("off") } else { Tag::new(Tone::Good, "on") };
        vec![
            Shown::Text(it.shown().to_owned()),
            Shown::Code(it.issuer.clone()),
            Shown::Code(it.client_id.clone()),
            Shown::Tag(state),
        ]
    };
    let absent = Absent::new(
        Why::NotYet,
        "No login provider",
        "People enter with an admin token, or with the link that a standalone prints at every start.",
    )
    .go("How to set one up", "/docs/login");
    let columns = vec!["Provider", "Issuer", "Client", "State"];
    listed("Login providers", "", columns, all.iter().map(row).collect(), absent)
}

fn roles(all: &[OidcProvider]) -> SheetCard {
    let row = |(provider, it): (&OidcProvider, &RoleRule)| {
        vec![
            Shown::Text(provider.shown().to_owned()),
            Shown::Text(format!("{} is or has {}", it.claim, it.value)),
            Shown::Tag(Tag::plain(it.role.as_str())),
            Shown::Text(it.projects.as_ref().map_or_else(|| "everywhere".to_owned(), |it| it.join(", "))),
        ]
    };
    let rules = all.iter().flat_map(|provider| provider.roles.iter().map(move |rule| (provider, rule)));
    let absent = Absent::new(Why::NotYet, "No rules", "Nobody enters with a login provider until a rule gives a role.");
    listed("Roles by claims", "", vec!["Provider", "When", "Role", "Where"], rules.map(row).collect(), absent)
}
