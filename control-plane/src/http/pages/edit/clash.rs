use std::collections::BTreeSet;

use axum::{http::StatusCode, response::Response};
use control_plane_core::{
    canonical, diff,
    merge::{EditConflict, merge},
};
use serde_json::Value;
use web::{
    form,
    versions::{Clash, Conflict},
};

use super::{EditedPart, Sent, shown};
use crate::{
    http::pages::{changes, reader::Reader, who::Names, wrong::Wrong},
    manage::config::{
        self,
        edit::{self, Edit},
    },
};

impl<P: EditedPart> Sent<'_, P> {
    /// Somebody else was faster: both versions, and what to do.
    pub(super) async fn clash(self, reader: Reader, conflict: EditConflict) -> Result<Response, Wrong> {
        let about = self.part.about();
        let EditConflict { based_on, current, yours, theirs, both, .. } = conflict;
        let author = match config::get(&self.app.control, Some(current)).await {
            Ok(it) => it.about.author,
            Err(_) => String::new(),
        };
        let all = reader.admin.visible(control_plane_core::permission::Action::ConfigRead);
        let who = if all == control_plane_core::permission::Visible::All && !author.is_empty() {
            Names::of(self.app, &reader).await?.told(&author).0
        } else {
            "Somebody".to_owned()
        };
        let side = |value: Option<Value>| value.map_or_else(|| "not there".to_owned(), |it| changes::value(Some(&it)));
        let places: BTreeSet<String> = both.iter().map(|it| it.path.clone()).collect();
        let clashes = both.into_iter().map(|it| Clash {
            words: diff::words(&it.path),
            path: it.path,
            base: side(it.base),
            theirs: side(it.theirs),
            yours: side(it.yours),
        });
        let elsewhere = |all: Vec<diff::Change>| {
            let rest = all.into_iter().flat_map(diff::Change::leaves).filter(|it| !places.contains(&it.path));
            changes::leaves(rest.collect()).0
        };
        let mut hidden = self.filled.all();
        hidden.push(("current".to_owned(), current.to_string()));
        let view = Conflict {
            crumbs: about.crumbs,
            title: about.title,
            text: format!("{who} applied version {current} while you were editing version {based_on}."),
            clashes: clashes.collect(),
            theirs: elsewhere(theirs),
            yours: elsewhere(yours),
            form: form::Form {
                action: about.action,
                hidden,
                button: "Look at both together".to_owned(),
                step: "choose",
                back: "Edit again over theirs",
                cancel_href: about.cancel_href.clone(),
                command: about.command,
                ..form::Form::default()
            },
            discard_href: about.cancel_href,
            draft_href: String::new(),
        };
        Ok(shown(reader, about.screen, &view.title, &view, StatusCode::PRECONDITION_FAILED))
    }

    /// Both changes together, with yours where that was chosen, over the version of theirs.
    pub(super) async fn chosen(mut self, reader: Reader, edit: &Edit) -> Result<Response, Wrong> {
        let (control, author) = (&self.app.control, reader.admin.author());
        let current: Option<u64> = self.filled.one("current").parse().ok();
        let (version, theirs) = edit::base(control, author, current).await?;
        let theirs = canonical::to_value(&theirs);
        let yours = edit.applied(&self.document)?;
        let open = merge(&self.document, &yours, &theirs, &BTreeSet::new());
        let kept = open.conflicts.into_iter().map(|it| it.path).filter(|it| self.filled.one(it) == "yours").collect();
        let both = merge(&self.document, &yours, &theirs, &kept).document;
        let comment = self.filled.comment().to_owned();
        self.filled = self.part.filled(&both).based_on(version).with("comment", comment);
        self.document = theirs;
        match self.part.edit(&self.filled, &self.document) {
            Ok(edit) => Box::pin(self.made(reader, &edit, false)).await,
            Err(mistakes) => Ok(self.form(reader, StatusCode::UNPROCESSABLE_ENTITY, mistakes)),
        }
    }
}
