//! The one place where a document is published.

use control_plane_core::{
    Document,
    audit::{Actor, AuditAction, AuditEvent},
    canonical,
    diff::{Change, diff},
    document::Provider,
    domain::projects_touched,
    resource::{summary, touched},
};

use super::{Author, Current, may, mode, reach, sessions};
use crate::{
    Reach,
    clock::now_ms,
    manage::{
        Control, ManageError,
        outside::{self, Found},
    },
    store::{
        StoreError, Tx, applied_file, audit,
        config::{self, ConfigVersion, StoredConfig},
        credential, draft, revision,
    },
};

/// How many changes an audit event names.
const AUDITED_CHANGES: usize = 50;
/// How much of a change's path an audit event repeats, in characters.
const AUDITED_PATH: usize = 200;

/// What is published.
pub(super) struct Publish<'a> {
    /// The document.
    pub document: &'a Document,
    /// Why; may be empty.
    pub comment: &'a str,
    /// The version that it repeats.
    pub restores: Option<u64>,
    /// What the document names outside the database.
    pub found: &'a [Found],
    /// What its author calls the file that it came from.
    pub file: Option<&'a str>,
    /// What it is done for, elsewhere; may be empty.
    pub ticket: &'a str,
    /// The draft that it was, which goes.
    pub draft: Option<&'a str>,
}

/// The one place where a document is published, whoever changed it and how.
pub(super) async fn publish_if_changed(
    mut tx: Tx,
    control: &Control,
    author: Author<'_>,
    base: Option<Current>,
    new: &Publish<'_>,
) -> Result<(u64, Vec<Change>), ManageError> {
    let actor = author.actor;
    mode::editable(control, author)?;
    if let Some(draft) = new.draft {
        draft::delete(&mut tx, &actor.label(), draft).await?;
    }
    let json = canonical::to_json(new.document);
    let same = base.as_ref().filter(|base| canonical::to_json(&base.document) == json);
    let reach_before = match same {
        Some(base) => Some(reach(tx.connection(), &base.about).await?),
        None => None,
    };
    // The same words may reach further when they come from the process's own file.
    let reaches_further = new.restores.is_none() && *actor == Actor::System && reach_before == Some(Reach::Listed);
    if let Some(version) = same.filter(|_| !reaches_further).map(|base| base.about.version) {
        if let Some(file) = new.file {
            applied_file::note(&mut tx, &actor.label(), file, version).await?;
        }
        tx.commit().await?;
        return Ok((version, Vec::new()));
    }
    may::publish(author, new.document, base.as_ref(), tx.connection()).await?;
    bind_keys(&mut tx, base.as_ref()).await?;
    control.sealing_key(&mut tx).await?;
    outside::adopt(&mut tx, control, new.found).await?;
    let before = base.map_or_else(Document::empty, |base| base.document);
    sessions::end(&mut tx, author, &before, new.document).await?;
    let changes = diff(&before, new.document);
    let touched = touched(&canonical::to_value(&before), &canonical::to_value(new.document));
    let version = revision::bump(&mut tx).await?;
    let about = ConfigVersion {
        version,
        author: actor.label(),
        comment: new.comment.to_owned(),
        restores: new.restores,
        created_ms: now_ms(),
        ticket: new.ticket.to_owned(),
        summary: summary(&touched),
    };
    let event = event(actor, &about, new, &changes);
    if let Some(file) = new.file {
        applied_file::note(&mut tx, &actor.label(), file, version).await?;
    }
    config::insert(&mut tx, &StoredConfig { about, document: json }).await?;
    let projects = projects_touched(&before, new.document, &touched);
    audit::record_about(&mut tx, &event, projects.iter().map(String::as_str)).await?;
    tx.commit().await?;
    Ok((version, changes))
}

/// What the audit log says of it.
fn event(actor: &Actor, about: &ConfigVersion, new: &Publish<'_>, changes: &[Change]) -> AuditEvent {
    AuditEvent {
        at_ms: about.created_ms,
        actor: actor.clone(),
        action: if new.restores.is_some() { AuditAction::ConfigRollback } else { AuditAction::ConfigApply },
        target: "config".to_owned(),
        version: Some(about.version),
        detail: audited(new, changes),
    }
}

/// A key that an older build set is for where the configuration sent it until now.
async fn bind_keys(tx: &mut Tx, base: Option<&Current>) -> Result<(), StoreError> {
    for mut row in credential::all(tx.connection()).await?.into_iter().filter(|row| row.origin.is_none()) {
        let provider = base.and_then(|base| base.document.providers.get(&row.provider));
        row.origin = Some(provider.map(Provider::origin).unwrap_or_default());
        credential::put(tx, &row).await?;
    }
    Ok(())
}

/// Where something changed, not to what: the documents themselves are kept by version.
fn audited(new: &Publish<'_>, changes: &[Change]) -> String {
    let restores = new.restores.map(|version| format!("restores version {version}"));
    let comment = Some(new.comment.to_owned()).filter(|comment| !comment.is_empty());
    let ticket = Some(new.ticket).filter(|it| !it.is_empty()).map(|it| format!("ticket {it}"));
    let draft = new.draft.map(|it| format!("draft/{it}"));
    let more = changes.len().checked_sub(AUDITED_CHANGES).filter(|more| *more > 0);
    restores
        .into_iter()
        .chain(comment)
        .chain(ticket)
        .chain(draft)
        .chain(changes.iter().take(AUDITED_CHANGES).map(audited_change))
        .chain(more.map(|more| format!("and {more} more")))
        .collect::<Vec<_>>()
        .join("\n")
}

fn audited_change(change: &Change) -> String {
    let path: String = change.path.chars().take(AUDITED_PATH).collect();
    let cut = if path.len() < change.path.len() { "…" } else { "" };
    format!("{} {path}{cut}", change.kind.sign())
}
