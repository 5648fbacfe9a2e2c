//! Providers: the list, one with its key and targets, and how one is changed.

mod form;
mod key;
mod key_shown;
mod one;
mod preset;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use control_plane_core::{
    document::{Provider, TargetState},
    permission::Action,
};
use web::{
    Screen,
    parts::{Absent, Why},
    providers::{ProviderRow, Providers},
    show::Count,
};

use super::{
    editing,
    ground::Ground,
    reader::{Reader, sees},
    traffic::Traffic,
    wrong::Wrong,
};
use crate::{clock::now_ms, http::App};

pub use form::{ask_removal, change, create, new, remove, save};
pub use key::{ask_to_remove, remove as remove_key, set as set_key};
pub use one::show;

pub use super::link::provider as href;

/// The list.
pub async fn list(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let ground = Ground::of(&app, &reader).await?;
    let traffic = Traffic::of(&app, &reader, now_ms()).await?;
    let keys = key_shown::all(&app, &ground).await?;
    let row = |(id, it): (&String, &Provider)| {
        let standing = traffic.provider(id, &lives(id, it));
        ProviderRow {
            name: id.clone(),
            href: href(id),
            address: it.base_url.clone(),
            dialects: it.dialects.iter().map(|it| it.as_str().to_owned()).collect(),
            state: standing.state,
            key: key_shown::state(keys.iter().find(|it| it.provider == *id)),
            models: Count(it.models.len() as u64),
            requests: standing.requests,
            failed: standing.failed,
            first_byte: standing.first_byte,
        }
    };
    let editing = editing::making(&app, &reader, Action::ProviderWrite);
    let absent = Absent::new(
        Why::NotYet,
        "No providers yet",
        "Add the first: OpenAI, Anthropic, a server of your own, or any other address.",
    );
    let view = Providers {
        rows: ground.document.providers.iter().map(row).collect(),
        absent: if editing.is_open() { absent.go("Add a provider", "/providers/new") } else { absent },
        new_href: "/providers/new".to_owned(),
        command: "smart-router credential list".to_owned(),
        editing,
    };
    Ok(reader.shows(Screen::Providers, &view).into_response())
}

/// The targets of a provider, and the life of each.
fn lives(id: &str, provider: &Provider) -> Vec<(String, TargetState)> {
    provider.models.iter().map(|(name, it)| (format!("{id}/{name}"), it.state)).collect()
}
