//! Changes of parts of the configuration. Whoever makes one says on which version it is based: what others have changed since
//! stays, as long as it is something else.

use std::collections::BTreeSet;

use control_plane_core::{
    Document, Problem, Severity, canonical,
    diff::{self, Change},
    domain::{Refusal, view},
    effect::Effects,
    merge::{Conflict, EditConflict, TwoVersions, merge},
    parse::{Parsed, check_value},
    patch::{self, Operation},
    permission::{Action, Visible, visible},
    resource::{Resource, touched},
};
use serde_json::Value;

use super::{
    Author, Current, checked_comment, current, get, may, mode,
    publish::{Publish, publish_if_changed},
    warnings,
};
use crate::{
    Reach,
    manage::{Control, ManageError, effect, outside},
    store::{StoreError, Tx, config, revision},
};

/// How often a change is brought together anew with what others publish at the same time, before they are made to wait.
const TRIES: usize = 3;

/// What an editor changes.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Any parts of the document.
    Patch(Vec<Operation>),
    /// A resource becomes this, whether or not it was there.
    Put(Resource, Value),
    /// A resource goes.
    Remove(Resource),
    /// The document becomes this.
    Whole(Value),
}

/// A change, and what it is based on.
#[derive(Clone, Debug)]
pub struct Editing<'a> {
    /// What is changed.
    pub edit: &'a Edit,
    /// The version that the editor had in hand, any up to the latest; `None`: whatever is in force.
    pub based_on: Option<u64>,
    /// Why; may be empty.
    pub comment: &'a str,
    /// What it is done for, elsewhere; may be empty.
    pub ticket: &'a str,
    /// The draft that it was, which goes.
    pub draft: Option<&'a str>,
}

/// What an edit did.
pub struct Edited {
    /// The version that serves it: a new one, or the old one when nothing changes.
    pub version: u64,
    /// What it changed; empty: nothing was published.
    pub changes: Vec<Change>,
    /// What others had changed since the version that it was based on, and which stays.
    pub merged: Vec<Change>,
    /// What works, but hardly as meant.
    pub warnings: Vec<Problem>,
}

/// What an edit would do, as far as it is shown to whoever asks.
pub struct Previewed {
    /// The version in force; 0: none.
    pub version: u64,
    /// What it would change.
    pub changes: Vec<Change>,
    /// What others have changed since the version that it is based on, and which stays.
    pub merged: Vec<Change>,
    /// What works, but hardly as meant.
    pub warnings: Vec<Problem>,
    /// Whom it touches.
    pub effects: Effects,
}

/// A change that can be published over what is in force.
pub(super) struct Prepared {
    /// What is in force.
    pub base: Option<Current>,
    /// Both together, checked.
    pub parsed: Parsed,
    /// What others have changed since the version that it is based on.
    pub merged: Vec<Change>,
}

/// Validates a change, brings it together with what others have changed since, and publishes it as one version.
pub async fn edit(control: &Control, author: Author<'_>, editing: &Editing<'_>) -> Result<Edited, ManageError> {
    mode::editable(control, author)?;
    checked_comment(editing.comment)?;
    for _ in 0..TRIES {
        let prepared = prepare(control, author, editing).await?;
        let tx = alone(control).await?;
        if let Some(edited) = publish(control, tx, author, editing, prepared).await? {
            return Ok(edited);
        }
    }
    let tx = alone(control).await?;
    let prepared = prepare(control, author, editing).await?;
    let edited = publish(control, tx, author, editing, prepared).await?;
    edited.ok_or_else(|| ManageError::Conflict("others publish one version after another: try again".to_owned()))
}

/// What an edit would do if it were made now. It is refused for the same reasons.
pub async fn preview(control: &Control, author: Author<'_>, editing: &Editing<'_>) -> Result<Previewed, ManageError> {
    mode::editable(control, author)?;
    checked_comment(editing.comment)?;
    let Prepared { base, parsed: Parsed { document, warnings }, merged } = prepare(control, author, editing).await?;
    let found = outside::look(control, &document, Reach::Listed).await;
    let mut db = control.store.read().acquire().await.map_err(StoreError::from)?;
    may::publish(author, &document, base.as_ref(), &mut db).await?;
    let sees = visible(author.grants, Action::ConfigRead);
    // They tell of everybody's.
    let warnings = match sees {
        Visible::All => warnings::all(warnings, &document, base.as_ref(), (control, &found), &mut db).await?,
        Visible::Projects(_) => Vec::new(),
    };
    drop(db);
    let (version, before) = base.map_or_else(|| (0, Document::empty()), |it| (it.about.version, it.document));
    let (before, after) = (view(&before, &sees), view(&document, &sees));
    let changes = diff::diff(&before, &after);
    let found = if sees == Visible::All { &*found } else { &[] };
    let effects = effect::of_change(control, &sees, before, after, found).await?;
    Ok(Previewed { version, changes, merged, warnings, effects })
}

/// The document that somebody edits: a version of it, or the one in force, as far as it is shown to them. Its number is 0 where there
/// is none yet.
pub async fn base(control: &Control, author: Author<'_>, version: Option<u64>) -> Result<(u64, Document), ManageError> {
    let sees = visible(author.grants, Action::ConfigRead);
    let found = match version {
        Some(0) => None,
        Some(version) => Some(get(control, Some(version)).await?).map(|it| (version, it.document)),
        None => current(control.store.read()).await?.map(|it| (it.about.version, it.document)),
    };
    Ok(found.map_or_else(|| (0, Document::empty()), |(version, document)| (version, view(&document, &sees))))
}

/// A transaction beside which nobody publishes anything.
async fn alone(control: &Control) -> Result<Tx, StoreError> {
    let mut tx = control.store.write().await?;
    revision::lock(&mut tx).await?;
    Ok(tx)
}

/// Publishes it, unless somebody else has published something since it was prepared.
async fn publish(
    control: &Control,
    mut tx: Tx,
    author: Author<'_>,
    editing: &Editing<'_>,
    prepared: Prepared,
) -> Result<Option<Edited>, ManageError> {
    let Prepared { base, parsed, merged } = prepared;
    if config::latest_version(tx.connection()).await? != base.as_ref().map(|it| it.about.version) {
        return Ok(None);
    }
    let found = outside::look(control, &parsed.document, Reach::Listed).await;
    let outside = (control, &*found);
    let mut warnings =
        warnings::all(parsed.warnings, &parsed.document, base.as_ref(), outside, tx.connection()).await?;
    if visible(author.grants, Action::ConfigRead) != Visible::All {
        warnings.clear();
    }
    let new = Publish {
        document: &parsed.document,
        comment: editing.comment,
        restores: None,
        found: &found,
        file: None,
        ticket: editing.ticket,
        draft: editing.draft,
    };
    if visible(author.grants, Action::ConfigRead) != Visible::All {
        // They tell of everybody's.
        warnings.clear();
    }
    let (version, changes) = publish_if_changed(tx, control, author, base, &new).await?;
    warnings.extend(mode::taken_back(control, author, &changes));
    Ok(Some(Edited { version, changes, merged, warnings }))
}

/// Brings a change together with what is in force, and checks what comes of it. Nothing is published.
pub(super) async fn prepare(
    control: &Control,
    author: Author<'_>,
    editing: &Editing<'_>,
) -> Result<Prepared, ManageError> {
    let base = current(control.store.read()).await?;
    let (version, now) = base.as_ref().map_or((0, Document::empty()), |it| (it.about.version, it.document.clone()));
    let had = match editing.based_on.filter(|it| *it != version) {
        None => None,
        Some(0) => Some((0, Document::empty())),
        Some(asked) => {
            let had = get(control, Some(asked)).await.map_err(|_| unknown(asked, version))?;
            Some((asked, had.document)).filter(|_| had.about.version != version)
        }
    };
    let edit = editing.edit.clone();
    let (work, sees) = (control.clone(), visible(author.grants, Action::ConfigRead));
    let (parsed, merged) = control.aside(move || together(&work, &sees, &edit, had, (version, &now))).await??;
    Ok(Prepared { base, parsed, merged })
}

fn unknown(based_on: u64, current: u64) -> ManageError {
    let (yours, theirs, both, resource) = Default::default();
    ManageError::EditConflict(Box::new(EditConflict { based_on, current, yours, theirs, both, resource }))
}

/// `had`: what the editor had in hand, when that is not what is in force. Whoever sees a part of the document changes that part: no
/// operation reads what they do not see, and nothing that they are told is about it.
fn together(
    control: &Control,
    sees: &Visible,
    edit: &Edit,
    had: Option<(u64, Document)>,
    (version, now): (u64, &Document),
) -> Result<(Parsed, Vec<Change>), ManageError> {
    let now_value = canonical::to_value(&view(now, sees));
    let hidden = |it: &&Resource| it.get(&now_value).is_none() && it.get(&canonical::to_value(now)).is_some();
    if let Some(resource) = edit.resource().filter(hidden) {
        return Err(missing(resource));
    }
    let (document, merged) = match had {
        None => (edit.applied(&now_value)?, Vec::new()),
        Some((based_on, base)) => {
            let base_value = canonical::to_value(&view(&base, sees));
            let yours = edit.applied(&base_value)?;
            let merged = merge(&base_value, &yours, &now_value, &BTreeSet::new());
            let theirs = touched(&base_value, &now_value);
            // What others have changed is told as far as it is shown to whoever asks.
            let changed = diff::compare_values(&base_value, &now_value);
            if !merged.conflicts.is_empty() || !touched(&base_value, &yours).is_disjoint(&theirs) {
                let conflict = EditConflict {
                    based_on,
                    current: version,
                    yours: diff::compare_values(&base_value, &yours),
                    theirs: changed,
                    both: merged.conflicts,
                    resource: edit.resource().map(|it| TwoVersions {
                        name: it.to_string(),
                        base: it.get(&base_value).cloned(),
                        current: it.get(&now_value).cloned(),
                    }),
                };
                return Err(ManageError::EditConflict(Box::new(conflict)));
            }
            (merged.document, changed)
        }
    };
    checked(control, sees, now, now_value, document).map(|parsed| (parsed, merged))
}

/// Checks what somebody has made of the part of a document that they see, as a part of the whole.
pub(super) fn checked(
    control: &Control,
    sees: &Visible,
    now: &Document,
    now_value: Value,
    document: Value,
) -> Result<Parsed, ManageError> {
    let check = |document| control.within(Reach::Listed, |surroundings| check_value(document, surroundings));
    if *sees == Visible::All {
        return check(document).map_err(ManageError::InvalidConfig);
    }
    let whole = within_the_whole(now, &now_value, &document)?;
    let parsed = check(whole).map_err(|_| {
        let known = check(now_value).err().unwrap_or_default();
        ManageError::InvalidConfig(told_of_a_part(check(document).err().unwrap_or_default(), &known))
    })?;
    // Warnings may be of what is not seen.
    Ok(Parsed { warnings: Vec::new(), ..parsed })
}

/// What somebody has made of the part of a document that they see, put back into the whole.
fn within_the_whole(now: &Document, seen: &Value, changed: &Value) -> Result<Value, ManageError> {
    let merged = merge(seen, changed, &canonical::to_value(now), &BTreeSet::new());
    let refusal = |it: &Conflict| Refusal {
        pointer: it.path.clone(),
        action: Action::ConfigWrite,
        reason: "this is what all projects share, or others'".to_owned(),
    };
    if merged.conflicts.is_empty() {
        return Ok(merged.document);
    }
    Err(ManageError::OutsideDomain(merged.conflicts.iter().map(refusal).collect()))
}

/// The mistakes of a part that were not in it before; when there are none, something depends on it that is not seen.
fn told_of_a_part(mut mistakes: Vec<Problem>, known: &[Problem]) -> Vec<Problem> {
    mistakes.retain(|it| !known.iter().any(|other| (&other.path, &other.message) == (&it.path, &it.message)));
    if mistakes.iter().any(|it| it.severity == Severity::Error) {
        return mistakes;
    }
    let message = "something that others have configured depends on what would change".to_owned();
    vec![Problem { severity: Severity::Error, line: 1, column: 1, path: String::new(), message }]
}

impl Edit {
    /// The document as it is with the change.
    pub fn applied(&self, document: &Value) -> Result<Value, ManageError> {
        let mut changed = document.clone();
        match self {
            Self::Patch(operations) => return Ok(patch::apply(document, operations)?),
            Self::Whole(document) => return Ok(document.clone()),
            Self::Put(resource, value) => {
                let missing = |_| ManageError::NotFound { kind: "place for", id: resource.to_string() };
                resource.set(&mut changed, value.clone()).map_err(missing)?;
            }
            Self::Remove(resource) => {
                resource.remove(&mut changed).ok_or_else(|| missing(resource))?;
            }
        }
        Ok(changed)
    }

    fn resource(&self) -> Option<&Resource> {
        match self {
            Self::Put(resource, _) | Self::Remove(resource) => Some(resource),
            Self::Patch(_) | Self::Whole(_) => None,
        }
    }
}

/// A resource of the configuration in force, as far as it is shown to whoever asks, and the version of that.
pub async fn resource(control: &Control, author: Author<'_>, resource: &Resource) -> Result<(u64, Value), ManageError> {
    let Current { about, document } = get(control, None).await?;
    let shown = canonical::to_value(&view(&document, &visible(author.grants, Action::ConfigRead)));
    let found = resource.get(&shown).cloned().ok_or_else(|| missing(resource))?;
    Ok((about.version, found))
}

fn missing(resource: &Resource) -> ManageError {
    ManageError::NotFound { kind: "part of the configuration", id: resource.to_string() }
}
