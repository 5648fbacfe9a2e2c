//! One content a number: routers refuse another content under a number that they hold.

use control_plane_core::audit::{Actor, AuditAction, AuditEvent};

use crate::{
    clock,
    store::{Store, StoreError, audit, published, revision},
};

/// Records the content of a version, unless a replica has done so before. Answers the recorded checksum.
pub(super) async fn record(store: &Store, version: u64, hash: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut tx = store.write().await?;
    let first = published::record(&mut tx, version, hash, clock::now_ms()).await?;
    tx.commit().await?;
    Ok(first)
}

/// Gives the same configuration the next number, because this build writes it otherwise than the one that published it, unless
/// a newer version is there already.
pub(super) async fn renew(store: &Store, version: u64) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    if revision::lock(&mut tx).await? != version {
        return Ok(());
    }
    let next = revision::bump(&mut tx).await?;
    let event = AuditEvent {
        at_ms: clock::now_ms(),
        actor: Actor::System,
        action: AuditAction::CredentialReload,
        target: "config".to_owned(),
        version: Some(next),
        detail: "this build publishes the configuration in another form".to_owned(),
    };
    audit::record(&mut tx, &event).await?;
    tx.commit().await?;
    tracing::info!(version = next, "this build publishes the configuration in another form");
    Ok(())
}
