//! Sessions and logins that nobody can use any more are forgotten.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Logins;
use crate::{
    clock::now_ms,
    manage::ManageError,
    store::{admin_session, caller_session, login},
};

const EVERY: Duration = Duration::from_mins(10);

/// Removes them every ten minutes until `stop`.
pub fn start(logins: Logins, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            if let Err(error) = prune(&logins).await {
                tracing::warn!(%error, "sessions that have ended were not removed; tried again later");
            }
            if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                return;
            }
        }
    })
}

async fn prune(logins: &Logins) -> Result<(), ManageError> {
    let limits = logins.rules().await?.sessions.clone();
    let now = now_ms();
    let before = |length: u64| now.saturating_sub_unsigned(length);
    let mut tx = logins.control.store.write().await?;
    let (created, used) = (before(limits.absolute_timeout.millis()), before(limits.idle_timeout.millis()));
    admin_session::prune(&mut tx, created, used).await?;
    caller_session::prune(&mut tx, created, used).await?;
    login::prune(&mut tx, now).await?;
    Ok(tx.commit().await?)
}
