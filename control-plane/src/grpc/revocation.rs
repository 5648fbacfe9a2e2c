//! Revoked routers: their streams end within a second on every replica.

use std::{collections::HashSet, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::store::{Store, StoreError, node};

const POLL: Duration = Duration::from_millis(250);

/// The ids of all routers whose credential is void, as of the last look. Cloning shares them.
#[derive(Clone)]
pub(super) struct Revocations(watch::Receiver<HashSet<String>>);

impl Revocations {
    /// Looks for revoked routers until `stop`. While the database is away, the last answer stands.
    pub fn start(store: Store, stop: CancellationToken) -> Self {
        let (sender, receiver) = watch::channel(HashSet::new());
        tokio::spawn(async move {
            while stop.run_until_cancelled(tokio::time::sleep(POLL)).await.is_some() {
                if let Ok(revoked) = load(&store).await {
                    sender.send_if_modified(|known| {
                        let changed = *known != revoked;
                        *known = revoked;
                        changed
                    });
                }
            }
        });
        Self(receiver)
    }

    /// Waits until a router's credential is void.
    pub async fn of(&mut self, node: &str) {
        if self.0.wait_for(|revoked| revoked.contains(node)).await.is_err() {
            // Nobody looks any more: the server is stopping, and ends the stream by itself.
            std::future::pending::<()>().await;
        }
    }
}

async fn load(store: &Store) -> Result<HashSet<String>, StoreError> {
    Ok(node::revoked(store.read()).await?.into_iter().collect())
}
