use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use data_plane_core::config::Snapshot;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vocabulary::Build;

use crate::access_log::AccessLog;
use crate::admission::Admission;
use crate::clock;
use crate::load::Load;
use crate::metrics::Metrics;
use crate::observations::Observations;
use crate::responses_store::ResponseStore;
use crate::sync::{EnrolledNode, Link, Status};
use crate::upstream::{Client, Credentials};
use crate::usage_log::UsageLog;

/// What all requests share.
pub struct Router {
    pub(crate) settings: RouterSettings,
    /// The snapshot that serves; empty until there is one.
    pub(crate) snapshot: Arc<ArcSwapOption<Snapshot>>,
    /// How the router stands with its control plane.
    pub(crate) status: watch::Receiver<Status>,
    pub(crate) usage: UsageLog,
    pub(crate) access_log: AccessLog,
    pub(crate) upstream: Client,
    /// Providers' keys that this router resolves.
    pub(crate) credentials: Arc<Credentials>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) metrics: Metrics,
    /// How much is under way, and how much may be.
    pub(crate) load: Load,
    /// How targets have done lately.
    pub(crate) observations: Observations,
    /// Where answers are kept that callers may continue.
    pub(crate) responses: ResponseStore,
    /// When this router started, in milliseconds since the Unix epoch.
    pub(crate) started_ms: i64,
    /// Requests that callers wait for.
    pub(crate) under_way: TaskTracker,
    /// Cancelled when they have had their time to end.
    pub(crate) cut_off: CancellationToken,
    draining: AtomicBool,
    /// About to drain: callers are served, and sent elsewhere by `/readyz`.
    leaving: AtomicBool,
}

/// Where requests are written down.
pub(crate) struct Logs {
    /// For the control plane.
    pub usage: UsageLog,
    /// For whoever collects logs.
    pub access: AccessLog,
}

/// What is this router's alone.
#[derive(Clone, Debug)]
pub struct RouterSettings {
    /// What runs.
    pub build: Build,
    /// Where it runs; recorded with every request.
    pub region: String,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// How long a stream may be silent before its client gets a keep-alive.
    pub keep_alive: Duration,
}

impl Default for RouterSettings {
    fn default() -> Self {
        Self {
            build: Build::default(),
            region: "local".to_owned(),
            body_limit: 32 * 1024 * 1024,
            keep_alive: Duration::from_secs(15),
        }
    }
}

/// How much a router carries at a time.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Memory for bodies and buffers of requests, in bytes.
    pub memory: usize,
    /// Requests, and connections to providers.
    pub requests: usize,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { memory: 1 << 30, requests: 4096 }
    }
}

impl Router {
    /// A router that serves from whatever snapshot stands in `snapshot`.
    pub(crate) fn new(
        settings: RouterSettings,
        snapshot: Arc<ArcSwapOption<Snapshot>>,
        status: watch::Receiver<Status>,
        logs: Logs,
        node: watch::Receiver<Option<EnrolledNode>>,
        credentials: Arc<Credentials>,
        capacity: Capacity,
    ) -> Result<Arc<Self>, rustls::Error> {
        let metrics = Metrics::new(settings.build);
        Ok(Arc::new(Self {
            responses: ResponseStore::new(node, metrics.response_store.clone()),
            settings,
            snapshot,
            status,
            usage: logs.usage,
            access_log: logs.access,
            upstream: Client::new(capacity.requests)?,
            load: Load::new(capacity.memory, capacity.requests),
            credentials,
            admission: Arc::default(),
            metrics,
            observations: Observations::default(),
            started_ms: clock::now_ms(),
            under_way: TaskTracker::new(),
            cut_off: CancellationToken::new(),
            draining: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
        }))
    }

    /// From now on `/readyz` sends callers elsewhere; those who come are served.
    pub(crate) fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// From now on `/readyz` sends callers elsewhere, and new requests are refused.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.under_way.close();
    }

    /// The control plane has taken this router's right to serve.
    pub(crate) fn is_revoked(&self) -> bool {
        self.status.borrow().link == Link::Revoked
    }

    /// How long the control plane has not been connected.
    pub(crate) fn silent(&self) -> Duration {
        self.status.borrow().silent(clock::now_ms())
    }

    /// Whether a configuration is older than it may get without a control plane.
    pub(crate) fn has_expired(&self, snapshot: &Snapshot) -> bool {
        let Some(bound) = snapshot.settings.max_disconnected else { return false };
        let status = self.status.borrow();
        status.link != Link::Connected && status.silent(clock::now_ms()) > bound
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
