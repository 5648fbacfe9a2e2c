//! Drafts: changes that somebody is working on. They are kept in the database, each for its owner alone, until they are applied or
//! discarded. A draft need not be valid; what is wrong with it is told when it is asked for.

use std::collections::BTreeSet;

use control_plane_core::{
    Document, Problem, Severity,
    audit::{AuditAction, AuditEvent},
    canonical,
    diff::{self, Change},
    domain::{Refusal, refusals, view},
    effect::Effects,
    merge::{Conflict, merge},
    parse::Parsed,
    permission::{Action, Visible, visible},
};
use rand::{TryRngCore, rngs::OsRng};
use serde_json::Value;

use super::{
    Author, Current, current,
    edit::{self, Edit, Edited, Editing},
    forbidden, mode, warning, warnings,
};
use crate::{
    Reach,
    clock::now_ms,
    manage::{Control, ManageError, effect, outside},
    store::{
        StoreError, audit,
        draft::{self, DraftLine, StoredDraft},
    },
};

/// Nobody works on more at once.
const MOST: u32 = 100;
/// Titles and tickets are columns of a list.
const WORD_LIMIT: usize = 200;

/// What an owner says of a draft.
#[derive(Clone, Debug)]
pub struct DraftWords<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Why, for the version that comes of it.
    pub comment: &'a str,
    /// What it is done for, elsewhere.
    pub ticket: &'a str,
}

/// What is to be said of a draft: over what is in force now.
pub struct Judged {
    /// The draft.
    pub draft: StoredDraft,
    /// The version in force; 0: none.
    pub current_version: u64,
    /// What it changes of the version that it is based on.
    pub changes: Vec<Change>,
    /// What others have changed since.
    pub theirs: Vec<Change>,
    /// The fields that both change: they must be resolved before it is applied.
    pub conflicts: Vec<Conflict>,
    /// All mistakes of what would come of it; none: it can be applied.
    pub mistakes: Vec<Problem>,
    /// What works, but hardly as meant.
    pub warnings: Vec<Problem>,
    /// Whom it touches; `None`: it has mistakes.
    pub effects: Option<Effects>,
}

/// Begins a draft: with a change of a version, or with the version as it is.
pub async fn create(
    control: &Control,
    author: Author<'_>,
    words: &DraftWords<'_>,
    based_on: Option<u64>,
    change: Option<&Edit>,
) -> Result<StoredDraft, ManageError> {
    mode::editable(control, author)?;
    checked(words)?;
    let (base_version, base) = edit::base(control, author, based_on).await?;
    let base = canonical::to_value(&base);
    let document = change.map_or_else(|| Ok(base.clone()), |it| it.applied(&base))?;
    let owner = author.actor.label();
    if draft::of_owner(control.store.read(), &owner, MOST).await?.len() >= MOST as usize {
        return Err(ManageError::Conflict("there are a hundred drafts already: discard some".to_owned()));
    }
    let now = now_ms();
    let about = DraftLine {
        id: new_id(),
        owner,
        title: words.title.to_owned(),
        comment: words.comment.to_owned(),
        ticket: words.ticket.to_owned(),
        base_version,
        revision: 1,
        created_ms: now,
        updated_ms: now,
    };
    let new = StoredDraft { about, document: document.to_string() };
    let mut tx = control.store.write().await?;
    draft::insert(&mut tx, &new).await?;
    audit::record(&mut tx, &event(author, AuditAction::DraftCreate, &new.about)).await?;
    tx.commit().await?;
    Ok(new)
}

/// The author's drafts, the one that was saved last first.
pub async fn list(control: &Control, author: Author<'_>) -> Result<Vec<DraftLine>, ManageError> {
    Ok(draft::of_owner(control.store.read(), &author.actor.label(), MOST).await?)
}

/// One of the author's drafts.
pub async fn find(control: &Control, author: Author<'_>, id: &str) -> Result<StoredDraft, ManageError> {
    draft::by_id(control.store.read(), &author.actor.label(), id).await?.ok_or_else(|| no_draft(id))
}

/// Saves a draft over the revision that the author has. A save that is repeated because its answer was lost is answered as the
/// first time.
pub async fn save(
    control: &Control,
    author: Author<'_>,
    id: &str,
    revision: u64,
    words: &DraftWords<'_>,
    change: &Edit,
) -> Result<StoredDraft, ManageError> {
    checked(words)?;
    let stored = find(control, author, id).await?;
    let changed = |of: &StoredDraft| -> Result<StoredDraft, ManageError> {
        let document = change.applied(&document(of)?)?.to_string();
        let about = DraftLine {
            title: words.title.to_owned(),
            comment: words.comment.to_owned(),
            ticket: words.ticket.to_owned(),
            ..of.about.clone()
        };
        Ok(StoredDraft { about, document })
    };
    if stored.about.revision == revision.saturating_add(1)
        && matches!(change, Edit::Whole(_))
        && changed(&stored)? == stored
    {
        return Ok(stored);
    }
    replace(control, changed(&stored)?, revision).await
}

async fn replace(control: &Control, mut new: StoredDraft, revision: u64) -> Result<StoredDraft, ManageError> {
    new.about.revision = revision.saturating_add(1);
    new.about.updated_ms = now_ms();
    let mut tx = control.store.write().await?;
    if !draft::update(&mut tx, &new).await? {
        let stored = draft::by_id(tx.connection(), &new.about.owner, &new.about.id).await?;
        let current = stored.ok_or_else(|| no_draft(&new.about.id))?.about.revision;
        return Err(ManageError::DraftChanged { expected: revision, current });
    }
    tx.commit().await?;
    Ok(new)
}

/// Throws a draft away.
pub async fn discard(control: &Control, author: Author<'_>, id: &str) -> Result<(), ManageError> {
    let found = find(control, author, id).await?;
    let mut tx = control.store.write().await?;
    if !draft::delete(&mut tx, &found.about.owner, id).await? {
        return Err(no_draft(id));
    }
    audit::record(&mut tx, &event(author, AuditAction::DraftDiscard, &found.about)).await?;
    Ok(tx.commit().await?)
}

/// What would come of a draft if it were applied now.
pub async fn judge(control: &Control, author: Author<'_>, id: &str) -> Result<Judged, ManageError> {
    let draft = find(control, author, id).await?;
    let (_, base) = edit::base(control, author, Some(draft.about.base_version)).await?;
    let in_force = current(control.store.read()).await?;
    let current_version = in_force.as_ref().map_or(0, |it| it.about.version);
    let now = in_force.as_ref().map_or_else(Document::empty, |it| it.document.clone());
    let sees = visible(author.grants, Action::ConfigRead);
    let (yours, work, seen_by) = (document(&draft)?, control.clone(), sees.clone());
    let from = now.clone();
    let look = move || {
        let (base, now) = (canonical::to_value(&base), canonical::to_value(&view(&from, &seen_by)));
        let merged = merge(&base, &yours, &now, &BTreeSet::new());
        let (changes, theirs) = (diff::compare_values(&base, &yours), diff::compare_values(&base, &now));
        let checked = edit::checked(&work, &seen_by, &from, now, merged.document);
        (changes, theirs, merged.conflicts, checked)
    };
    let (changes, theirs, conflicts, checked) = control.aside(look).await?;
    let (mistakes, warnings, effects) = match checked {
        Err(ManageError::InvalidConfig(problems)) => {
            let (mistakes, warnings) = problems.into_iter().partition(|it| it.severity == Severity::Error);
            (mistakes, warnings, None)
        }
        Err(ManageError::OutsideDomain(refusals)) => (refusals.iter().map(not_theirs).collect(), Vec::new(), None),
        Err(error) => return Err(error),
        Ok(parsed) => {
            let refused: Vec<Problem> =
                refusals(&now, &parsed.document, author.grants).iter().map(not_theirs).collect();
            let (warnings, effects) = over(control, author, &sees, in_force.as_ref(), parsed, &changes).await?;
            if refused.is_empty() { (Vec::new(), warnings, Some(effects)) } else { (refused, warnings, None) }
        }
    };
    Ok(Judged { draft, current_version, changes, theirs, conflicts, mistakes, warnings, effects })
}

/// What works, but hardly as meant, and whom it touches, as far as it is shown to whoever asks.
async fn over(
    control: &Control,
    author: Author<'_>,
    sees: &Visible,
    in_force: Option<&Current>,
    parsed: Parsed,
    changes: &[Change],
) -> Result<(Vec<Problem>, Effects), ManageError> {
    let Parsed { document, warnings } = parsed;
    let before = in_force.map_or_else(Document::empty, |it| it.document.clone());
    if *sees != Visible::All {
        let effects = effect::of_change(control, sees, view(&before, sees), view(&document, sees), &[]).await?;
        return Ok((Vec::new(), effects));
    }
    let found = outside::look(control, &document, Reach::Listed).await;
    let mut db = control.store.read().acquire().await.map_err(StoreError::from)?;
    let mut all = warnings::all(warnings, &document, in_force, (control, &found), &mut db).await?;
    let moves = forbidden(author.grants, &document, in_force, &mut db).await?;
    all.extend(moves.iter().map(warning));
    drop(db);
    all.extend(mode::taken_back(control, author, changes));
    let effects = effect::of_change(control, sees, before, document, &found).await?;
    Ok((all, effects))
}

fn not_theirs(it: &Refusal) -> Problem {
    let path = it.pointer.trim_start_matches('/').replace('/', ".");
    Problem { severity: Severity::Error, line: 1, column: 1, path, message: it.reason.clone() }
}

/// Brings a draft onto the version in force, field by field. Of the fields that both have changed, the draft's own value is kept where
/// the author says so, and theirs where that is said; one of which neither is said is told, and nothing is changed.
pub async fn rebase(
    control: &Control,
    author: Author<'_>,
    id: &str,
    revision: u64,
    (keep_yours, take_theirs): (&BTreeSet<String>, &BTreeSet<String>),
) -> Result<StoredDraft, ManageError> {
    let stored = find(control, author, id).await?;
    let (_, base) = edit::base(control, author, Some(stored.about.base_version)).await?;
    let (version, now) = edit::base(control, author, None).await?;
    let (base, now, yours) = (canonical::to_value(&base), canonical::to_value(&now), document(&stored)?);
    let keep = keep_yours.clone();
    let merged = control.aside(move || merge(&base, &yours, &now, &keep)).await?;
    let known = |path: &String| merged.conflicts.iter().any(|it| it.path == *path);
    if keep_yours.iter().chain(take_theirs).any(|it| !known(it)) {
        let text =
            "`keep_yours` and `take_theirs` name fields that both have changed, as `conflicts` of the preview has them";
        return Err(ManageError::InvalidValue(text));
    }
    let said = |it: &Conflict| keep_yours.contains(&it.path) || take_theirs.contains(&it.path);
    let open: Vec<Conflict> = merged.conflicts.into_iter().filter(|it| !said(it)).collect();
    if !open.is_empty() {
        return Err(ManageError::RebaseConflict { current: version, conflicts: open });
    }
    let about = DraftLine { base_version: version, ..stored.about };
    replace(control, StoredDraft { about, document: merged.document.to_string() }, revision).await
}

/// Publishes a draft as one version, and removes it. What others have changed since stays, as with any edit; what both have changed
/// must be brought together first.
pub async fn apply(
    control: &Control,
    author: Author<'_>,
    id: &str,
    revision: u64,
    expected_version: Option<u64>,
) -> Result<Edited, ManageError> {
    let stored = find(control, author, id).await?;
    let about = &stored.about;
    if about.revision != revision {
        return Err(ManageError::DraftChanged { expected: revision, current: about.revision });
    }
    let in_force = current(control.store.read()).await?.map_or(0, |it| it.about.version);
    if let Some(expected) = expected_version.filter(|it| *it != in_force) {
        return Err(ManageError::VersionConflict { expected, current: in_force });
    }
    let edit = Edit::Whole(document(&stored)?);
    let editing = Editing {
        edit: &edit,
        based_on: Some(about.base_version),
        comment: if about.comment.is_empty() { &about.title } else { &about.comment },
        ticket: &about.ticket,
        draft: Some(id),
    };
    edit::edit(control, author, &editing).await
}

/// The document of a draft.
pub fn document(draft: &StoredDraft) -> Result<Value, ManageError> {
    let version = draft.about.base_version;
    serde_json::from_str(&draft.document).map_err(|source| ManageError::Unreadable { version, source })
}

fn checked(words: &DraftWords<'_>) -> Result<(), ManageError> {
    let line = |text: &str| text.len() <= WORD_LIMIT && !text.chars().any(char::is_control);
    if !line(words.title) || !line(words.ticket) {
        return Err(ManageError::InvalidValue("a title and a ticket are one line of at most 200 bytes each"));
    }
    super::checked_comment(words.comment)
}

fn no_draft(id: &str) -> ManageError {
    ManageError::NotFound { kind: "draft", id: id.to_owned() }
}

fn new_id() -> String {
    let mut random = [0_u8; 8];
    OsRng.try_fill_bytes(&mut random).expect("the operating system gives random bytes");
    format!("draft-{:016x}", u64::from_be_bytes(random))
}

fn event(author: Author<'_>, action: AuditAction, about: &DraftLine) -> AuditEvent {
    AuditEvent {
        at_ms: now_ms(),
        actor: author.actor.clone(),
        action,
        target: format!("draft/{}", about.id),
        version: None,
        detail: about.title.clone(),
    }
}
