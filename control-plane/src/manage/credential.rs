//! Provider keys that are entered by hand: sealed, never shown again.

use std::collections::BTreeMap;

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
    document::CredentialRef,
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
        sealed: control.master_key.seal(CREDENTIAL, provider, key),
        set_ms: now_ms(),
        set_by: actor.label(),
    };
    credential::put(&mut tx, &row).await?;
    finish(tx, actor, AuditAction::CredentialSet, provider, version).await
}

/// Where a provider's key comes from.
pub struct KeySource {
    /// The provider.
    pub provider: String,
    /// What holds it.
    pub source: KeyHolder,
    /// Where a sealed key may be sent: scheme, host and port.
    pub origin: Option<String>,
    /// When it was sealed, and by whom.
    pub set: Option<(i64, String)>,
    /// Whether a sealed key goes where the provider is now; `None`: it is not sealed.
    pub usable: Option<bool>,
}

/// What holds a provider's key.
pub enum KeyHolder {
    /// A variable.
    Env(String),
    /// A file.
    File(String),
    /// The database.
    Sealed,
    /// Nothing.
    None,
}

/// Every provider of the configuration in force, and those that have left it and whose keys are still there.
pub async fn list(control: &Control) -> Result<Vec<KeySource>, ManageError> {
    let mut tx = control.store.read_consistent().await?;
    let current = config::current(tx.connection()).await?;
    let mut sealed: BTreeMap<String, StoredCredential> =
        credential::all(tx.connection()).await?.into_iter().map(|it| (it.provider.clone(), it)).collect();
    let providers = current.map(|it| it.document.providers).unwrap_or_default();
    let known = providers.iter().map(|(name, provider)| match &provider.credential {
        Some(CredentialRef::Env(variable)) => referred(name, KeyHolder::Env(variable.clone())),
        Some(CredentialRef::File(file)) => referred(name, KeyHolder::File(file.clone())),
        None => match sealed.remove(name) {
            Some(row) => of_row(row, Some(&provider.origin())),
            None => referred(name, KeyHolder::None),
        },
    });
    let mut known: Vec<KeySource> = known.collect();
    known.extend(sealed.into_values().map(|row| of_row(row, None)));
    Ok(known)
}

fn referred(provider: &str, source: KeyHolder) -> KeySource {
    KeySource { provider: provider.to_owned(), source, origin: None, set: None, usable: None }
}

/// `now`: where the provider is, if there is one that uses the key. A key of an older build is bound to no origin.
fn of_row(row: StoredCredential, now: Option<&str>) -> KeySource {
    let usable = now.is_some_and(|now| row.origin.as_deref().is_none_or(|it| it == now));
    KeySource {
        provider: row.provider,
        source: KeyHolder::Sealed,
        origin: row.origin,
        set: Some((row.set_ms, row.set_by)),
        usable: Some(usable),
    }
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
