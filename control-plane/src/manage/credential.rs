//! Provider keys that are entered by hand: sealed, never shown again.

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
};

use super::{Control, ManageError, config};
use crate::{
    clock::now_ms,
    secrets::CREDENTIAL,
    store::{
        Tx, audit,
        credential::{self, StoredCredential},
        revision,
    },
};

const LIMIT: usize = 16 * 1024;

/// Seals a provider's key and answers the version under which routers use it. A provider whose key the configuration
/// refers to does not take another: it would never be used.
pub async fn set(control: &Control, actor: &Actor, provider: &str, key: &Secret) -> Result<u64, ManageError> {
    // It becomes a header's value.
    if key.expose().is_empty()
        || key.expose().len() > LIMIT
        || !key.expose().bytes().all(|byte| byte.is_ascii_graphic())
    {
        return Err(ManageError::InvalidValue(
            "a provider's key is 1 to 16384 visible ASCII characters, without spaces or line breaks",
        ));
    }
    let mut tx = control.store.write().await?;
    let version = revision::bump(&mut tx).await?;
    let current = config::current(tx.connection()).await?.ok_or(ManageError::NoConfig)?;
    let Some(configured) = current.document.providers.get(provider) else {
        return Err(ManageError::NotFound { kind: "provider", id: provider.to_owned() });
    };
    if configured.credential.is_some() {
        return Err(ManageError::Conflict(format!(
            "the configuration says where the key of `{provider}` comes from: remove `providers.{provider}.credential` \
             from it first"
        )));
    }
    let row = StoredCredential {
        provider: provider.to_owned(),
        origin: Some(configured.origin()),
        sealed: control.sealing_key(&mut tx).await?.seal(CREDENTIAL, provider, key),
        set_ms: now_ms(),
        set_by: actor.label(),
    };
    credential::put(&mut tx, &row).await?;
    finish(tx, actor, AuditAction::CredentialSet, provider, version).await
}

/// Forgets a provider's key and answers the version from which on routers do not have it.
pub async fn remove(control: &Control, actor: &Actor, provider: &str) -> Result<u64, ManageError> {
    let mut tx = control.store.write().await?;
    let version = revision::bump(&mut tx).await?;
    if !credential::delete(&mut tx, provider).await? {
        return Err(ManageError::NotFound { kind: "sealed credential of provider", id: provider.to_owned() });
    }
    finish(tx, actor, AuditAction::CredentialRemove, provider, version).await
}

async fn finish(
    mut tx: Tx,
    actor: &Actor,
    action: AuditAction,
    provider: &str,
    version: u64,
) -> Result<u64, ManageError> {
    let event = AuditEvent {
        at_ms: now_ms(),
        actor: actor.clone(),
        action,
        target: format!("provider/{provider}"),
        version: Some(version),
        detail: String::new(),
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(version)
}
