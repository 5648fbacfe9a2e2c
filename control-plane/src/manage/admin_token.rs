//! Admin tokens: who may use the admin API.

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
    permission::Role,
    token::TokenKind,
};

use super::{
    Control, ManageError,
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

/// Makes an admin token.
pub async fn create(
    control: &Control,
    actor: &Actor,
    name: &str,
    role: Role,
    expires_in_ms: Option<u64>,
) -> Result<IssuedAdmin, ManageError> {
    checked_name(name)?;
    checked_life(expires_in_ms)?;
    let now = now_ms();
    let new = mint(TokenKind::Admin);
    let record = StoredAdminToken {
        id: new.id,
        name: name.to_owned(),
        role,
        digest: new.digest,
        expires_ms: expires_in_ms.map(|length| now.saturating_add_unsigned(length)),
        created_ms: now,
        created_by: actor.label(),
    };
    let mut tx = control.store.write().await?;
    admin::insert(&mut tx, &record).await?;
    let detail = format!("{name}, role {}", role.as_str());
    audit::record(&mut tx, &event(actor, AuditAction::AdminTokenCreate, &record.id, detail)).await?;
    tx.commit().await?;
    Ok(IssuedAdmin { record, text: new.text })
}

/// Closes an admin token for good. The one that asks cannot close itself, so that the last one stays.
pub async fn revoke(control: &Control, actor: &Actor, id: &str) -> Result<(), ManageError> {
    if *actor == Actor::AdminToken(id.to_owned()) {
        return Err(ManageError::Conflict("an admin token cannot revoke itself: use another one".into()));
    }
    let mut tx = control.store.write().await?;
    if !admin::delete(&mut tx, id).await? {
        return Err(ManageError::NotFound { kind: "admin token", id: id.to_owned() });
    }
    audit::record(&mut tx, &event(actor, AuditAction::AdminTokenRevoke, id, String::new())).await?;
    Ok(tx.commit().await?)
}

/// All admin tokens.
pub async fn list(control: &Control) -> Result<Vec<StoredAdminToken>, ManageError> {
    Ok(admin::all(control.store.read()).await?)
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
