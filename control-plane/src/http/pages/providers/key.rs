//! A provider's key: where it comes from, and how another is sealed. No key is ever shown.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::Secret;
use serde::Deserialize;
use web::{
    Screen, Tone,
    confirm::Confirm,
    form::{self, Asked, Mistake},
    parts::{Crumb, Effect},
};

use super::{Ground, Reader, Wrong, href, one};
use crate::{
    http::{
        App,
        input::{InPath, Posted},
    },
    manage::{ManageError, credential},
};

/// What was entered.
#[derive(Deserialize)]
pub struct KeyForm {
    #[serde(default)]
    value: String,
}

/// What was typed.
#[derive(Deserialize)]
pub struct RemoveKeyForm {
    #[serde(default)]
    typed: String,
}

/// Seals a key.
pub async fn set(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    Posted(form): Posted<KeyForm>,
) -> Result<Response, Wrong> {
    let refused = match credential::set(&app.control, &reader.admin.actor, &id, &Secret::new(form.value)).await {
        Ok(_) => return Ok(Redirect::to(&format!("{}?told=key-set", href(&id))).into_response()),
        Err(error @ (ManageError::InvalidValue(_) | ManageError::Conflict(_))) => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    let view = one::view(&app, &reader, &id, Some(refused)).await?;
    let mut page = reader.shows_titled(Screen::Providers, &id, &view);
    page.status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page.into_response())
}

/// Asks before a key is forgotten.
pub async fn ask_to_remove(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
) -> Result<Response, Wrong> {
    let ground = Ground::of(&app, &reader).await?;
    ground.provider(&id)?;
    let view = question(&ground, &id, None);
    Ok(reader.shows_titled(Screen::Providers, &view.title, &view).into_response())
}

/// Forgets a key, when the provider's name was typed.
pub async fn remove(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    Posted(form): Posted<RemoveKeyForm>,
) -> Result<Response, Wrong> {
    if form.typed.trim() == id {
        credential::remove(&app.control, &reader.admin.actor, &id).await?;
        return Ok(Redirect::to(&format!("{}?told=key-removed", href(&id))).into_response());
    }
    let ground = Ground::of(&app, &reader).await?;
    let view = question(&ground, &id, Some("Type the word as it stands there.".to_owned()));
    let mut page = reader.shows_titled(Screen::Providers, &view.title, &view);
    page.status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page.into_response())
}

fn question(ground: &Ground, id: &str, refused: Option<String>) -> Confirm {
    let groups = ground.document.groups.iter().filter(|(_, it)| {
        it.targets.iter().any(|it| it.model.split_once('/').is_some_and(|(provider, _)| provider == id))
    });
    let whom: Vec<String> = groups.map(|it| it.0.clone()).collect();
    let effect = |tone, text: &str, whom| Effect { tone: Some(tone), text: text.to_owned(), whom };
    let mut effects = vec![effect(Tone::Bad, "The key is forgotten. Nobody can get it back from here.", Vec::new())];
    if !whom.is_empty() {
        effects.push(effect(Tone::Warning, "Requests of these groups go to the provider without a key:", whom));
    }
    let mistake = |text| Mistake { pointer: String::new(), field: String::new(), text, hint: String::new() };
    Confirm {
        crumbs: vec![Crumb::new("Providers", "/providers"), Crumb::new(id, href(id))],
        title: format!("Remove the key of {id}?"),
        facts: Vec::new(),
        asked: Asked { effects, typed: id.to_owned(), is_final: true },
        form: form::Form {
            action: format!("{}/key/remove", href(id)),
            mistakes: refused.map(mistake).into_iter().collect(),
            button: "Remove the key".to_owned(),
            cancel_href: href(id),
            command: format!("smart-router credential delete {id}"),
            ..form::Form::default()
        },
    }
}
