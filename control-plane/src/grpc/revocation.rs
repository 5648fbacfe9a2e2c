//! What is decided about routers while they are connected: revoked ones' streams end within a second on every replica, and
//! drained ones are told.

use std::{collections::HashSet, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::store::{Store, StoreError, node};

const POLL: Duration = Duration::from_millis(250);

/// What is decided, as of the last look. Cloning shares it.
#[derive(Clone)]
pub(super) struct Revocations(watch::Receiver<Decided>);

/// Routers by id.
#[derive(Default, PartialEq, Eq)]
struct Decided {
    /// Whose credential is void.
    revoked: HashSet<String>,
    /// From whom callers are to be sent elsewhere.
    drained: HashSet<String>,
}

impl Revocations {
    /// Looks for what is decided until `stop`. While the database is away, the last answer stands.
    pub fn start(store: Store, stop: CancellationToken) -> Self {
        let (sender, receiver) = watch::channel(Decided::default());
        tokio::spawn(async move {
            while stop.run_until_cancelled(tokio::time::sleep(POLL)).await.is_some() {
                if let Ok(decided) = load(&store).await {
                    sender.send_if_modified(|known| {
                        let changed = *known != decided;
                        *known = decided;
                        changed
                    });
                }
            }
        });
        Self(receiver)
    }

    /// Waits until a router's credential is void.
    pub async fn of(&mut self, node: &str) {
        self.until(|it| it.revoked.contains(node)).await;
    }

    /// Whether a router is drained.
    pub fn is_drained(&self, node: &str) -> bool {
        self.0.borrow().drained.contains(node)
    }

    /// Waits until that is decided otherwise.
    pub async fn drained_otherwise(&mut self, node: &str, drained: bool) {
        self.until(|it| it.drained.contains(node) != drained).await;
    }

    async fn until(&mut self, reached: impl Fn(&Decided) -> bool) {
        if self.0.wait_for(reached).await.is_err() {
            // Nobody looks any more: the server is stopping, and ends the stream by itself.
            std::future::pending::<()>().await;
        }
    }
}

async fn load(store: &Store) -> Result<Decided, StoreError> {
    let revoked = node::revoked(store.read()).await?.into_iter().collect();
    Ok(Decided { revoked, drained: node::drained(store.read()).await?.into_iter().collect() })
}
