//! Events that were counted before there were today's roll-ups are added to them, some at a time, while new ones come: each
//! transaction says how far it has come. Until all are in, reports are answered from single requests.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::rollups::Rollups;
use crate::store::{
    Store, StoreError, backlog, request,
    usage::{self, RollupKeys, StoredEvent},
};

/// How many events a transaction takes: new ones wait for it.
const AT_ONCE: u64 = 4096;
/// When it is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// Adds what is left, until all is in or `stop`.
pub fn start_backlog(store: Store, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut told = false;
        loop {
            match add_some(&store).await {
                Ok(0) => break,
                Ok(_) if !told => {
                    told = true;
                    tracing::info!("older usage is being added to roll-ups; reports take longer until it is");
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "older usage was not added to roll-ups; tried again soon");
                    if stop.run_until_cancelled(tokio::time::sleep(RETRY)).await.is_none() {
                        return;
                    }
                }
            }
            if stop.is_cancelled() {
                return;
            }
        }
        if told {
            tracing::info!("all usage is in the roll-ups");
        }
    })
}

/// Adds the next events of the backlog to the roll-ups. Returns how many numbers of logs it has gone through; 0: all is in.
pub async fn add_some(store: &Store) -> Result<u64, StoreError> {
    if !backlog::has_backlog(store.read()).await? {
        return Ok(0);
    }
    let mut tx = store.write().await?;
    // Before it is read how far others have come.
    usage::lock_rollups(&mut tx).await?;
    let Some(part) = backlog::next_of_backlog(&mut tx, AT_ONCE).await? else { return Ok(0) };
    let found = request::of_log(&mut tx, &part.node, part.epoch, (part.first, part.last)).await?;
    let events: Vec<StoredEvent> =
        found.into_iter().map(|it| StoredEvent { node: it.node, epoch: it.epoch, record: it.record }).collect();
    // What this process knows of keys is the writer's.
    Rollups::of(&events).write(&mut tx, &mut RollupKeys::default()).await?;
    backlog::done_of_backlog(&mut tx, &part).await?;
    tx.commit().await?;
    Ok(part.last - part.first + 1)
}
