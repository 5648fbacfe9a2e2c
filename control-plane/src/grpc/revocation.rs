//! What is decided about routers while they are connected: revoked ones' streams end within a second on every replica, and
//! drained ones are told.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use control_plane_core::node::CREDENTIAL_AGE_MS;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::node_auth::CallingNode;
use crate::{
    clock,
    store::{Store, StoreError, node},
};

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
    /// Who is to replace its credential, and the generation of that.
    rotating: HashMap<String, i64>,
    /// The generation of credentials that took the place of others.
    generations: HashMap<String, i64>,
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

    /// Waits until the credential that a call has shown is replaced by another.
    pub async fn replaced(&mut self, caller: &CallingNode) {
        self.until(|it| it.generations.get(&caller.id).is_some_and(|newest| *newest > caller.generation)).await;
    }

    /// Waits until a router that was not told so is to replace the credential that it has shown.
    pub async fn asked_to_rotate(&mut self, caller: &CallingNode, told: bool) {
        if told {
            return std::future::pending().await;
        }
        // The last look may be from before it did so: that was about the credential before this one.
        self.until(|it| it.rotating.get(&caller.id).is_some_and(|due| *due >= caller.generation)).await;
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
    let drained = node::drained(store.read()).await?.into_iter().collect();
    let (mut rotating, mut generations) = (HashMap::new(), HashMap::new());
    for rotation in node::rotation::rotations(store.read(), clock::now_ms() - CREDENTIAL_AGE_MS).await? {
        if rotation.due {
            rotating.insert(rotation.id.clone(), rotation.generation);
        }
        if rotation.generation > 0 {
            generations.insert(rotation.id, rotation.generation);
        }
    }
    Ok(Decided { revoked, drained, rotating, generations })
}
