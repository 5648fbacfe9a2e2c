use axum::{http::StatusCode, response::Response};
use control_plane_core::{Document, canonical, diff::Change};
use web::{
    Screen, Tone,
    confirm::Confirm,
    form::{self, Mistake},
    parts::{Crumb, Effect, Fact},
};

use super::{
    Filled, done,
    refused::{refused, told},
    shown, why,
};
use crate::{
    http::{
        App,
        pages::{changes, editing, reader::Reader, wrong::Wrong},
    },
    manage::{
        ManageError,
        config::edit::{self, Edit, Editing},
    },
};

/// What is to be taken out of the configuration.
pub struct Removal {
    /// Where it belongs.
    pub screen: Screen,
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// `Remove the caller ana?`
    pub title: String,
    /// What it is.
    pub facts: Vec<Fact>,
    /// What that means beside what is found.
    pub note: String,
    /// What must be typed.
    pub name: String,
    /// The change.
    pub edit: Edit,
    /// Where the form goes.
    pub action: String,
    /// Where one goes who removes nothing.
    pub cancel_href: String,
    /// Where one goes when it is gone.
    pub done_href: String,
}

/// Asks before something is removed: whom that touches, and whether it can be.
pub async fn ask_removal(app: &App, reader: Reader, removal: Removal) -> Result<Response, Wrong> {
    let (version, _) = edit::base(&app.control, reader.admin.author(), None).await?;
    asked(app, reader, removal, version, &Filled::default(), (StatusCode::OK, Vec::new())).await
}

/// Removes something, when its name was typed and nobody has changed it since it was asked.
pub async fn remove(app: &App, reader: Reader, removal: Removal, filled: &Filled) -> Result<Response, Wrong> {
    let version = filled.version().unwrap_or_default();
    if filled.one("typed") != removal.name {
        let mistakes = vec![told("Type the name as it stands there.".to_owned())];
        return asked(app, reader, removal, version, filled, (StatusCode::UNPROCESSABLE_ENTITY, mistakes)).await;
    }
    let author = reader.admin.author();
    let edit = removal.edit.clone();
    let change =
        Editing { edit: &edit, based_on: filled.version(), comment: filled.comment(), ticket: "", draft: None };
    let failed = match editing::editable(app) {
        Err(error) => error,
        Ok(()) => match edit::edit(&app.control, author, &change).await {
            Ok(edited) => return Ok(done(&removal.done_href, edited.version)),
            Err(error) => error,
        },
    };
    let (status, mistakes, version) = match failed {
        ManageError::EditConflict(it) => {
            let words = it.theirs.iter().take(5).map(Change::words).collect::<Vec<_>>().join(", ");
            let text = format!("It was changed since you asked: {words}. Look again at what goes, then type its name.");
            (StatusCode::PRECONDITION_FAILED, vec![told(text)], it.current)
        }
        error @ (ManageError::NotFound { .. } | ManageError::RecentLogin) => return Err(error.into()),
        error => {
            let (status, mistakes) = refused(error);
            (status, mistakes, version)
        }
    };
    asked(app, reader, removal, version, filled, (status, mistakes)).await
}

/// The question, with what is known of the answer.
async fn asked(
    app: &App,
    reader: Reader,
    removal: Removal,
    version: u64,
    filled: &Filled,
    (mut status, mut mistakes): (StatusCode, Vec<Mistake>),
) -> Result<Response, Wrong> {
    let edit = removal.edit.clone();
    let change = Editing { edit: &edit, based_on: None, comment: "", ticket: "", draft: None };
    let mut can_go = true;
    let mut what = vec![Effect { tone: Some(Tone::Note), text: removal.note, whom: Vec::new() }];
    match edit::preview(&app.control, reader.admin.author(), &change).await {
        Ok(previewed) => what.extend(changes::effects(&previewed.effects)),
        Err(error @ (ManageError::NotFound { .. } | ManageError::RecentLogin)) => return Err(error.into()),
        Err(_) if !mistakes.is_empty() => {}
        Err(error) => {
            let (_, why) = refused(error);
            let (_, document) = edit::base(&app.control, reader.admin.author(), None).await?;
            let users = users(&document, &why);
            if users.is_empty() {
                mistakes = why;
            } else {
                let text = "It is in use: take it out there first.".to_owned();
                what.push(Effect { tone: Some(Tone::Bad), text, whom: users });
                can_go = false;
            }
            if status == StatusCode::OK {
                status = StatusCode::CONFLICT;
            }
        }
    }
    if let Err(error) = editing::editable(app)
        && mistakes.is_empty()
    {
        mistakes.push(told(error.to_string()));
    }
    let view = Confirm {
        crumbs: removal.crumbs,
        title: removal.title,
        facts: removal.facts,
        asked: form::Asked { effects: what, typed: if can_go { removal.name } else { String::new() }, is_final: true },
        form: form::Form {
            action: removal.action,
            sections: if can_go { vec![why(filled.comment())] } else { Vec::new() },
            hidden: vec![("version".to_owned(), version.to_string())],
            mistakes,
            button: if can_go { "Remove".to_owned() } else { String::new() },
            cancel_href: removal.cancel_href,
            command: format!("smart-router config patch removal.json --expected-version {version}"),
            ..form::Form::default()
        },
    };
    Ok(shown(reader, removal.screen, &view.title, &view, status))
}

/// What would name something that is not there: parts of the document, by their names.
fn users(document: &Document, mistakes: &[Mistake]) -> Vec<String> {
    let value = canonical::to_value(document);
    let mut users = Vec::new();
    for it in mistakes {
        let steps: Vec<&str> = it.pointer.split('/').skip(1).collect();
        let user = match steps.as_slice() {
            ["callers", at, ..] => {
                let id = at.parse::<usize>().ok().and_then(|at| value["callers"][at]["id"].as_str());
                id.map(|id| format!("caller {id}"))
            }
            ["groups", id, ..] => Some(format!("group {id}")),
            ["settings", key, ..] => Some(format!("setting {key}")),
            _ => None,
        };
        // What has no name here is told as the check tells it.
        let Some(user) = user else { return Vec::new() };
        if !users.contains(&user) {
            users.push(user);
        }
    }
    users
}
