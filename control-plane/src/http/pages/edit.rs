//! A part of the configuration, changed by a form: filled in, looked at with what it changes and whom that touches, and made as one
//! version over the one that the form was opened with. What was typed comes along from page to page, whatever goes wrong.

mod clash;
mod fields;
mod filled;
mod refused;
mod removal;
mod spec;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use control_plane_core::{Problem, canonical, diff::Change, pointer};
use serde_json::Value;
use web::{
    Screen, Shown, Tag, Tone, View,
    editor::{Editor, EditorStart},
    form::{self, Entry, FormField, FormSection, Mistake},
    parts::{Crumb, Fact},
    versions::{VersionPage, VersionStep},
};

use super::{changes, editing, reader::Reader, wrong::Wrong};
use crate::{
    http::App,
    manage::{
        ManageError,
        config::edit::{self, Edit, Editing, Previewed},
    },
};

use refused::refused;

pub use fields::{is_new, is_there, number, put, put_value};
pub use filled::Filled;
pub use refused::{at, told};
pub use removal::{Removal, ask_removal, remove};
pub use spec::{Spec, SpecKind, field_at, without_empty};

/// A part of the configuration that has a form. Documents are as whoever edits sees them, in their canonical form; an empty one, where the
/// database does not answer.
pub trait EditedPart: Sync {
    /// What stands around the form.
    fn about(&self) -> About;

    /// What stands in the form for what a document has.
    fn filled(&self, document: &Value) -> Filled;

    /// The form, filled in.
    fn sections(&self, filled: &Filled, document: &Value) -> Vec<FormSection>;

    /// The change of a document that was filled in, or what is wrong with it.
    fn edit(&self, filled: &Filled, document: &Value) -> Result<Edit, Vec<Mistake>>;

    /// The field in which a place of the document is filled in, by its JSON pointer; empty: none.
    fn field(&self, pointer: &str) -> String;

    /// What to begin with, where there is a choice.
    fn starts(&self) -> Vec<EditorStart> {
        Vec::new()
    }

    /// Where it can be seen once it is made.
    fn done(&self, filled: &Filled) -> String;
}

/// What stands around a form.
pub struct About {
    /// Where it belongs.
    pub screen: Screen,
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// `Edit ana`
    pub title: String,
    /// What that means; empty: that is clear.
    pub lead: String,
    /// Where the form goes.
    pub action: String,
    /// Where one goes who changes nothing.
    pub cancel_href: String,
    /// The same for a terminal.
    pub command: String,
}

/// The form for what is in force.
pub async fn open(app: &App, reader: Reader, part: &impl EditedPart) -> Result<Response, Wrong> {
    let (version, document) = edit::base(&app.control, reader.admin.author(), None).await?;
    let document = canonical::to_value(&document);
    let filled = part.filled(&document).based_on(version);
    Ok(Sent { app, part, filled, document }.form(reader, StatusCode::OK, Vec::new()))
}

/// What was sent with the form: it is looked at, and made when that was asked for.
pub async fn sent(app: &App, reader: Reader, part: &impl EditedPart, filled: Filled) -> Result<Response, Wrong> {
    let based_on = edit::base(&app.control, reader.admin.author(), filled.version()).await;
    let (document, failed) = match based_on {
        Ok((_, document)) => (canonical::to_value(&document), None),
        Err(error) => (Value::Null, Some(error)),
    };
    let sent = Sent { app, part, filled, document };
    match failed {
        Some(error @ ManageError::Store(_)) => Ok(sent.refused(reader, error)),
        Some(error) => Err(error.into()),
        None => match editing::editable(app) {
            Err(error) => Ok(sent.refused(reader, error)),
            Ok(()) => sent.step(reader).await,
        },
    }
}

struct Sent<'a, P> {
    app: &'a App,
    part: &'a P,
    filled: Filled,
    document: Value,
}

impl<P: EditedPart> Sent<'_, P> {
    async fn step(mut self, reader: Reader) -> Result<Response, Wrong> {
        let step = self.filled.step().to_owned();
        match step.as_str() {
            "edit" => return Ok(self.form(reader, StatusCode::OK, Vec::new())),
            // What was typed, over what others have made of it.
            "over" => {
                let (version, document) = edit::base(&self.app.control, reader.admin.author(), None).await?;
                self.filled = self.filled.based_on(version);
                self.document = canonical::to_value(&document);
                return Ok(self.form(reader, StatusCode::OK, Vec::new()));
            }
            _ => {}
        }
        let edit = match self.part.edit(&self.filled, &self.document) {
            Ok(edit) => edit,
            Err(mistakes) => return Ok(self.form(reader, StatusCode::UNPROCESSABLE_ENTITY, mistakes)),
        };
        if step == "choose" {
            return self.chosen(reader, &edit).await;
        }
        self.made(reader, &edit, step == "apply").await
    }

    /// Looks at a change, or makes it.
    async fn made(self, reader: Reader, edit: &Edit, apply: bool) -> Result<Response, Wrong> {
        let comment = self.filled.comment().to_owned();
        let author = reader.admin.author();
        let editing = Editing { edit, based_on: self.filled.version(), comment: &comment, ticket: "", draft: None };
        let failed = if apply {
            match edit::edit(&self.app.control, author, &editing).await {
                Ok(edited) => return Ok(done(&self.part.done(&self.filled), edited.version)),
                Err(error) => error,
            }
        } else {
            match edit::preview(&self.app.control, author, &editing).await {
                Ok(previewed) => return Ok(self.preview(reader, previewed)),
                Err(error) => error,
            }
        };
        match failed {
            ManageError::EditConflict(conflict) => self.clash(reader, *conflict).await,
            error @ (ManageError::Unreadable { .. } | ManageError::Broken | ManageError::RecentLogin) => {
                Err(error.into())
            }
            error => Ok(self.refused(reader, error)),
        }
    }

    /// The form again, with why it was refused.
    fn refused(self, reader: Reader, error: ManageError) -> Response {
        let (status, mut mistakes) = refused(error);
        for it in mistakes.iter_mut().filter(|it| it.field.is_empty()) {
            it.field = self.part.field(&it.pointer);
        }
        self.form(reader, status, mistakes)
    }

    fn form(self, reader: Reader, status: StatusCode, mistakes: Vec<Mistake>) -> Response {
        let about = self.part.about();
        let mut sections = self.part.sections(&self.filled, &self.document);
        for field in sections.iter_mut().flat_map(|it| &mut it.fields) {
            let of_it = mistakes.iter().filter(|it| it.field == field.name).map(|it| it.text.as_str());
            field.error = of_it.collect::<Vec<_>>().join("; ");
        }
        let view = Editor {
            crumbs: about.crumbs,
            title: about.title,
            lead: about.lead,
            starts: self.part.starts(),
            editing: editing::allowed(self.app, true),
            form: form::Form {
                action: about.action,
                sections,
                hidden: self.filled.kept(),
                mistakes,
                button: "Look at what it changes".to_owned(),
                cancel_href: about.cancel_href,
                command: about.command,
                ..form::Form::default()
            },
        };
        shown(reader, about.screen, &view.title, &view, status)
    }

    /// What it would do, before it is done.
    fn preview(self, reader: Reader, previewed: Previewed) -> Response {
        let about = self.part.about();
        let Previewed { version, changes: all, merged, warnings, effects: touched } = previewed;
        let (lines, more_changes) = changes::leaves(all);
        let mut facts = vec![Fact::new("Over", Shown::Text(format!("version {version}")))];
        if !merged.is_empty() {
            let words: Vec<String> = merged.iter().take(3).map(Change::words).collect();
            facts.push(Fact::new("Changed by others meanwhile, and kept", Shown::Text(words.join(", "))));
        }
        let nothing = lines.is_empty();
        let apply = form::Form {
            action: about.action,
            hidden: self.filled.all(),
            sections: if nothing { Vec::new() } else { vec![why(self.filled.comment())] },
            button: if nothing { "Change something".to_owned() } else { "Apply".to_owned() },
            step: if nothing { "edit" } else { "apply" },
            back: if nothing { "" } else { "Change it again" },
            cancel_href: about.cancel_href,
            ..form::Form::default()
        };
        let view = VersionPage {
            crumbs: about.crumbs,
            title: about.title,
            state: Tag::new(Tone::Note, "not applied yet"),
            steps: ["Fill in", "Look", "In force"]
                .into_iter()
                .enumerate()
                .map(|(at, text)| VersionStep { text, done: at < 1, current: at == 1 })
                .collect(),
            facts,
            mistakes: Vec::new(),
            warnings: warnings.iter().map(|it| mistake(self.part, it)).collect(),
            beside: format!("beside version {version}"),
            changes: lines,
            more_changes,
            theirs: Vec::new(),
            effects: changes::effects(&touched),
            apply: Some(apply),
            acks: None,
            links: Vec::new(),
            command: about.command,
        };
        shown(reader, about.screen, &view.title, &view, StatusCode::OK)
    }
}

/// Why something is changed.
pub fn why(comment: &str) -> FormSection {
    let entry = Entry::Line { value: comment.to_owned(), example: "" };
    let field = FormField::new("comment", "Why", entry).help("Stands in the list of versions. May be empty.");
    FormSection { title: String::new(), help: String::new(), fields: vec![field] }
}

/// Leads to where something can be seen that was changed, and says so there.
pub fn done(path: &str, version: u64) -> Response {
    let sign = if path.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{path}{sign}told=applied&version={version}")).into_response()
}

/// A page with a status.
pub fn shown(reader: Reader, screen: Screen, title: &str, view: &impl View, status: StatusCode) -> Response {
    let mut page = reader.shows_titled(screen, title, view);
    page.status = status;
    page.into_response()
}

fn mistake(part: &impl EditedPart, problem: &Problem) -> Mistake {
    let pointer = pointer(&problem.path);
    Mistake { field: part.field(&pointer), pointer, ..told(&problem.message) }
}
