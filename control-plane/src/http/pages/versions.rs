//! Versions of the configuration: the list, one beside another, how routers take it, the way back, and drafts of the next.

mod acks;
mod compare;
mod draft;
mod draft_edit;
mod one;
mod rebase;
mod rollback;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    canonical,
    diff::summary_words,
    domain::view as seen_part,
    permission::{Action, Visible, permit},
};
use web::{
    Screen, Tag, Tone,
    parts::{Absent, Editing, Pager, Why},
    show::Moment,
    versions::{VersionRow, Versions},
};

use super::{changes, editing, reader::Reader, who::Names, wrong::Wrong};
use crate::{
    clock::now_ms,
    http::{App, input::InPath},
    manage::{
        ManageError,
        config::{self, draft as drafts},
        version::{self, VersionStanding},
    },
    store::config::{ConfigVersion, latest_version},
};

pub use acks::{acks, refusal};
pub use compare::compare;
pub use draft::{apply, discard, discarded, show as show_draft};
pub use draft_edit::{begin, create, edit, save};
pub use one::show;
pub use rebase::{ask as ask_to_rebase, rebase};
pub use rollback::{ask as ask_to_roll_back, roll_back};

/// How many a page has.
const ROWS: u32 = 50;

/// The list.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let before = reader.address.own("before").and_then(|it| it.parse().ok());
    let mut versions = config::versions(&app.control, before.unwrap_or(u64::MAX), ROWS + 1).await?;
    let more = versions.len() > ROWS as usize;
    versions.truncate(ROWS as usize);
    if reader.admin.visible(Action::ConfigRead) != Visible::All {
        let own = reader.admin.actor.label();
        versions.iter_mut().filter(|it| it.author != own).for_each(ConfigVersion::hide_words);
    }
    let names = Names::of(&app, &reader).await?;
    let latest = latest_version(app.control.store.read()).await?.unwrap_or(0);
    let state = in_force(&version::standing(&app.control, latest).await?);
    let now = now_ms();
    let row = |it: &ConfigVersion| {
        row(it, if it.version == latest { state.clone() } else { Tag::plain("replaced") }, &names, now)
    };
    let last = versions.last().map(|it| it.version).filter(|_| more);
    let first = before.map(|_| "/versions".to_owned());
    let editing = editing::editing(&app, &reader, Action::ConfigWrite, None);
    let drafts = if permit(&reader.admin.grants, Action::ConfigWrite, None).is_ok() {
        drafts::list(&app.control, reader.admin.author()).await?
    } else {
        Vec::new()
    };
    let view = Versions {
        drafts: drafts.iter().map(|it| draft::row(it, now)).collect(),
        rows: versions.iter().map(row).collect(),
        absent: absent(&editing),
        editing,
        pager: Pager { first_href: first, next_href: last.map(|it| format!("/versions?before={it}")) },
        new_href: "/versions/drafts/new".to_owned(),
        export_href: format!("/versions/{latest}/export"),
        command: "smart-router config versions\nsmart-router config export > smart-router.yaml".to_owned(),
    };
    Ok(reader.shows(Screen::Versions, &view).into_response())
}

fn absent(editing: &Editing) -> Absent {
    let absent = Absent::new(Why::NotYet, "No configuration yet", "Routers serve nothing until there is one.");
    if editing.is_open() {
        absent.go("Write a document", "/versions/drafts/new").command("smart-router config apply smart-router.yaml")
    } else {
        absent
    }
}

fn row(it: &ConfigVersion, state: Tag, names: &Names, now_ms: i64) -> VersionRow {
    let (author, with) = names.told(&it.author);
    VersionRow {
        name: it.version.to_string(),
        number: it.version.to_string(),
        href: format!("/versions/{}", it.version),
        state,
        comment: it.comment.clone(),
        ticket: it.ticket.clone(),
        changed: summary_words(&it.summary),
        author,
        how: it.restores.map_or(with, |restored| format!("back to version {restored}")),
        at: Moment { at_ms: it.created_ms, now_ms },
    }
}

/// On how many routers the version is that all should have.
fn in_force(standing: &VersionStanding) -> Tag {
    let (holding, all) = (standing.holding.len(), standing.holding.len() + standing.not_yet.len());
    match standing.not_yet.len() {
        _ if all == 0 => Tag::new(Tone::Note, "in force, no router"),
        0 => Tag::new(Tone::Good, "in force"),
        _ => Tag::new(Tone::Warning, format!("on {holding} of {all} routers")),
    }
}

/// The document of a version as a file that can be applied, as far as it is shown to whoever asks.
pub async fn exported(State(app): State<App>, reader: Reader, InPath(version): InPath<u64>) -> Result<Response, Wrong> {
    let found = config::get(&app.control, Some(version)).await?;
    let text = canonical::to_yaml(&seen_part(&found.document, &reader.admin.visible(Action::ConfigRead)));
    let name = format!("attachment; filename=\"smart-router-{}.yaml\"", found.about.version);
    let headers = [(header::CONTENT_TYPE, "application/yaml".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, text).into_response())
}

/// Where somebody goes who has applied something: they see how routers take it.
pub fn applied(version: u64, changes: usize) -> Response {
    let told = if changes == 0 { "version-same" } else { "version-applied" };
    axum::response::Redirect::to(&format!("/versions/{version}?told={told}")).into_response()
}

fn no_version(version: u64) -> ManageError {
    ManageError::NotFound { kind: "configuration version", id: version.to_string() }
}
