use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::permission::Action;
use serde::Deserialize;
use web::{
    Screen, Shown, Tag, Tone,
    confirm::Confirm,
    form::{self, Asked, Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Effect, Fact},
    show::Moment,
    versions::{VersionPage, VersionRow},
};

use super::{Reader, Wrong, applied, changes, editing, one};
use crate::{
    clock::now_ms,
    http::{
        App,
        input::{InPath, Posted},
    },
    manage::{
        ManageError,
        config::{
            draft::{self, DraftWords, Judged},
            edit::Edit,
        },
    },
    store::draft::DraftLine,
};

/// What a draft is called: by its title, or by its id.
pub fn name(it: &DraftLine) -> &str {
    if it.title.is_empty() { &it.id } else { &it.title }
}

/// Its page.
pub fn href(id: &str) -> String {
    format!("/versions/drafts/{id}")
}

/// What it is over, in words.
fn over(base_version: u64) -> String {
    if base_version == 0 { "over nothing".to_owned() } else { format!("over version {base_version}") }
}

/// A line of the list of drafts.
pub fn row(it: &DraftLine, now_ms: i64) -> VersionRow {
    VersionRow {
        name: name(it).to_owned(),
        number: String::new(),
        href: href(&it.id),
        state: Tag::plain(over(it.base_version)),
        comment: it.comment.clone(),
        ticket: it.ticket.clone(),
        changed: String::new(),
        author: "yours".to_owned(),
        how: String::new(),
        at: Moment { at_ms: it.updated_ms, now_ms },
    }
}

/// How a draft is applied.
#[derive(Default, Deserialize)]
pub struct ApplyForm {
    #[serde(default)]
    comment: String,
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    revision: u64,
    expected_version: Option<u64>,
}

/// What would come of a draft: what it changes, whom that touches, and what others have changed since.
pub async fn show(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    preview(&app, reader, &id, None).await
}

async fn preview(
    app: &App,
    reader: Reader,
    id: &str,
    refused: Option<(&ApplyForm, &ManageError)>,
) -> Result<Response, Wrong> {
    let judged = draft::judge(&app.control, reader.admin.author(), id).await?;
    let is_open = editing::editing(app, &reader, Action::ConfigWrite, None).is_open();
    let view = view(&judged, is_open, refused);
    let mut page = reader.shows_titled(Screen::Versions, &view.title, &view);
    page.status = match refused {
        None => StatusCode::OK,
        Some((_, ManageError::InvalidValue(_) | ManageError::InvalidConfig(_))) => StatusCode::UNPROCESSABLE_ENTITY,
        Some((_, ManageError::MovesKeys { .. } | ManageError::OutsideDomain(_))) => StatusCode::FORBIDDEN,
        Some((_, ManageError::Store(_))) => StatusCode::SERVICE_UNAVAILABLE,
        Some(_) => StatusCode::CONFLICT,
    };
    Ok(page.into_response())
}

fn view(judged: &Judged, is_open: bool, refused: Option<(&ApplyForm, &ManageError)>) -> VersionPage {
    let about = &judged.draft.about;
    let (changes, more_changes) = changes::lines(&judged.changes);
    let (theirs, _) = changes::lines(&judged.theirs);
    let here = href(&about.id);
    let mut mistakes: Vec<Mistake> = judged.mistakes.iter().map(changes::mistake).collect();
    if !judged.conflicts.is_empty() {
        let text = format!(
            "Others have changed {} that this draft changes, too: say of each what it shall be.",
            if judged.conflicts.len() == 1 {
                "a field".to_owned()
            } else {
                format!("{} fields", judged.conflicts.len())
            }
        );
        mistakes.insert(0, Mistake { pointer: String::new(), field: String::new(), text, hint: String::new() });
    }
    let can_apply = mistakes.is_empty() && !changes.is_empty() && is_open;
    let at = if mistakes.is_empty() { 3 } else { 1 };
    let mut links = vec![("Edit".to_owned(), format!("{here}/edit"))];
    if judged.current_version != about.base_version {
        links.insert(0, ("Bring onto what is in force".to_owned(), format!("{here}/rebase")));
    }
    links.push(("Discard".to_owned(), format!("{here}/discard")));
    VersionPage {
        crumbs: vec![Crumb::new("Versions", "/versions")],
        title: format!("Draft: {}", name(about)),
        state: Tag::new(Tone::Note, over(about.base_version)),
        steps: one::steps(&["Draft", "Check", "Compare", "Apply", "In force"], at, false),
        facts: facts(about, judged.current_version),
        mistakes,
        warnings: judged.warnings.iter().map(changes::mistake).collect(),
        beside: one::beside(about.base_version),
        changes,
        more_changes,
        theirs,
        effects: judged.effects.as_ref().map_or_else(not_yet, changes::effects),
        apply: can_apply.then(|| apply_form(judged, refused)),
        acks: None,
        links: if is_open { links } else { Vec::new() },
        command: format!("smart-router config apply smart-router.yaml --expected-version {}", judged.current_version),
    }
}

fn not_yet() -> Vec<Effect> {
    let text = "Whom it touches is told when nothing is wrong with it.".to_owned();
    vec![Effect { tone: Some(Tone::Note), text, whom: Vec::new() }]
}

fn facts(about: &DraftLine, current_version: u64) -> Vec<Fact> {
    let moment = |at_ms| Shown::Moment(Moment { at_ms, now_ms: now_ms() });
    let version = |version: u64| match version {
        0 => Shown::Missing("none"),
        _ => Shown::Link(format!("version {version}"), format!("/versions/{version}")),
    };
    let mut facts = vec![
        Fact::new("Begun", moment(about.created_ms)),
        Fact::new("Saved", moment(about.updated_ms)),
        Fact::new("Over", version(about.base_version)),
        Fact::new("In force", version(current_version)),
    ];
    if !about.comment.is_empty() {
        facts.insert(0, Fact::new("Why", Shown::Text(about.comment.clone())));
    }
    facts
}

fn apply_form(judged: &Judged, refused: Option<(&ApplyForm, &ManageError)>) -> form::Form {
    let about = &judged.draft.about;
    let (comment, ticket) = match refused {
        Some((form, _)) => (form.comment.clone(), form.ticket.clone()),
        None if about.comment.is_empty() => (about.title.clone(), about.ticket.clone()),
        None => (about.comment.clone(), about.ticket.clone()),
    };
    let here = href(&about.id);
    let mistake = |(_, error): (&ApplyForm, &ManageError)| Mistake {
        pointer: String::new(),
        field: String::new(),
        text: error.to_string(),
        hint: "The page shows how it is now.".to_owned(),
    };
    form::Form {
        action: format!("{here}/apply"),
        sections: vec![FormSection {
            title: String::new(),
            help: String::new(),
            fields: vec![
                FormField::new("comment", "Why", Entry::line(comment)).help("Stands in the list of versions."),
                FormField::new("ticket", "Ticket", Entry::Line { value: ticket, example: "OPS-71" }),
            ],
        }],
        hidden: vec![
            ("revision".to_owned(), about.revision.to_string()),
            ("expected_version".to_owned(), judged.current_version.to_string()),
        ],
        mistakes: refused.map(mistake).into_iter().collect(),
        button: format!("Apply over version {}", judged.current_version),
        cancel_href: "/versions".to_owned(),
        ..form::Form::default()
    }
}

/// Publishes a draft over the version that its preview was of.
pub async fn apply(
    State(app): State<App>,
    reader: Reader,
    InPath(id): InPath<String>,
    Posted(form): Posted<ApplyForm>,
) -> Result<Response, Wrong> {
    editing::editable(&app)?;
    match published(&app, &reader, &id, &form).await {
        Ok(done) => Ok(done),
        Err(ManageError::EditConflict(_)) => Ok(Redirect::to(&format!("{}/rebase", href(&id))).into_response()),
        Err(error @ (ManageError::NotFound { .. } | ManageError::Store(_) | ManageError::RecentLogin)) => {
            Err(error.into())
        }
        Err(error) => preview(&app, reader, &id, Some((&form, &error))).await,
    }
}

async fn published(app: &App, reader: &Reader, id: &str, form: &ApplyForm) -> Result<Response, ManageError> {
    let author = reader.admin.author();
    let (comment, ticket) = (form.comment.trim(), form.ticket.trim());
    let mut about = draft::find(&app.control, author, id).await?.about;
    if about.revision != form.revision {
        return Err(ManageError::DraftChanged { expected: form.revision, current: about.revision });
    }
    if about.comment != comment || about.ticket != ticket {
        let words = DraftWords { title: &about.title, comment, ticket };
        let nothing = Edit::Patch(Vec::new());
        about = draft::save(&app.control, author, id, about.revision, &words, &nothing).await?.about;
    }
    let done = draft::apply(&app.control, author, id, about.revision, form.expected_version).await?;
    Ok(applied(done.version, done.changes.len()))
}

/// Asks before a draft is thrown away.
pub async fn discard(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    let about = draft::find(&app.control, reader.admin.author(), &id).await?.about;
    let here = href(&id);
    let effect =
        Effect { tone: Some(Tone::Warning), text: "What was written in it is lost.".to_owned(), whom: Vec::new() };
    let view = Confirm {
        crumbs: vec![Crumb::new("Versions", "/versions"), Crumb::new(name(&about), here.clone())],
        title: format!("Discard the draft {}?", name(&about)),
        facts: facts(&about, about.base_version),
        asked: Asked { effects: vec![effect], typed: String::new(), is_final: true },
        form: form::Form {
            action: format!("{here}/discard"),
            button: "Discard".to_owned(),
            cancel_href: here,
            ..form::Form::default()
        },
    };
    Ok(reader.shows_titled(Screen::Versions, &view.title, &view).into_response())
}

/// Throws a draft away.
pub async fn discarded(State(app): State<App>, reader: Reader, InPath(id): InPath<String>) -> Result<Response, Wrong> {
    draft::discard(&app.control, reader.admin.author(), &id).await?;
    Ok(Redirect::to("/versions?told=draft-discarded").into_response())
}
