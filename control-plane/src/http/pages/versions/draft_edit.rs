use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::{Problem as Found, Severity, canonical, parse::Written, permission::Action, pointer};
use serde::Deserialize;
use web::{
    Screen, Tone,
    form::{Entry, FormField},
    parts::Crumb,
    versions::{DocumentEdit, DocumentMistake},
};

use super::{Reader, Wrong, draft, editing};
use crate::{
    http::{
        App,
        input::{InPath, Posted},
    },
    manage::{
        ManageError,
        config::{
            self,
            draft::{self as drafts, DraftWords},
            edit::Edit,
            text,
        },
    },
    store::draft::StoredDraft,
};

/// What was written.
#[derive(Clone, Default, Deserialize)]
pub struct DocumentForm {
    #[serde(default)]
    title: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    document: String,
    /// The version that a new draft is based on; 0: none.
    #[serde(default)]
    base_version: u64,
    /// How often a draft had been saved; 0: it is new.
    #[serde(default)]
    revision: u64,
}

/// What somebody is told above what they have written.
struct Told {
    notice: Option<(Tone, String)>,
    problems: Vec<Found>,
    status: StatusCode,
}

impl Told {
    const NOTHING: Self = Self { notice: None, problems: Vec::new(), status: StatusCode::OK };
}

/// The document in force, to be changed as text. `from` of the address: an older one.
pub async fn begin(State(app): State<App>, reader: Reader) -> Result<Response, Wrong> {
    let from = reader.address.own("from").and_then(|it| it.parse().ok());
    let (base_version, document) = match config::get(&app.control, from).await {
        Ok(found) => (found.about.version, canonical::to_yaml(&found.document)),
        Err(ManageError::NoConfig) => (0, "version: 1\n".to_owned()),
        Err(error) => return Err(error.into()),
    };
    let form = DocumentForm { document, base_version, ..DocumentForm::default() };
    Ok(shown(&app, reader, None, &form, Told::NOTHING))
}

/// A draft as text.
pub async fn edit(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let stored = drafts::find(&app.control, reader.admin.author(), &id).await?;
    let (form, problems) = (form_of(&stored)?, checked(&app, &reader, &stored).await?);
    Ok(shown(&app, reader, Some(&id), &form, Told { problems, ..Told::NOTHING }))
}

/// Begins a draft with what was written.
pub async fn create(
    State(app): State<App>,
    reader: Reader,
    Posted(form): Posted<DocumentForm>,
) -> Result<Response, Wrong> {
    kept(&app, reader, None, form).await
}

/// Saves what was written.
pub async fn save(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    Posted(form): Posted<DocumentForm>,
) -> Result<Response, Wrong> {
    kept(&app, reader, Some(id), form).await
}

/// Keeps what was written as a draft, though it may be wrong. Where it cannot be kept, all of it stands there again.
async fn kept(app: &App, reader: Reader, id: Option<String>, form: DocumentForm) -> Result<Response, Wrong> {
    editing::editable(app)?;
    match stored(app, &reader, id.as_deref(), &form).await {
        Ok((stored, problems)) if problems.iter().any(|it| it.severity == Severity::Error) => {
            let id = stored.about.id;
            let form = DocumentForm { revision: stored.about.revision, ..form };
            let notice = Some((Tone::Note, "It is saved as a draft. It cannot be applied as it is.".to_owned()));
            let told = Told { notice, problems, status: StatusCode::UNPROCESSABLE_ENTITY };
            Ok(shown(app, reader, Some(&id), &form, told))
        }
        Ok((stored, _)) => Ok(Redirect::to(&draft::href(&stored.about.id)).into_response()),
        Err(error) => refused(app, reader, id.as_deref(), form, error),
    }
}

async fn stored(
    app: &App,
    reader: &Reader,
    id: Option<&str>,
    form: &DocumentForm,
) -> Result<(StoredDraft, Vec<Found>), ManageError> {
    let author = reader.admin.author();
    let Written { value, problems } = text::read(&app.control, author, &form.document).await?;
    let words = DraftWords { title: form.title.trim(), comment: form.comment.trim(), ticket: form.ticket.trim() };
    let edit = Edit::Whole(value);
    let stored = match id {
        Some(id) => drafts::save(&app.control, author, id, form.revision, &words, &edit).await?,
        None => drafts::create(&app.control, author, &words, Some(form.base_version), Some(&edit)).await?,
    };
    Ok((stored, problems))
}

/// Shows what was written again, with why it was not kept.
fn refused(
    app: &App,
    reader: Reader,
    id: Option<&str>,
    mut form: DocumentForm,
    error: ManageError,
) -> Result<Response, Wrong> {
    let bad = |text: String| Some((Tone::Bad, text));
    let told = match error {
        ManageError::InvalidConfig(problems) => Told {
            notice: bad("It is not saved: this is no document that could be kept as it is written.".to_owned()),
            problems,
            status: StatusCode::UNPROCESSABLE_ENTITY,
        },
        ManageError::DraftChanged { current, .. } => {
            form.revision = current;
            let text = "It is not saved yet: you have saved this draft from elsewhere meanwhile. Saving it now takes the place of that; \
                        open it in another tab to see both.";
            Told { notice: bad(text.to_owned()), problems: Vec::new(), status: StatusCode::CONFLICT }
        }
        ManageError::Store(error) => {
            tracing::error!(%error, "a draft could not be saved");
            let text = "The database does not answer: it is not saved, and nothing of it is lost. It stands here as you wrote it: save it \
                        again in a moment.";
            Told { notice: bad(text.to_owned()), problems: Vec::new(), status: StatusCode::SERVICE_UNAVAILABLE }
        }
        ManageError::InvalidValue(_) | ManageError::Conflict(_) => {
            Told { notice: bad(error.to_string()), problems: Vec::new(), status: StatusCode::UNPROCESSABLE_ENTITY }
        }
        error => return Err(error.into()),
    };
    Ok(shown(app, reader, id, &form, told))
}

fn form_of(stored: &StoredDraft) -> Result<DocumentForm, ManageError> {
    let about = &stored.about;
    Ok(DocumentForm {
        title: about.title.clone(),
        comment: about.comment.clone(),
        ticket: about.ticket.clone(),
        document: canonical::value_to_yaml(&drafts::document(stored)?),
        base_version: about.base_version,
        revision: about.revision,
    })
}

/// What is wrong with a draft as it is shown.
async fn checked(app: &App, reader: &Reader, stored: &StoredDraft) -> Result<Vec<Found>, ManageError> {
    let text = canonical::value_to_yaml(&drafts::document(stored)?);
    match text::read(&app.control, reader.admin.author(), &text).await {
        Ok(written) => Ok(written.problems),
        Err(ManageError::InvalidConfig(problems)) => Ok(problems),
        Err(error) => Err(error),
    }
}

fn shown(app: &App, reader: Reader, id: Option<&str>, form: &DocumentForm, told: Told) -> Response {
    let lines: Vec<&str> = form.document.lines().collect();
    let mut crumbs = vec![Crumb::new("Versions", "/versions")];
    if let Some(id) = id {
        let name = if form.title.is_empty() { id } else { &form.title };
        crumbs.push(Crumb::new(name, draft::href(id)));
    }
    let fields = vec![
        FormField::new("title", "Name", Entry::Line { value: form.title.clone(), example: "cheaper at night" }),
        FormField::new("comment", "Why", Entry::line(form.comment.clone())).help("Stands in the list of versions."),
        FormField::new("ticket", "Ticket", Entry::Line { value: form.ticket.clone(), example: "OPS-71" }),
    ];
    let view = DocumentEdit {
        crumbs,
        title: "Write the document".to_owned(),
        editing: editing::editing(app, &reader, Action::ConfigWrite, None),
        notices: told.notice.into_iter().collect(),
        mistakes: told.problems.iter().map(|it| mistake(it, &lines)).collect(),
        action: id.map_or_else(|| "/versions/drafts".to_owned(), |id| format!("{}/edit", draft::href(id))),
        hidden: vec![
            ("base_version".to_owned(), form.base_version.to_string()),
            ("revision".to_owned(), form.revision.to_string()),
        ],
        fields,
        text: form.document.clone(),
        button: "Check and save the draft".to_owned(),
        cancel_href: id.map_or_else(|| "/versions".to_owned(), draft::href),
        command: "smart-router config check smart-router.yaml\nsmart-router config diff smart-router.yaml\n\
                  smart-router config apply smart-router.yaml"
            .to_owned(),
    };
    let mut page = reader.shows_titled(Screen::Versions, &view.title, &view);
    page.status = told.status;
    page.into_response()
}

fn mistake(it: &Found, lines: &[&str]) -> DocumentMistake {
    let line = lines.get(it.line.saturating_sub(1)).filter(|_| !it.path.is_empty() || it.line > 1 || it.column > 1);
    DocumentMistake {
        is_warning: it.severity == Severity::Warning,
        line: line.map(|_| it.line),
        column: it.column,
        excerpt: line.map(|it| it.trim_end().chars().take(200).collect()).unwrap_or_default(),
        pointer: pointer(&it.path),
        text: it.message.clone(),
    }
}
