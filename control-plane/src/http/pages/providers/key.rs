//! A provider's key: where it comes from, and how another is sealed. No key is ever shown.

use axum::{
    extract::{Form, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::{
    Secret,
    permission::{Action, permit},
};
use serde::Deserialize;
use web::{
    Screen, Tag, Tone,
    confirm::Confirm,
    form::{self, Asked, Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Effect},
    providers::ProviderKey,
};

use super::{Ground, Reader, Wrong, href, one};
use crate::{
    http::{App, input::InPath, moment::rfc3339},
    manage::{
        ManageError,
        credential::{self, KeyOrigin, KeySource, KeyStanding},
    },
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

/// Where the keys of all providers come from; none where there is no configuration.
pub(super) async fn all(app: &App, ground: &Ground) -> Result<Vec<KeyOrigin>, Wrong> {
    if ground.version == 0 {
        return Ok(Vec::new());
    }
    Ok(credential::list(&app.control).await?)
}

/// How a key is, in a word.
pub(super) fn state(key: Option<&KeyOrigin>) -> Tag {
    match key.map(|it| (&it.source, &it.standing)) {
        None | Some((KeySource::None, _)) => Tag::plain("no key"),
        Some((_, KeyStanding::Unusable(_))) => Tag::new(Tone::Bad, "missing"),
        Some((_, KeyStanding::WithRouters)) => Tag::new(Tone::Note, "with routers"),
        Some((KeySource::Env(_), _)) => Tag::new(Tone::Good, "variable"),
        Some((KeySource::File(_), _)) => Tag::new(Tone::Good, "file"),
        Some((KeySource::Sealed { .. }, _)) => Tag::new(Tone::Good, "sealed"),
    }
}

/// A key as its provider's page shows it; `refused`: why another was not sealed.
pub(super) fn shown(reader: &Reader, id: &str, key: Option<&KeyOrigin>, refused: Option<String>) -> ProviderKey {
    let is_sealed = matches!(key.map(|it| &it.source), Some(KeySource::Sealed { .. }));
    let is_referred = matches!(key.map(|it| &it.source), Some(KeySource::Env(_) | KeySource::File(_)));
    let may = permit(&reader.admin.grants, Action::CredentialWrite, None).is_ok();
    ProviderKey {
        state: state(key),
        text: text(key),
        why: match key.map(|it| &it.standing) {
            Some(KeyStanding::Unusable(why)) => why.clone(),
            _ => String::new(),
        },
        form: (may && !is_referred).then(|| form(id, is_sealed, refused)),
        remove_href: if is_sealed && may { format!("{}/key/remove", href(id)) } else { String::new() },
    }
}

fn text(key: Option<&KeyOrigin>) -> String {
    let Some(KeyOrigin { source, standing, .. }) = key else { return "It has none.".to_owned() };
    let referred = |kind: &str, name: &str| match standing {
        KeyStanding::WithRouters => format!(
            "From the {kind} {name}. This control plane does not have it: each router looks for it where it runs."
        ),
        KeyStanding::Usable => {
            format!("From the {kind} {name}, which this control plane has: routers get it from here.")
        }
        KeyStanding::Unusable(_) => format!("From the {kind} {name}."),
    };
    match source {
        KeySource::Env(name) => referred("variable", name),
        KeySource::File(path) => referred("file", path),
        KeySource::Sealed { origin, set_ms, set_by } => {
            let when = rfc3339(*set_ms);
            let day = when.split('T').next().unwrap_or_default();
            let bound = origin.as_deref().map_or_else(String::new, |it| format!(" for {it} alone"));
            format!("Sealed in the database{bound}, set on {day} by {set_by}. Another address does not get it.")
        }
        KeySource::None => "It has none: requests go there without one.".to_owned(),
    }
}

fn form(id: &str, is_sealed: bool, refused: Option<String>) -> form::Form {
    let field =
        FormField::new("value", if is_sealed { "New key" } else { "Key" }, Entry::Secret { known: String::new() })
            .help("Sealed in the database for the provider's address of now, and shown to nobody, ever again.")
            .error(refused.unwrap_or_default())
            .required();
    form::Form {
        action: format!("{}/key", href(id)),
        sections: vec![FormSection { title: String::new(), help: String::new(), fields: vec![field] }],
        button: if is_sealed { "Replace the key" } else { "Set the key" }.to_owned(),
        command: format!("smart-router credential set {id} --file key.txt"),
        ..form::Form::default()
    }
}

/// Seals a key.
pub async fn set(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    Form(form): Form<KeyForm>,
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
    Form(form): Form<RemoveKeyForm>,
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
