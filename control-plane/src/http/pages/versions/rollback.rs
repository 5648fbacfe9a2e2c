use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::Severity;
use serde::Deserialize;
use web::{
    Screen, Tag, Tone,
    form::{self, Entry, FormField, FormSection, Mistake},
    parts::Crumb,
    show::Count,
    versions::VersionPage,
};

use super::{Reader, Wrong, applied, changes, editing, one};
use crate::{
    http::{
        App,
        input::{InPath, Posted},
    },
    manage::{
        ManageError,
        config::{self, Compared},
    },
};

/// What was filled in.
#[derive(Default, Deserialize)]
pub struct RollbackForm {
    #[serde(default)]
    comment: String,
    expected_version: Option<u64>,
}

/// What going back would change and whom that touches, before it is done.
pub async fn ask(State(app): State<App>, reader: Reader, InPath(version): InPath<u64>) -> Result<Response, Wrong> {
    editing::editable(&app)?;
    let form = RollbackForm::default();
    asked(&app, reader, version, &form, None).await
}

/// Publishes an older version again, over the one that its preview was of.
pub async fn roll_back(
    State(app): State<App>,
    reader: Reader,
    InPath(version): InPath<u64>,
    Posted(form): Posted<RollbackForm>,
) -> Result<Response, Wrong> {
    editing::editable(&app)?;
    let comment = form.comment.trim();
    let done = config::rollback(&app.control, reader.admin.author(), version, comment, form.expected_version).await;
    match done {
        Ok(done) => Ok(applied(done.version, done.changes.len())),
        Err(
            error
            @ (ManageError::VersionConflict { .. } | ManageError::InvalidValue(_) | ManageError::MovesKeys { .. }),
        ) => asked(&app, reader, version, &form, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

async fn asked(
    app: &App,
    reader: Reader,
    version: u64,
    form: &RollbackForm,
    refused: Option<&ManageError>,
) -> Result<Response, Wrong> {
    let restored = config::get(&app.control, Some(version)).await?.about.version;
    if restored != version {
        return Ok(Redirect::to(&format!("/versions/{restored}/rollback")).into_response());
    }
    let compared = config::compare_version(&app.control, reader.admin.author(), version).await;
    let view = match compared {
        Ok(compared) => possible(version, compared, form, refused),
        Err(ManageError::InvalidConfig(problems)) => {
            let mistakes = problems.iter().filter(|it| it.severity == Severity::Error).map(changes::mistake);
            VersionPage { mistakes: mistakes.collect(), ..bare(version) }
        }
        Err(error) => return Err(error.into()),
    };
    let mut page = reader.shows_titled(Screen::Versions, &view.title, &view);
    if let Some(error) = refused {
        let changed = matches!(error, ManageError::VersionConflict { .. });
        page.status = if changed { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    }
    Ok(page.into_response())
}

fn possible(version: u64, compared: Compared, form: &RollbackForm, refused: Option<&ManageError>) -> VersionPage {
    let Compared { base_version, changes, warnings, effects } = compared;
    let nothing = changes.is_empty();
    let (changes, more_changes) = changes::lines(&changes);
    let mistake = |it: &ManageError| Mistake {
        pointer: String::new(),
        field: String::new(),
        text: it.to_string(),
        hint: String::new(),
    };
    VersionPage {
        state: Tag::new(Tone::Note, format!("over version {base_version}")),
        steps: one::steps(&["Check", "Compare", "Apply", "In force"], 1, false),
        warnings: warnings.iter().map(changes::mistake).collect(),
        beside: one::beside(base_version),
        changes,
        more_changes,
        effects: changes::effects(&effects),
        apply: (!nothing).then(|| form::Form {
            action: format!("/versions/{version}/rollback"),
            sections: vec![FormSection {
                title: String::new(),
                help: String::new(),
                fields: vec![
                    FormField::new("comment", "Why", Entry::line(form.comment.clone()))
                        .help("Stands in the list of versions."),
                ],
            }],
            hidden: vec![("expected_version".to_owned(), base_version.to_string())],
            mistakes: refused.map(mistake).into_iter().collect(),
            button: format!("Go back to version {version}"),
            cancel_href: format!("/versions/{version}"),
            ..form::Form::default()
        }),
        ..bare(version)
    }
}

fn bare(version: u64) -> VersionPage {
    VersionPage {
        crumbs: vec![
            Crumb::new("Versions", "/versions"),
            Crumb::new(format!("Version {version}"), format!("/versions/{version}")),
        ],
        title: format!("Back to version {version}"),
        state: Tag::new(Tone::Bad, "not possible"),
        steps: Vec::new(),
        facts: Vec::new(),
        mistakes: Vec::new(),
        warnings: Vec::new(),
        beside: String::new(),
        changes: Vec::new(),
        more_changes: Count(0),
        theirs: Vec::new(),
        effects: Vec::new(),
        apply: None,
        acks: None,
        links: Vec::new(),
        command: format!(
            "smart-router config rollback {version} --preview\nsmart-router config rollback {version} --comment <why>"
        ),
    }
}
