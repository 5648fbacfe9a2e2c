use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::{Document, canonical, permission::Action, resource::Resource, schema};
use serde::Deserialize;
use serde_json::Value;
use web::{
    Screen,
    editor::Editor,
    form::{self, Entry, FormField, FormSection},
    parts::Crumb,
};

use super::{Reader, Wrong, editing, in_force};
use crate::{
    http::{
        App,
        input::{InPath, Posted},
    },
    manage::{
        ManageError,
        config::{
            draft::{self, DraftWords},
            edit::Edit,
            text,
        },
    },
};

/// What was filled in.
#[derive(Default, Deserialize)]
pub struct SettingForm {
    #[serde(default)]
    value: String,
    base_version: Option<u64>,
}

/// The form for one of the settings.
pub async fn ask(State(app): State<App>, reader: Reader, InPath(key): InPath<String>) -> Result<Response, Wrong> {
    let meaning = meaning(&key)?;
    let (version, document) = in_force(&app).await?;
    let now = canonical::to_value(&document)["settings"].get(&key).cloned();
    let form = SettingForm { value: now.as_ref().map(written).unwrap_or_default(), base_version: Some(version) };
    let view = editor(&app, &reader, (key.as_str(), meaning), &document, &form, "");
    Ok(reader.shows_titled(Screen::Settings, &view.title, &view).into_response())
}

/// Begins a draft with the setting as it was filled in: its page says whom that touches.
pub async fn save(
    State(app): State<App>,
    reader: Reader,
    InPath(key): InPath<String>,
    Posted(form): Posted<SettingForm>,
) -> Result<Response, Wrong> {
    editing::editable(&app)?;
    let meaning = meaning(&key)?;
    let refused = match begun(&app, &reader, &key, &form).await {
        Ok(id) => return Ok(Redirect::to(&format!("/versions/drafts/{id}")).into_response()),
        Err(ManageError::InvalidConfig(problems)) => {
            problems.into_iter().map(|it| it.message).collect::<Vec<_>>().join("; ")
        }
        Err(error @ ManageError::Conflict(_)) => error.to_string(),
        Err(error) => return Err(error.into()),
    };
    let (_, document) = in_force(&app).await?;
    let view = editor(&app, &reader, (key.as_str(), meaning), &document, &form, &refused);
    let mut page = reader.shows_titled(Screen::Settings, &view.title, &view);
    page.status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page.into_response())
}

async fn begun(app: &App, reader: &Reader, key: &str, form: &SettingForm) -> Result<String, ManageError> {
    let author = reader.admin.author();
    let resource = Resource::Setting(key.to_owned());
    let value = value(app, reader, key, &form.value).await?;
    let (_, document) = in_force(app).await?;
    let is_there = resource.get(&canonical::to_value(&document)).is_some();
    let edit = match value {
        Some(value) => Edit::Put(resource, value),
        None if is_there => Edit::Remove(resource),
        None => Edit::Patch(Vec::new()),
    };
    let title = format!("setting {key}");
    let words = DraftWords { title: &title, comment: "", ticket: "" };
    Ok(draft::create(&app.control, author, &words, form.base_version, Some(&edit)).await?.about.id)
}

/// What was written, as the document would have it; `None`: nothing, which is the default.
async fn value(app: &App, reader: &Reader, key: &str, text: &str) -> Result<Option<Value>, ManageError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let inner = text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
    let document = format!("version: 1\nsettings:\n  {key}:\n{inner}\n");
    let read = text::read(&app.control, reader.admin.author(), &document).await?;
    Ok(read.value["settings"].get(key).cloned())
}

fn meaning(key: &str) -> Result<&'static str, ManageError> {
    let found = schema::settings().find(|it| it.0 == key).map(|it| it.1);
    found.ok_or_else(|| ManageError::NotFound { kind: "setting", id: key.to_owned() })
}

/// A value as people write it.
fn written(value: &Value) -> String {
    match value {
        Value::Object(_) => canonical::value_to_yaml(value),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn editor(
    app: &App,
    reader: &Reader,
    (key, meaning): (&str, &str),
    document: &Document,
    form: &SettingForm,
    refused: &str,
) -> Editor {
    let entry = match key {
        "default_group" => {
            let none = std::iter::once((String::new(), "none".to_owned()));
            let groups = document.groups.keys().map(|it| (it.clone(), it.clone()));
            Entry::One { options: none.chain(groups).collect(), value: form.value.clone() }
        }
        "max_disconnected" => Entry::Line { value: form.value.clone(), example: "24h, forever" },
        _ => Entry::Lines { value: form.value.clone(), rows: 8 },
    };
    let help = if matches!(entry, Entry::Lines { .. }) {
        format!("{meaning} As YAML; left empty, it is as by default.")
    } else {
        meaning.to_owned()
    };
    let fields = vec![FormField::new("value", "Value", entry).help(help).error(refused)];
    Editor {
        crumbs: vec![Crumb::new("Settings", "/settings")],
        title: format!("Setting {key}"),
        lead: "It becomes a draft. Its page says what changes and whom that touches; nothing is published before you apply it.".to_owned(),
        starts: Vec::new(),
        editing: editing::editing(app, reader, Action::SettingsWrite, None),
        form: form::Form {
            action: format!("/settings/{key}/edit"),
            sections: vec![FormSection { title: String::new(), help: String::new(), fields }],
            hidden: vec![("base_version".to_owned(), form.base_version.unwrap_or(0).to_string())],
            button: "Check and show what changes".to_owned(),
            cancel_href: "/settings".to_owned(),
            command: "smart-router config patch --expected-version <version> changes.json".to_owned(),
            ..form::Form::default()
        },
    }
}
