//! Admin tokens: who may use the admin API.

use std::collections::BTreeSet;

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
    permission::{Action, Domain, Grants, Visible, may_grant, visible},
    token::TokenKind,
};

use super::{
    Control, ManageError,
    config::{self, Author},
    token::{checked_life, checked_name},
};
use crate::{
    clock::now_ms,
    secrets::mint,
    store::{
        admin::{self, StoredAdminToken},
        audit,
    },
};

/// An admin token that has just been made.
pub struct IssuedAdmin {
    /// What is stored.
    pub record: StoredAdminToken,
    /// The whole token, to be shown once.
    pub text: Secret,
}

/// Makes an admin token. Nobody hands on more than they have.
pub async fn create(
    control: &Control,
    author: Author<'_>,
    name: &str,
    grants: Grants,
    expires_in_ms: Option<u64>,
) -> Result<IssuedAdmin, ManageError> {
    checked_name(name)?;
    checked_life(expires_in_ms)?;
    may_grant(author.grants, &grants)?;
    let now = now_ms();
    let new = mint(TokenKind::Admin);
    let record = StoredAdminToken {
        id: new.id,
        name: name.to_owned(),
        grants,
        digest: new.digest,
        expires_ms: expires_in_ms.map(|length| now.saturating_add_unsigned(length)),
        created_ms: now,
        created_by: author.actor.label(),
    };
    let mut tx = control.store.write().await?;
    let current = config::current(tx.connection()).await?;
    if let Some(unknown) = projects(&record.grants).find(|&it| !exists(it, current.as_ref())) {
        return Err(ManageError::NotFound { kind: "project", id: unknown.clone() });
    }
    admin::insert(&mut tx, &record).await?;
    let detail = format!("{name}, {}", record.grants);
    let event = event(author.actor, AuditAction::AdminTokenCreate, &record.id, detail);
    audit::record_about(&mut tx, &event, about(&record.grants)).await?;
    tx.commit().await?;
    Ok(IssuedAdmin { record, text: new.text })
}

/// Closes an admin token for good. The one that asks cannot close itself, so that the last one stays; nobody closes one that they could
/// not have made.
pub async fn revoke(control: &Control, author: Author<'_>, id: &str) -> Result<(), ManageError> {
    let Author { actor, grants, .. } = author;
    if *actor == Actor::AdminToken(id.to_owned()) {
        return Err(ManageError::Conflict("an admin token cannot revoke itself: use another one".into()));
    }
    let mut tx = control.store.write().await?;
    let found =
        admin::by_id(tx.connection(), id).await?.filter(|it| is_among(it, &visible(grants, Action::AdminTokenRead)));
    let found = found.ok_or_else(|| ManageError::NotFound { kind: "admin token", id: id.to_owned() })?;
    may_grant(grants, &found.grants)?;
    admin::delete(&mut tx, id).await?;
    let event = event(actor, AuditAction::AdminTokenRevoke, id, String::new());
    audit::record_about(&mut tx, &event, about(&found.grants)).await?;
    Ok(tx.commit().await?)
}

/// All admin tokens whose every role holds in what is visible alone.
pub async fn list(control: &Control, visible: &Visible) -> Result<Vec<StoredAdminToken>, ManageError> {
    let mut all = admin::all(control.store.read()).await?;
    all.retain(|it| is_among(it, visible));
    Ok(all)
}

fn is_among(token: &StoredAdminToken, visible: &Visible) -> bool {
    token.grants.iter().all(|it| visible.covers(&it.domain))
}

fn projects(grants: &Grants) -> impl Iterator<Item = &String> {
    let named = grants.iter().filter_map(|it| match &it.domain {
        Domain::Everywhere => None,
        Domain::Projects(projects) => Some(projects.names()),
    });
    named.flatten()
}

/// The projects that grants hold in; an empty name: everywhere.
fn about(grants: &Grants) -> BTreeSet<&str> {
    let everywhere = grants.iter().any(|it| it.domain == Domain::Everywhere);
    projects(grants).map(String::as_str).chain(everywhere.then_some("")).collect()
}

fn exists(project: &str, current: Option<&config::Current>) -> bool {
    current.is_some_and(|it| it.document.projects.contains_key(project))
}

fn event(actor: &Actor, action: AuditAction, id: &str, detail: String) -> AuditEvent {
    AuditEvent {
        at_ms: now_ms(),
        actor: actor.clone(),
        action,
        target: format!("admin-token/{id}"),
        version: None,
        detail,
    }
}
