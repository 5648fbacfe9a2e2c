//! Provider keys that are entered by hand: sealed, never shown again.

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
    document::CredentialRef,
};

use super::{
    Control, ManageError, config,
    outside::{self, Outside},
};
use crate::{
    clock::now_ms,
    secrets::{CREDENTIAL, CredentialSource},
    store::{
        Tx, audit,
        credential::{self, StoredCredential},
        outside_secret, revision,
    },
};

const LIMIT: usize = 16 * 1024;

/// Where a provider's key comes from. The key itself is not in it.
pub struct KeyOrigin {
    /// The provider.
    pub provider: String,
    /// The source.
    pub source: KeySource,
    /// Whether the provider gets it.
    pub standing: KeyStanding,
}

/// What the configuration, or else the database, says of a provider's key.
pub enum KeySource {
    /// A variable.
    Env(String),
    /// A file.
    File(String),
    /// It is sealed in the database: for whom, when and by whom.
    Sealed {
        /// Scheme, host and port; `None`: an older build set it.
        origin: Option<String>,
        /// When it was entered.
        set_ms: i64,
        /// By whom.
        set_by: String,
    },
    /// There is none: the provider is asked without.
    None,
}

/// Whether a provider gets its key.
pub enum KeyStanding {
    /// It does, or needs none.
    Usable,
    /// This control plane does not have it; each router looks for itself.
    WithRouters,
    /// It does not, for this reason.
    Unusable(String),
}

/// Where the keys of all providers come from, and sealed keys of providers that are not configured any more.
pub async fn list(control: &Control) -> Result<Vec<KeyOrigin>, ManageError> {
    let mut tx = control.store.read_consistent().await?;
    let current = config::current(tx.connection()).await?.ok_or(ManageError::NoConfig)?;
    let reach = config::reach(tx.connection(), &current.about).await?;
    let sealed = credential::all(tx.connection()).await?;
    let told = outside_secret::all(tx.connection()).await?;
    drop(tx);
    let found = outside::look(control, &current.document, reach).await;
    let mut outside = Outside::of(control, &found, &told);
    let keys = control.credentials(&sealed);
    let mut all = Vec::new();
    for (provider, it) in &current.document.providers {
        let row = sealed.iter().find(|row| row.provider == *provider);
        let (source, standing) = match (&it.credential, row) {
            (Some(reference), _) => {
                let place = format!("providers.{provider}.credential");
                let why = outside.lacks.iter().find(|lack| lack.what == place).map(|lack| lack.why.clone());
                (reference.clone().into(), standing(outside.keys.remove(provider), why))
            }
            (None, Some(row)) => {
                let found = keys.find(provider, &it.origin());
                (row.into(), found.map_or_else(|why| KeyStanding::Unusable(why.to_owned()), |_| KeyStanding::Usable))
            }
            (None, None) => (KeySource::None, KeyStanding::Usable),
        };
        all.push(KeyOrigin { provider: provider.clone(), source, standing });
    }
    let gone = sealed.iter().filter(|row| !current.document.providers.contains_key(&row.provider));
    all.extend(gone.map(|row| KeyOrigin {
        provider: row.provider.clone(),
        source: row.into(),
        standing: KeyStanding::Unusable("no provider of this name is configured".to_owned()),
    }));
    Ok(all)
}

fn standing(found: Option<CredentialSource>, why: Option<String>) -> KeyStanding {
    match (found, why) {
        (Some(CredentialSource::Value(_)), _) => KeyStanding::Usable,
        (Some(CredentialSource::Env(_) | CredentialSource::File(_)), _) => KeyStanding::WithRouters,
        (_, why) => KeyStanding::Unusable(why.unwrap_or_else(|| "it is disabled".to_owned())),
    }
}

impl From<CredentialRef> for KeySource {
    fn from(it: CredentialRef) -> Self {
        match it {
            CredentialRef::Env(name) => Self::Env(name),
            CredentialRef::File(path) => Self::File(path),
        }
    }
}

impl From<&StoredCredential> for KeySource {
    fn from(it: &StoredCredential) -> Self {
        Self::Sealed { origin: it.origin.clone(), set_ms: it.set_ms, set_by: it.set_by.clone() }
    }
}

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
