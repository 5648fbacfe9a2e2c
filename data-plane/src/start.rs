use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use listener::{Door, ServerIdentity, Stop, TlsError};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::access_log::{AccessLog, AccessLogError};
use crate::http::serve;
use crate::options::Options;
use crate::state::{Logs, Router};
use crate::sync::{Prepare, Sync, SyncError};
use crate::upstream::Credentials;
use crate::usage_log::{OpenError, UsageLog};

/// How often it is looked whether there is something to tell of the usage log.
const TOLD_EVERY: Duration = Duration::from_secs(1);
/// How many events are unsent changes with each request: it is told every so many turns.
const UNSENT_TURNS: u64 = 5;
/// How long a stopping router waits for the control plane to take its last usage events. What is left is delivered after
/// the next start.
const LAST_DELIVERY: Duration = Duration::from_secs(2);
/// How long callers have to take the last bytes of answers that are cut off.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Why a router did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration stream.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The usage log.
    #[error(transparent)]
    UsageLog(#[from] OpenError),
    /// The access log.
    #[error(transparent)]
    AccessLog(#[from] AccessLogError),
    /// The caller API's address.
    #[error("cannot listen on {address} for callers: {source}; is another router running?")]
    Listen {
        /// As it was asked for.
        address: SocketAddr,
        /// The operating system's answer.
        source: std::io::Error,
    },
    /// TLS towards callers.
    #[error(transparent)]
    Identity(#[from] TlsError),
    /// TLS towards providers.
    #[error("cannot set up TLS towards providers: {0}")]
    Tls(#[from] rustls::Error),
}

/// A router that runs.
pub struct Running {
    /// Where callers connect.
    pub address: SocketAddr,
    router: Arc<Router>,
    stop: Stop,
    server: JoinHandle<std::io::Result<()>>,
    identity: Option<Arc<ServerIdentity>>,
    sync: Arc<Sync>,
    /// Stopped last, so that the last requests' events are delivered.
    delivery: (CancellationToken, JoinHandle<()>),
    /// What is done from time to time.
    chores: [JoinHandle<()>; 3],
    drain_delay: Duration,
    drain_timeout: Duration,
    /// Whoever is left when it goes, however it goes, was cut off by the router and did not leave.
    _cut_off: DropGuard,
}

/// Starts a router. It answers at once; without a snapshot with 503, until it has one.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let Options {
        listen,
        listener,
        sync,
        usage_log,
        disk,
        access_log,
        settings,
        tls,
        caps,
        capacity,
        drain_delay,
        drain_timeout,
    } = options;
    let identity = tls.map(|it| ServerIdentity::load(it, &["h2", "http/1.1"])).transpose()?;
    let (listener, address) = opened(listen, listener).await?;
    let opening = spawn_blocking(move || UsageLog::open(disk, &usage_log));
    let (usage, delivery) = opening.await.expect("opening the log does not panic")?;
    let credentials = Arc::new(Credentials::default());
    let sync = Arc::new(Sync::start(sync, preparing(&credentials)).await?);
    let delivering = CancellationToken::new();
    let delivery = tokio::spawn(delivery.run(sync.node(), delivering.clone()));
    let logs = Logs { usage, access: AccessLog::open(&access_log, sync.node())? };
    let (cell, status, node) = (sync.cell(), sync.status(), sync.node());
    let router = Router::new(settings, cell, status, logs, node, Arc::clone(&credentials), capacity)?;
    let stop = Stop::default();
    let door = Door::new(listener, caps, identity.clone(), "callers' tokens and conversations");
    let server = tokio::spawn(serve(Arc::clone(&router), door, stop.clone()));
    let refreshing = tokio::spawn({
        let cell = sync.cell();
        Arc::clone(&credentials).keep_fresh(move || cell.load_full())
    });
    let sweeping = tokio::spawn({
        let router = Arc::clone(&router);
        async move { router.upstream.sweep().await }
    });
    let telling = tokio::spawn(tell(Arc::clone(&sync), Arc::clone(&router), Arc::clone(&credentials)));
    tracing::info!(%address, "the router listens");
    let cut_off = router.cut_off.clone().drop_guard();
    Ok(Running {
        address,
        router,
        stop,
        server,
        identity,
        sync,
        delivery: (delivering, delivery),
        chores: [sweeping, refreshing, telling],
        drain_delay,
        drain_timeout,
        _cut_off: cut_off,
    })
}

/// Where callers connect.
async fn opened(
    address: SocketAddr,
    opened: Option<std::net::TcpListener>,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let listener = match opened {
        Some(it) => it.set_nonblocking(true).and_then(|()| TcpListener::from_std(it)),
        None => TcpListener::bind(address).await,
    };
    let bound = listener.and_then(|it| it.local_addr().map(|address| (it, address)));
    bound.map_err(|source| StartError::Listen { address, source })
}

/// Tells the control plane again and again what only this machine knows of itself.
async fn tell(sync: Arc<Sync>, router: Arc<Router>, credentials: Arc<Credentials>) {
    for turn in 0_u64.. {
        let clock = sync.node().borrow().as_ref().and_then(|it| it.bearer.clock_problem());
        let problems = router.usage.problem().into_iter().chain(credentials.problem()).chain(clock);
        let unsent = turn.is_multiple_of(UNSENT_TURNS).then(|| router.usage.unsent());
        sync.tell_of_machine(problems.collect(), unsent);
        tokio::time::sleep(TOLD_EVERY).await;
    }
}

/// Every key that a configuration names is looked for before it serves.
fn preparing(credentials: &Arc<Credentials>) -> Prepare {
    let credentials = Arc::clone(credentials);
    Box::new(move |snapshot| Box::pin(Arc::clone(&credentials).prepare(snapshot)))
}

impl Running {
    /// Whether there is a snapshot to serve from.
    pub fn is_ready(&self) -> bool {
        self.router.snapshot.load().is_some()
    }

    /// Waits until it serves from that version, or a newer one.
    pub async fn serves(&self, version: u64) {
        let mut status = self.sync.status();
        let held = || self.router.snapshot.load().as_ref().map_or(0, |it| it.version);
        while held() < version && status.changed().await.is_ok() {}
    }

    /// What it proves itself with to callers.
    pub fn identity(&self) -> Option<Arc<ServerIdentity>> {
        self.identity.clone()
    }

    /// Waits until it cannot go on, because its listener failed.
    pub async fn failed(&mut self) -> String {
        match (&mut self.server).await {
            Ok(Ok(())) => "it was closed".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic.to_string(),
        }
    }

    /// Stops: for a while `/readyz` only tells load balancers to go elsewhere. Then lets requests under way end within the drain timeout, then cuts them off. Their usage events are written
    /// in any case. Until then new requests are refused, and `/readyz` tells load balancers to go elsewhere.
    pub async fn stop(self) {
        let (drain_delay, drain_timeout) = (self.drain_delay, self.drain_timeout);
        let Self { router, stop, mut server, sync, delivery: (delivering, delivery), chores, _cut_off, .. } = self;
        if !drain_delay.is_zero() && !server.is_finished() {
            router.leave();
            tracing::info!(seconds = drain_delay.as_secs(), "the router sends callers elsewhere before it stops");
            tokio::time::sleep(drain_delay).await;
        }
        router.drain();
        tracing::info!(under_way = router.under_way.len(), "the router stops");
        let deadline = Instant::now() + drain_timeout;
        if timeout_at(deadline, router.under_way.wait()).await.is_err() {
            tracing::warn!("requests are still under way after the drain timeout and are cut off");
            router.cut_off.cancel();
        }
        stop.drain.cancel();
        if !server.is_finished() && timeout_at(deadline.max(Instant::now() + LAST_WORDS), &mut server).await.is_err() {
            stop.cut.cancel();
            let _ended = server.await;
        }
        router.access_log.flushed(LAST_WORDS).await;
        router.usage.delivered(LAST_DELIVERY).await;
        delivering.cancel();
        let _ended = delivery.await;
        for chore in chores {
            chore.abort();
            let _ended = chore.await;
        }
        drop(sync);
    }
}
