use std::sync::{Mutex, PoisonError};

use data_plane_core::config::{ResponsesStore, Secret, Settings};
use prometheus::IntCounterVec;
use tokio::sync::watch;
use tokio::time::timeout;

use super::control_plane;
use super::key::RecordKey;
use super::records::{Records, TIMEOUT, Unavailable};
use super::seal::Sealer;
use super::valkey::Valkey;
use crate::sync::EnrolledNode;

/// Where stored responses are reached, as the configuration in force says.
pub(crate) struct ResponseStore {
    node: watch::Receiver<Option<EnrolledNode>>,
    /// The connection of the address that was used last.
    valkey: Mutex<Option<(Secret, Valkey)>>,
    operations: IntCounterVec,
}

/// The store of one request: its place and its key do not change on the way.
#[derive(Clone)]
pub(super) struct Opened {
    backend: Backend,
    pub sealer: Sealer,
    ttl_ms: u64,
    operations: IntCounterVec,
}

#[derive(Clone)]
enum Backend {
    ControlPlane(Option<EnrolledNode>),
    Valkey(Option<Valkey>),
}

impl ResponseStore {
    pub fn new(node: watch::Receiver<Option<EnrolledNode>>, operations: IntCounterVec) -> Self {
        Self { node, valkey: Mutex::default(), operations }
    }

    /// `None`: responses are not stored.
    pub(super) fn open(&self, settings: &Settings) -> Option<Opened> {
        let ResponsesStore { ttl, seal_key } = settings.responses_store.as_ref()?;
        let backend = match &settings.shared_state {
            Some(valkey) => Backend::Valkey(self.valkey(&valkey.url)),
            None => Backend::ControlPlane(self.node.borrow().clone()),
        };
        let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        Some(Opened { backend, sealer: Sealer::new(seal_key), ttl_ms, operations: self.operations.clone() })
    }

    fn valkey(&self, url: &Secret) -> Option<Valkey> {
        let mut current = self.valkey.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, valkey)) = current.as_ref().filter(|(of, _)| of == url) {
            return Some(valkey.clone());
        }
        let valkey = Valkey::open(url).ok()?;
        *current = Some((url.clone(), valkey.clone()));
        Some(valkey)
    }
}

impl Opened {
    /// They are readable by every router when this returns.
    pub async fn put(&self, records: Records) -> Result<(), Unavailable> {
        self.within("put", async {
            match &self.backend {
                Backend::ControlPlane(node) => control_plane::put(enrolled(node.as_ref())?, records, self.ttl_ms).await,
                Backend::Valkey(valkey) => connected(valkey.as_ref())?.put(records, self.ttl_ms).await,
            }
        })
        .await
    }

    /// Those that are there.
    pub async fn get(&self, keys: &[RecordKey]) -> Result<Records, Unavailable> {
        self.within("get", async {
            match &self.backend {
                Backend::ControlPlane(node) => control_plane::get(enrolled(node.as_ref())?, keys).await,
                Backend::Valkey(valkey) => connected(valkey.as_ref())?.get(keys).await,
            }
        })
        .await
    }

    /// How many there were.
    pub async fn delete(&self, keys: &[RecordKey]) -> Result<u64, Unavailable> {
        self.within("delete", async {
            match &self.backend {
                Backend::ControlPlane(node) => control_plane::delete(enrolled(node.as_ref())?, keys).await,
                Backend::Valkey(valkey) => connected(valkey.as_ref())?.delete(keys).await,
            }
        })
        .await
    }

    /// In time, counted, and logged when it fails.
    async fn within<T>(
        &self,
        operation: &str,
        work: impl Future<Output = Result<T, Unavailable>>,
    ) -> Result<T, Unavailable> {
        let result = timeout(TIMEOUT, work).await.unwrap_or(Err(Unavailable::Timeout));
        let outcome = if result.is_ok() { "ok" } else { "unavailable" };
        self.count(operation, outcome);
        if let Err(error) = &result {
            tracing::warn!(operation, %error, "the store of responses does not answer");
        }
        result
    }

    pub fn count(&self, operation: &str, outcome: &str) {
        self.operations.with_label_values(&[operation, outcome]).inc();
    }
}

fn enrolled(node: Option<&EnrolledNode>) -> Result<&EnrolledNode, Unavailable> {
    node.ok_or(Unavailable::NotEnrolled)
}

fn connected(valkey: Option<&Valkey>) -> Result<&Valkey, Unavailable> {
    valkey.ok_or(Unavailable::Address)
}
