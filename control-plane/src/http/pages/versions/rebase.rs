use std::collections::BTreeSet;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::{
    diff::{Change, words},
    merge::Conflict as Both,
};
use web::{
    Screen,
    form::{self, Mistake},
    parts::Crumb,
    versions::{Clash, Conflict},
};

use super::{Names, Reader, Wrong, changes, draft, editing};
use crate::{
    http::{
        App,
        input::{InPath, Posted},
    },
    manage::{
        ManageError,
        config::{
            self,
            draft::{self as drafts, Judged},
        },
    },
};

/// A draft and what others have published since, to be brought together.
pub async fn ask(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    asked(&app, reader, &id, None).await
}

/// Brings a draft onto the version in force: of each field that both have changed, as was chosen.
pub async fn rebase(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    Posted(chosen): Posted<Vec<(String, String)>>,
) -> Result<Response, Wrong> {
    editing::editable(&app)?;
    let said =
        |word: &str| -> BTreeSet<String> { chosen.iter().filter(|it| it.1 == word).map(|it| it.0.clone()).collect() };
    let revision = chosen.iter().find(|it| it.0 == "revision").and_then(|it| it.1.parse().ok()).unwrap_or(0);
    let done =
        drafts::rebase(&app.control, reader.admin.author(), &id, revision, (&said("yours"), &said("theirs"))).await;
    match done {
        Ok(_) => Ok(Redirect::to(&format!("{}?told=draft-rebased", draft::href(&id))).into_response()),
        Err(error @ (ManageError::RebaseConflict { .. } | ManageError::DraftChanged { .. })) => {
            asked(&app, reader, &id, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn asked(app: &App, reader: Reader, id: &str, refused: Option<&ManageError>) -> Result<Response, Wrong> {
    let judged = drafts::judge(&app.control, reader.admin.author(), id).await?;
    let text = who_was_faster(app, &reader, &judged).await?;
    let view = view(&judged, text, refused);
    let mut page = reader.shows_titled(Screen::Versions, &view.title, &view);
    if refused.is_some() {
        page.status = StatusCode::CONFLICT;
    }
    Ok(page.into_response())
}

/// Who has applied what since the draft was begun, in a sentence.
async fn who_was_faster(app: &App, reader: &Reader, judged: &Judged) -> Result<String, Wrong> {
    let base = judged.draft.about.base_version;
    if judged.current_version == base {
        return Ok(format!("Nobody has published anything since version {base}."));
    }
    let names = Names::of(app, reader).await?;
    let since = config::versions(&app.control, u64::MAX, 5).await?;
    let told = since.iter().filter(|it| it.version > base).map(|it| {
        let why = if it.comment.is_empty() { String::new() } else { format!(" ({})", it.comment) };
        format!("{} applied version {}{why}", names.told(&it.author).0, it.version)
    });
    let told: Vec<String> = told.collect();
    Ok(format!("{}. You began with version {base}.", told.join("; ")))
}

fn view(judged: &Judged, text: String, refused: Option<&ManageError>) -> Conflict {
    let about = &judged.draft.about;
    let here = draft::href(&about.id);
    let elsewhere = |of: &[Change]| -> Vec<Change> {
        of.iter().filter(|it| judged.conflicts.iter().all(|both| both.path != it.path)).cloned().collect()
    };
    let mistake = |it: &ManageError| Mistake {
        pointer: String::new(),
        field: String::new(),
        text: it.to_string(),
        hint: String::new(),
    };
    Conflict {
        crumbs: vec![Crumb::new("Versions", "/versions"), Crumb::new(draft::name(about), here.clone())],
        title: format!("Bring {} onto version {}", draft::name(about), judged.current_version),
        text,
        clashes: judged.conflicts.iter().map(clash).collect(),
        theirs: changes::lines(&elsewhere(&judged.theirs)).0,
        yours: changes::lines(&elsewhere(&judged.changes)).0,
        form: form::Form {
            action: format!("{here}/rebase"),
            hidden: vec![("revision".to_owned(), about.revision.to_string())],
            mistakes: refused.map(mistake).into_iter().collect(),
            button: "Go on with what is chosen".to_owned(),
            cancel_href: format!("{here}/edit"),
            ..form::Form::default()
        },
        discard_href: format!("{here}/discard"),
        draft_href: here,
    }
}

fn clash(it: &Both) -> Clash {
    let told = |value: &Option<serde_json::Value>| match value {
        Some(value) => changes::value(Some(value)),
        None => "not there".to_owned(),
    };
    Clash {
        words: words(&it.path),
        path: it.path.clone(),
        base: told(&it.base),
        theirs: told(&it.theirs),
        yours: told(&it.yours),
    }
}
