//! Caller tokens: create, rotate, suspend, resume, revoke. Each is a new version: routers learn of it.

use std::collections::HashSet;

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
    permission::{Action, Grants, Visible, permit, visible},
    token::{TokenError, TokenKind, TokenRecord},
};

use super::{
    Control, ManageError,
    config::{self, Author},
};
use crate::{
    clock::now_ms,
    secrets::mint,
    store::{Tx, audit, revision, token},
};

/// A token that was replaced should not stay open for long.
const LONGEST_OVERLAP_MS: u64 = 30 * 86_400_000;

/// Names are a column of a list.
const NAME_LIMIT: usize = 200;
/// Ten years: what should live longer is meant to live for ever.
const LONGEST_LIFE_MS: u64 = 3650 * 86_400_000;

/// A token that has just been made.
pub struct Issued {
    /// What is stored.
    pub record: TokenRecord,
    /// The whole token, to be shown once.
    pub text: Secret,
    /// The version under which routers accept it.
    pub version: u64,
}

/// A token whose state has changed.
pub struct Changed {
    /// As it is now.
    pub record: TokenRecord,
    /// The version under which routers know.
    pub version: u64,
}

/// Makes a token for a caller of the configuration in force.
pub async fn create(
    control: &Control,
    author: Author<'_>,
    caller: &str,
    name: &str,
    expires_in_ms: Option<u64>,
) -> Result<Issued, ManageError> {
    checked_name(name)?;
    checked_life(expires_in_ms)?;
    let mut tx = control.store.write().await?;
    let version = revision::bump(&mut tx).await?;
    let current = config::current(tx.connection()).await?.ok_or(ManageError::NoConfig)?;
    let missing = || ManageError::NotFound { kind: "caller", id: caller.to_owned() };
    let project = current.document.caller(caller).ok_or_else(missing)?.project.as_deref();
    is_theirs(author.grants, project, missing)?;
    let now = now_ms();
    let new = mint(TokenKind::Caller);
    let expires_ms = expires_in_ms.map(|length| now.saturating_add_unsigned(length));
    let record = TokenRecord::create(&new, caller, name, expires_ms, now)?;
    token::insert(&mut tx, &record, version).await?;
    let detail = format!("for caller {caller}");
    finish(tx, event(author.actor, AuditAction::TokenCreate, &record, version, detail), caller).await?;
    Ok(Issued { record, text: new.text, version })
}

/// Puts a new token in an old one's place; the old one works for `overlap_ms` more. Unless told otherwise the new one
/// lives as long as the old one was meant to.
pub async fn rotate(
    control: &Control,
    author: Author<'_>,
    id: &str,
    overlap_ms: u64,
    expires_in_ms: Option<u64>,
) -> Result<Issued, ManageError> {
    checked_life(expires_in_ms)?;
    if overlap_ms > LONGEST_OVERLAP_MS {
        return Err(ManageError::InvalidValue(
            "an overlap is at most 30d: two tokens for longer are better made by `token create`",
        ));
    }
    let mut tx = control.store.write().await?;
    let version = revision::bump(&mut tx).await?;
    let old = found(&mut tx, author.grants, id).await?;
    let now = now_ms();
    let lifetime = old.expires_ms.map(|at| at.saturating_sub(old.created_ms).unsigned_abs());
    let expires_ms = expires_in_ms.or(lifetime).map(|length| now.saturating_add_unsigned(length));
    let new = mint(TokenKind::Caller);
    let rotation = old.rotate(&new, overlap_ms, expires_ms, now)?;
    token::update(&mut tx, &rotation.old, version).await?;
    token::insert(&mut tx, &rotation.new, version).await?;
    let detail = format!("replaced by token/{}", rotation.new.id);
    finish(tx, event(author.actor, AuditAction::TokenRotate, &rotation.old, version, detail), &old.caller).await?;
    Ok(Issued { record: rotation.new, text: new.text, version })
}

/// Closes a token until it is resumed.
pub async fn suspend(control: &Control, author: Author<'_>, id: &str) -> Result<Changed, ManageError> {
    change(control, author, id, AuditAction::TokenSuspend, TokenRecord::suspend).await
}

/// Opens a suspended token again.
pub async fn resume(control: &Control, author: Author<'_>, id: &str) -> Result<Changed, ManageError> {
    change(control, author, id, AuditAction::TokenResume, TokenRecord::resume).await
}

/// Closes a token for good.
pub async fn revoke(control: &Control, author: Author<'_>, id: &str) -> Result<Changed, ManageError> {
    change(control, author, id, AuditAction::TokenRevoke, TokenRecord::revoke).await
}

/// A token, and the version under which routers know it as it is.
pub async fn as_it_is(control: &Control, id: &str) -> Result<Changed, ManageError> {
    let found = token::with_version(control.store.read(), id).await?;
    let (record, version) = found.ok_or_else(|| ManageError::NotFound { kind: "token", id: id.to_owned() })?;
    Ok(Changed { record, version })
}

/// All tokens that are visible, or one caller's of these, the oldest first.
pub async fn list(control: &Control, visible: &Visible, caller: Option<&str>) -> Result<Vec<TokenRecord>, ManageError> {
    let mut tokens = match caller {
        Some(caller) => token::of_caller(control.store.read(), caller).await?,
        None => token::all(control.store.read()).await?,
    };
    if *visible != Visible::All {
        let current = config::current(control.store.read()).await?;
        let callers = current.iter().flat_map(|it| &it.document.callers);
        let shown: HashSet<&str> =
            callers.filter(|it| visible.includes(it.project.as_deref())).map(|it| it.id.as_str()).collect();
        tokens.retain(|it| shown.contains(it.caller.as_str()));
    }
    tokens.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
    Ok(tokens)
}

async fn change(
    control: &Control,
    author: Author<'_>,
    id: &str,
    action: AuditAction,
    decide: fn(&TokenRecord) -> Result<TokenRecord, TokenError>,
) -> Result<Changed, ManageError> {
    let mut tx = control.store.write().await?;
    let version = revision::bump(&mut tx).await?;
    let record = decide(&found(&mut tx, author.grants, id).await?)?;
    token::update(&mut tx, &record, version).await?;
    let detail = format!("of caller {}", record.caller);
    finish(tx, event(author.actor, action, &record, version, detail), &record.caller).await?;
    Ok(Changed { record, version })
}

/// A token that somebody may change. One of a caller that is configured no more belongs to no project.
async fn found(tx: &mut Tx, grants: &Grants, id: &str) -> Result<TokenRecord, ManageError> {
    let missing = || ManageError::NotFound { kind: "token", id: id.to_owned() };
    let record = token::by_id(tx.connection(), id).await?.ok_or_else(missing)?;
    if visible(grants, Action::TokenWrite) != Visible::All {
        let current = config::current(tx.connection()).await?;
        let caller = current.as_ref().and_then(|it| it.document.caller(&record.caller));
        is_theirs(grants, caller.and_then(|it| it.project.as_deref()), missing)?;
    }
    Ok(record)
}

/// What belongs to a project that is not shown is not there; what is shown and may not be changed is refused.
fn is_theirs(grants: &Grants, project: Option<&str>, missing: impl FnOnce() -> ManageError) -> Result<(), ManageError> {
    match permit(grants, Action::TokenWrite, project) {
        Err(denied) if visible(grants, Action::TokenRead).includes(project) => Err(denied.into()),
        Err(_) => Err(missing()),
        Ok(()) => Ok(()),
    }
}

/// Records what was done to a token of a caller, for those who administer its project.
async fn finish(mut tx: Tx, event: AuditEvent, caller: &str) -> Result<(), ManageError> {
    let current = config::current(tx.connection()).await?;
    let project = current.as_ref().and_then(|it| it.document.caller(caller)?.project.as_deref());
    audit::record_about(&mut tx, &event, [project.unwrap_or_default()]).await?;
    Ok(tx.commit().await?)
}

pub(super) fn event(
    actor: &Actor,
    action: AuditAction,
    token: &TokenRecord,
    version: u64,
    detail: String,
) -> AuditEvent {
    AuditEvent {
        at_ms: now_ms(),
        actor: actor.clone(),
        action,
        target: format!("token/{}", token.id),
        version: Some(version),
        detail,
    }
}

pub(super) fn checked_life(length_ms: Option<u64>) -> Result<(), ManageError> {
    match length_ms {
        Some(0) => Err(TokenError::ExpiresInThePast.into()),
        Some(length) if length > LONGEST_LIFE_MS => Err(ManageError::InvalidValue(
            "a token lives for at most 3650d (ten years); say nothing about its expiry for one that lives for ever",
        )),
        _ => Ok(()),
    }
}

pub(super) fn checked_name(name: &str) -> Result<(), ManageError> {
    if name.len() > NAME_LIMIT || name.chars().any(char::is_control) {
        return Err(ManageError::InvalidValue("a name is one line of at most 200 bytes"));
    }
    Ok(())
}
