//! What one version changed of another, told to somebody who may see all of it or a part.

use control_plane_core::{
    Document, canonical,
    diff::{Change, compare_values},
    domain::view,
    effect::Effects,
    permission::{Action, Visible, visible},
};

use super::{Author, Current, get};
use crate::{
    manage::{Control, ManageError, effect},
    store::config::{self, ConfigVersion},
};

/// A version beside another.
pub struct Between {
    /// The version.
    pub about: ConfigVersion,
    /// The one that it is compared with; 0: none, an empty document.
    pub base_version: u64,
    /// What changed of what is shown to whoever asks.
    pub changes: Vec<Change>,
    /// Whom that touches, by the use of the last day; `None`: whoever asks does not see everything that it would tell of.
    pub effects: Option<Effects>,
}

/// What a version changed of another; of the one before it, unless that is said. Of what somebody does not see nothing is told.
pub async fn between(
    control: &Control,
    author: Author<'_>,
    version: u64,
    against: Option<u64>,
) -> Result<Between, ManageError> {
    let Current { mut about, document: after } = get(control, Some(version)).await?;
    let (base_version, before) = match against {
        Some(0) => (0, Document::empty()),
        Some(other) => versioned(get(control, Some(other)).await?),
        None => match config::in_force_at(control.store.read(), about.version.saturating_sub(1)).await? {
            Some(stored) => versioned(super::read(stored)?),
            None => (0, Document::empty()),
        },
    };
    let sees = visible(author.grants, Action::ConfigRead);
    let (from, to, whom) = (before.clone(), after.clone(), sees.clone());
    let look = move || {
        let shown = |it: &Document| canonical::to_value(&view(it, &whom));
        compare_values(&shown(&from), &shown(&to))
    };
    let changes = control.aside(look).await?;
    if sees != Visible::All {
        if about.author != author.actor.label() {
            about.hide_words();
        }
        return Ok(Between { about, base_version, changes, effects: None });
    }
    let effects = effect::of_change(control, &Visible::All, before, after, &[]).await?;
    Ok(Between { about, base_version, changes, effects: Some(effects) })
}

fn versioned(it: Current) -> (u64, Document) {
    (it.about.version, it.document)
}
