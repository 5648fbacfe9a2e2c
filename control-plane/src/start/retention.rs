//! Access events are kept for a while, not for ever.

use std::time::Duration;

use control_plane_core::rollup::KEPT_MINUTES_MS;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::now_ms,
    store::{Store, StoreError, audit, report_schedule::send, usage},
};

const EVERY: Duration = Duration::from_hours(24);

/// Removes old access events once a day until `stop`.
pub(super) fn start(store: Store, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            if let Err(error) = prune(&store).await {
                tracing::warn!(%error, "old access events were not removed; tried again tomorrow");
            }
            if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                return;
            }
        }
    })
}

async fn prune(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    audit::prune_access(&mut tx, now_ms() - audit::KEPT_ACCESS_MS).await?;
    usage::prune_minutes(&mut tx, now_ms() - KEPT_MINUTES_MS).await?;
    send::prune(&mut tx, now_ms() - send::KEPT_MS).await?;
    tx.commit().await
}
