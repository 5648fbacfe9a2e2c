//! The master key is replaced: everything that is sealed is opened with the old one and sealed with the new one, in one
//! transaction.

use control_plane_core::{
    Secret,
    audit::{Actor, AuditAction, AuditEvent},
};

use super::outside;
use crate::{
    clock::now_ms,
    secrets::{CREDENTIAL, MasterKey, Unsealable, key_check},
    store::{Store, StoreError, audit, credential, installation_secret, outside_secret},
};

/// Why the master key was not replaced. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The old key is not the database's.
    #[error("the database was not sealed with the master key that was given as the present one")]
    OtherKey,
    /// Something does not open with the old key.
    #[error("{what}: {source}: set it again, or remove it, and try again")]
    Sealed {
        /// What.
        what: String,
        /// Why.
        source: Unsealable,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Seals everything anew; answers how many secrets there were. No control plane may be running: it would go on with the old key.
pub async fn rotate(store: &Store, old: &MasterKey, new: &MasterKey) -> Result<usize, RotationError> {
    let mut tx = store.write().await?;
    let check = credential::key_check(tx.connection()).await?.ok_or(RotationError::OtherKey)?;
    if !key_check::opens(&check, old) {
        return Err(RotationError::OtherKey);
    }
    let resealed = |purpose: &str, id: &str, sealed: &[u8]| -> Result<(Secret, Vec<u8>), RotationError> {
        let opened = old.open(purpose, id, sealed);
        let opened = opened.map_err(|source| RotationError::Sealed { what: format!("{purpose} `{id}`"), source })?;
        let sealed = new.seal(purpose, id, &opened);
        Ok((opened, sealed))
    };
    let mut count = 0;
    for mut row in credential::all(tx.connection()).await? {
        row.sealed = resealed(CREDENTIAL, &row.provider, &row.sealed)?.1;
        credential::put(&mut tx, &row).await?;
        count += 1;
    }
    for (name, sealed) in installation_secret::all(tx.connection()).await? {
        let sealed = resealed(&name, &name, &sealed)?.1;
        installation_secret::replace(&mut tx, &name, &sealed).await?;
        count += 1;
    }
    for row in outside_secret::all(tx.connection()).await? {
        // Of a value that was replaced only its digest is known, which nobody can compare any more.
        let Some(sealed) = &row.sealed else {
            outside_secret::forget(&mut tx, &row.source, &row.digest).await?;
            continue;
        };
        let (value, sealed) = resealed(outside::PURPOSE, &row.source, sealed)?;
        outside_secret::forget(&mut tx, &row.source, &row.digest).await?;
        let digest = new.digest(&row.source, &value);
        outside_secret::publish(&mut tx, &row.source, &digest, &sealed, row.vouched_ms).await?;
        count += 1;
    }
    credential::replace_key_check(&mut tx, &key_check::sealed(new)).await?;
    let event = AuditEvent {
        at_ms: now_ms(),
        actor: Actor::System,
        action: AuditAction::MasterKeyRotate,
        target: "master-key".to_owned(),
        version: None,
        detail: format!("{count} secrets are sealed anew"),
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    Ok(count)
}
