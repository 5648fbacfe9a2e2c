//! Expired records are removed in the background; nobody is served one meanwhile.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::now_ms,
    store::{Store, StoreError, stored_response},
};

const EVERY: Duration = Duration::from_mins(1);
/// Records that one transaction removes: others write in between.
const BATCH: u32 = 500;

/// Removes expired records until `stop`.
pub(crate) fn start(store: Store, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            let sweeping = stop.run_until_cancelled(sweep(&store, now_ms())).await;
            if let Some(Err(error)) = sweeping {
                tracing::warn!(%error, "expired stored responses were not removed; tried again in a minute");
            }
        }
    })
}

async fn sweep(store: &Store, now_ms: i64) -> Result<(), StoreError> {
    loop {
        let mut tx = store.write().await?;
        let removed = stored_response::expire(&mut tx, now_ms, BATCH).await?;
        tx.commit().await?;
        if removed < u64::from(BATCH) {
            return Ok(());
        }
    }
}
