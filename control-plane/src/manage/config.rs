//! The configuration document: check, compare, apply, roll back.

pub mod between;
pub mod draft;
pub mod edit;
mod may;
pub mod mode;
mod publish;
mod sessions;
pub mod text;
mod warnings;

use control_plane_core::{
    Document, Problem, Severity,
    audit::Actor,
    canonical,
    diff::{Change, diff, undone},
    effect::Effects,
    keys::{self, Move, SealedFor},
    parse::{Parsed, parse_within},
    permission::{Action, Grants, Visible, permit},
    validate::validate,
};
use sqlx::{AnyConnection, AnyExecutor};

use self::publish::{Publish, publish_if_changed};
use super::{
    Control, ManageError, effect,
    outside::{self, Found},
};
use crate::{
    Reach,
    store::{
        StoreError, Tx, applied_file,
        config::{self, ConfigVersion, StoredConfig},
        credential, revision,
    },
};

/// A comment is a line of a list, not a page.
const COMMENT_LIMIT: usize = 1000;

/// Who changes the configuration.
#[derive(Clone, Copy)]
pub struct Author<'a> {
    /// As it is recorded.
    pub actor: &'a Actor,
    /// What it may do.
    pub grants: &'a Grants,
    /// With what it comes.
    pub comes: Comes,
}

/// With what an author comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    /// A token; or it is the process itself.
    Program,
    /// A cookie: it is a browser.
    Browser {
        /// Whoever sits there has logged in not long ago.
        recent: bool,
    },
}

impl Author<'_> {
    /// The process itself, for the file that it was started with.
    pub const SYSTEM: Self = Self { actor: &Actor::System, grants: &Grants::OWNER, comes: Comes::Program };
}

/// What applying did.
pub struct Applied {
    /// The version that serves this configuration: a new one, or the old one when nothing changes.
    pub version: u64,
    /// What changed; empty: nothing was published.
    pub changes: Vec<Change>,
    /// What works, but hardly as meant.
    pub warnings: Vec<Problem>,
}

/// What a new configuration is applied with.
pub struct Apply<'a> {
    /// YAML, with variables.
    pub text: &'a str,
    /// Why; may be empty.
    pub comment: &'a str,
    /// The version that the author started from; 0: none. Another one in force is a conflict.
    pub expected_version: Option<u64>,
    /// What the author calls the file that it came from: without an expected version it takes back nothing that was changed since
    /// it was last applied.
    pub file: Option<&'a str>,
    /// It takes back what it takes back.
    pub force: bool,
}

/// What would change, and from which version.
pub struct Compared {
    /// The version compared with; 0: an empty document.
    pub base_version: u64,
    /// In the order of the document.
    pub changes: Vec<Change>,
    /// What works, but hardly as meant.
    pub warnings: Vec<Problem>,
    /// Whom it touches.
    pub effects: Effects,
}

/// A stored document, read.
pub struct Current {
    /// Its number and origin.
    pub about: ConfigVersion,
    /// What it says.
    pub document: Document,
}

/// The configuration in force.
pub async fn current(db: impl AnyExecutor<'_>) -> Result<Option<Current>, ManageError> {
    config::latest(db).await?.map(read).transpose()
}

/// The configuration that was in force at a version, or the one that is now. Any version will do, such as one that changed
/// a token alone.
pub async fn get(control: &Control, version: Option<u64>) -> Result<Current, ManageError> {
    let Some(version) = version else {
        return current(control.store.read()).await?.ok_or(ManageError::NoConfig);
    };
    let newest = revision::current(control.store.read()).await?;
    let stored = config::in_force_at(control.store.read(), version).await?;
    stored.filter(|_| version <= newest).map(read).transpose()?.ok_or_else(|| not_found(version))
}

/// Reads and checks a configuration with what of this control plane's surroundings is open to it.
async fn read_text(control: &Control, text: &str, reach: Reach) -> Result<Parsed, ManageError> {
    let (control_there, text) = (control.clone(), text.to_owned());
    let read = move || control_there.within(reach, |surroundings| parse_within(&text, surroundings));
    control.aside(read).await?.map_err(ManageError::InvalidConfig)
}

/// What is to be said of a configuration that can be applied, to somebody with these grants.
pub async fn check(control: &Control, text: &str, grants: &Grants) -> Result<Vec<Problem>, ManageError> {
    let Parsed { document, mut warnings } = read_text(control, text, seen_by(grants)).await?;
    let mut db = control.store.read().acquire().await.map_err(StoreError::from)?;
    let in_force = current(&mut *db).await?;
    warnings.extend(forbidden(grants, &document, in_force.as_ref(), &mut db).await?.iter().map(warning));
    Ok(warnings)
}

/// How much is open to a document that somebody with these grants only looks at. Variables are for what all share: whoever writes
/// for some projects alone reads none.
fn seen_by(grants: &Grants) -> Reach {
    if permit(grants, Action::ConfigWrite, None).is_ok() { Reach::Listed } else { Reach::Names }
}

/// The secrets that a document sends where they do not go yet, for those who may not decide that.
async fn forbidden(
    grants: &Grants,
    document: &Document,
    in_force: Option<&Current>,
    db: &mut AnyConnection,
) -> Result<Vec<Move>, StoreError> {
    if permit(grants, Action::CredentialWrite, None).is_ok() {
        return Ok(Vec::new());
    }
    moves(document, in_force, db).await
}

/// The secrets that a document sends where they do not go yet.
async fn moves(
    document: &Document,
    in_force: Option<&Current>,
    db: &mut AnyConnection,
) -> Result<Vec<Move>, StoreError> {
    let rows = credential::all(db).await?;
    let sealed: Vec<SealedFor<'_>> =
        rows.iter().map(|row| SealedFor { provider: &row.provider, origin: row.origin.as_deref() }).collect();
    Ok(keys::moves(in_force.map(|it| &it.document), document, &sealed))
}

fn warning(it: &Move) -> Problem {
    it.problem(Severity::Warning)
}

/// How much is open to a document of this author: all to the process itself, which read it from a file that it was started
/// with.
fn reach_of(author: &str) -> Reach {
    if author == Actor::System.label() { Reach::Whole } else { Reach::Listed }
}

/// How much is open to a stored document. One that was restored is as its first author left it.
pub async fn reach(db: &mut AnyConnection, about: &ConfigVersion) -> Result<Reach, StoreError> {
    let mut about = about.clone();
    while let Some(restored) = about.restores.filter(|it| *it < about.version) {
        let Some(first) = config::in_force_at(&mut *db, restored).await? else { break };
        about = first.about;
    }
    Ok(reach_of(&about.author))
}

/// What would change against a version, or against the one in force.
pub async fn compare(
    control: &Control,
    text: &str,
    against: Option<u64>,
    author: Author<'_>,
) -> Result<Compared, ManageError> {
    let grants = author.grants;
    let reach = if *author.actor == Actor::System { Reach::Whole } else { seen_by(grants) };
    let parsed = read_text(control, text, reach).await?;
    let mut db = control.store.read().acquire().await.map_err(StoreError::from)?;
    let in_force = current(&mut *db).await?;
    // Who may only look is not told what surrounds the control plane.
    let found = match reach {
        Reach::Names => Vec::new(),
        Reach::Whole | Reach::Listed => outside::look(control, &parsed.document, reach).await,
    };
    let mut warnings =
        warnings::all(parsed.warnings, &parsed.document, in_force.as_ref(), (control, &found), &mut db).await?;
    warnings.extend(forbidden(grants, &parsed.document, in_force.as_ref(), &mut db).await?.iter().map(warning));
    drop(db);
    let base = match against {
        Some(version) => Some(get(control, Some(version)).await?),
        None => in_force,
    };
    let (base_version, base) = base.map_or_else(|| (0, Document::empty()), |base| (base.about.version, base.document));
    compared(control, base_version, base, parsed.document, warnings, &found).await
}

async fn compared(
    control: &Control,
    base_version: u64,
    before: Document,
    after: Document,
    warnings: Vec<Problem>,
    found: &[Found],
) -> Result<Compared, ManageError> {
    let (from, to) = (before.clone(), after.clone());
    let changes = control.aside(move || diff(&from, &to)).await?;
    let effects = effect::of_change(control, &Visible::All, before, after, found).await?;
    Ok(Compared { base_version, changes, warnings, effects })
}

/// What publishing an older version again would change of the one in force.
pub async fn compare_version(control: &Control, author: Author<'_>, to: u64) -> Result<Compared, ManageError> {
    let Current { about, document } = get(control, Some(to)).await?;
    let in_force = current(control.store.read()).await?;
    let (mistakes, warnings): (Vec<Problem>, Vec<Problem>) =
        validate(&document).into_iter().map(located).partition(|problem| problem.severity == Severity::Error);
    if !mistakes.is_empty() {
        return Err(ManageError::InvalidConfig(mistakes));
    }
    let mut db = control.store.read().acquire().await.map_err(StoreError::from)?;
    let reach = reach(&mut db, &about).await?;
    let found = outside::look(control, &document, reach).await;
    let mut warnings = warnings::all(warnings, &document, in_force.as_ref(), (control, &found), &mut db).await?;
    warnings.extend(forbidden(author.grants, &document, in_force.as_ref(), &mut db).await?.iter().map(warning));
    drop(db);
    let (version, now) = in_force.map_or_else(|| (0, Document::empty()), |it| (it.about.version, it.document));
    compared(control, version, now, document, warnings, &found).await
}

/// Validates, compares, numbers and publishes a configuration. One that changes nothing is not published again.
pub async fn apply(control: &Control, author: Author<'_>, new: &Apply<'_>) -> Result<Applied, ManageError> {
    let actor = author.actor;
    mode::editable(control, author)?;
    checked_comment(new.comment)?;
    let reach = match seen_by(author.grants) {
        Reach::Names => Reach::Names,
        _ => reach_of(&actor.label()),
    };
    let parsed = read_text(control, new.text, reach).await?;
    let found = outside::look(control, &parsed.document, reach).await;
    let mut tx = control.store.write().await?;
    revision::lock(&mut tx).await?;
    let base = current(tx.connection()).await?;
    let base_version = base.as_ref().map_or(0, |base| base.about.version);
    if let Some(expected) = new.expected_version.filter(|expected| *expected != base_version) {
        return Err(ManageError::VersionConflict { expected, current: base_version });
    }
    if new.expected_version.is_none() && !new.force {
        takes_nothing_back(&mut tx, actor, new.file, base.as_ref(), &parsed.document).await?;
    }
    let outside = (control, &*found);
    let mut warnings =
        warnings::all(parsed.warnings, &parsed.document, base.as_ref(), outside, tx.connection()).await?;
    let publish = Publish {
        document: &parsed.document,
        comment: new.comment,
        restores: None,
        found: &found,
        file: new.file,
        ticket: "",
        draft: None,
    };
    let (version, changes) = publish_if_changed(tx, control, author, base, &publish).await?;
    warnings.extend(mode::taken_back(control, author, &changes));
    Ok(Applied { version, changes, warnings })
}

/// Publishes the document of an older version under a new number. `expected_version`: another one in force is a conflict.
pub async fn rollback(
    control: &Control,
    author: Author<'_>,
    to: u64,
    comment: &str,
    expected_version: Option<u64>,
) -> Result<Applied, ManageError> {
    mode::editable(control, author)?;
    checked_comment(comment)?;
    let mut tx = control.store.write().await?;
    let newest = revision::lock(&mut tx).await?;
    let base = current(tx.connection()).await?;
    let base_version = base.as_ref().map_or(0, |it| it.about.version);
    if let Some(expected) = expected_version.filter(|it| *it != base_version) {
        return Err(ManageError::VersionConflict { expected, current: base_version });
    }
    let stored = config::in_force_at(tx.connection(), to).await?.filter(|_| to <= newest);
    let Current { about: restored, document } = read(stored.ok_or_else(|| not_found(to))?)?;
    // An old document has passed the checks of an old build.
    let (mistakes, warnings): (Vec<Problem>, Vec<Problem>) =
        validate(&document).into_iter().map(located).partition(|problem| problem.severity == Severity::Error);
    if !mistakes.is_empty() {
        return Err(ManageError::InvalidConfig(mistakes));
    }
    let reach = reach(tx.connection(), &restored).await?;
    let found = outside::look(control, &document, reach).await;
    let outside = (control, &*found);
    let mut warnings = warnings::all(warnings, &document, base.as_ref(), outside, tx.connection()).await?;
    let publish = Publish {
        document: &document,
        comment,
        restores: Some(restored.version),
        found: &found,
        file: None,
        ticket: "",
        draft: None,
    };
    let (version, changes) = publish_if_changed(tx, control, author, base, &publish).await?;
    warnings.extend(mode::taken_back(control, author, &changes));
    Ok(Applied { version, changes, warnings })
}

/// Refuses a file that would take back what was changed since its author applied it last; or, where that never was, one that is
/// an older version as it stands.
async fn takes_nothing_back(
    tx: &mut Tx,
    actor: &Actor,
    file: Option<&str>,
    base: Option<&Current>,
    document: &Document,
) -> Result<(), ManageError> {
    let (Some(file), Some(base)) = (file, base) else { return Ok(()) };
    let applied = match applied_file::version(tx.connection(), &actor.label(), file).await? {
        Some(version) => config::in_force_at(tx.connection(), version).await?,
        None => config::same_before(tx.connection(), &canonical::to_json(document), base.about.version).await?,
    };
    let Some(applied) = applied else { return Ok(()) };
    let applied = read(applied)?;
    let changes = undone(&applied.document, &base.document, document);
    if changes.is_empty() {
        return Ok(());
    }
    Err(ManageError::WouldUndo { since: applied.about.version, current: base.about.version, changes })
}

fn located(finding: control_plane_core::Finding) -> Problem {
    Problem { severity: finding.severity, line: 1, column: 1, path: finding.path, message: finding.message }
}

fn read(stored: StoredConfig) -> Result<Current, ManageError> {
    let version = stored.about.version;
    let document =
        canonical::from_json(&stored.document).map_err(|source| ManageError::Unreadable { version, source })?;
    Ok(Current { about: stored.about, document })
}

fn checked_comment(comment: &str) -> Result<(), ManageError> {
    if comment.len() > COMMENT_LIMIT || comment.chars().any(char::is_control) {
        return Err(ManageError::InvalidValue("a comment is one line of at most 1000 bytes"));
    }
    Ok(())
}

fn not_found(version: u64) -> ManageError {
    ManageError::NotFound { kind: "configuration version", id: version.to_string() }
}

/// All versions that changed the configuration, the newest first.
pub async fn versions(control: &Control, before: u64, limit: u32) -> Result<Vec<ConfigVersion>, StoreError> {
    config::versions(control.store.read(), before, limit).await
}
