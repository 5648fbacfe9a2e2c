//! Starts the router's side of the configuration stream, and keeps it going.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use data_plane_core::config::Snapshot;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::Channel;

use super::backoff::Backoff;
use super::channel::{self, EnrolledNode};
use super::contact::{Contact, ContactFile};
use super::disk::{Served, SnapshotDir};
use super::enrol::{self, EnrolError};
use super::examine::snapshots;
use super::files;
use super::identity::{self, Identity};
use super::options::{SyncError, SyncOptions};
use super::rotation::Rotation;
use super::seal;
use super::shared::{Prepare, SharedSync};
use super::status::{Link, Status};
use super::subscribe::{self, StreamEnd};
use crate::clock;

/// How often it is noted that the control plane is connected.
const NOTED_EVERY: Duration = Duration::from_mins(1);
/// How soon it is tried again to keep a snapshot.
const KEEP_AGAIN: Duration = Duration::from_secs(5);
/// How often it is looked whether it is still there.
const KEPT_FOR: Duration = Duration::from_secs(10);
/// A subscription that stood for so long was no failure to connect.
const STOOD: Duration = Duration::from_secs(10);

/// The snapshot that serves, and how the router stands with its control plane. Ends with its last owner.
pub struct Sync {
    shared: Arc<SharedSync>,
    node: watch::Receiver<Option<EnrolledNode>>,
    _stop: DropGuard,
}

impl Sync {
    /// Loads the last good snapshot from the disk and returns; the connection is made, and made again, in the
    /// background. A router without a credential is enrolled first; only what no waiting can heal is an error. Every
    /// snapshot is given to `prepare` before it serves.
    pub async fn start(options: SyncOptions, prepare: Prepare) -> Result<Self, SyncError> {
        files::private_dir(&options.data_dir).map_err(SyncError::io("create", &options.data_dir))?;
        seal::check_strength(options.node_key.as_ref())?;
        let channel = channel::open(&options)?;
        let shared = Arc::new(SharedSync::new(&options, prepare));
        let (node, watch_node) = watch::channel(None);
        let stop = CancellationToken::new();
        let mut worker = Worker { shared: Arc::clone(&shared), options, channel, node };
        let enrolled = match identity::load(&worker.options.data_dir)? {
            Some(identity) => Some(worker.ready(identity).await?),
            None => match worker.enrol().await {
                Ok(identity) => Some(worker.ready(identity).await?),
                Err(EnrolError::Refused(error)) => return Err(error),
                Err(EnrolError::Unavailable(why)) => {
                    shared.set_link(Link::Enrolling, Some(why));
                    None
                }
            },
        };
        let stopped = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = worker.run(enrolled) => {}
                () = stopped.cancelled() => {}
            }
        });
        Ok(Self { shared, node: watch_node, _stop: stop.drop_guard() })
    }

    /// Where the snapshot that serves is. Empty until there is one.
    pub fn cell(&self) -> Arc<ArcSwapOption<Snapshot>> {
        Arc::clone(&self.shared.cell)
    }

    /// How the router stands, now and whenever it changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.shared.status.subscribe()
    }

    /// Tells the control plane what is wrong with this machine, beside the snapshots on its disk, and how many usage events wait
    /// here; `None`: as many as it was told.
    pub fn tell_of_machine(&self, problems: Vec<String>, unsent_events: Option<u64>) {
        self.shared.status.send_if_modified(|it| {
            let unsent_events = unsent_events.or(it.unsent_events);
            let changed = it.machine_problems != problems || it.unsent_events != unsent_events;
            (it.machine_problems, it.unsent_events) = (problems, unsent_events);
            changed
        });
    }

    /// What the router is enrolled as, as soon as it is.
    pub fn node(&self) -> watch::Receiver<Option<EnrolledNode>> {
        self.node.clone()
    }
}

/// A node with what it held when it was ready.
struct Ready {
    node: EnrolledNode,
    serving: Option<Served>,
    disk: Arc<SnapshotDir>,
    rotation: Rotation,
}

struct Worker {
    shared: Arc<SharedSync>,
    options: SyncOptions,
    channel: Channel,
    node: watch::Sender<Option<EnrolledNode>>,
}

impl Worker {
    async fn run(mut self, enrolled: Option<Ready>) {
        let ready = match enrolled {
            Some(ready) => ready,
            None => self.enrol_until_done().await,
        };
        let _writer = AbortOnDrop(tokio::spawn(write_to_disk(Arc::clone(&self.shared), Arc::clone(&ready.disk))));
        let contact = ContactFile::new(&self.options.data_dir);
        let _noting = AbortOnDrop(tokio::spawn(note_contact(Arc::clone(&self.shared), contact)));
        let Ready { mut node, mut serving, mut rotation, .. } = ready;
        let mut backoff = Backoff::default();
        loop {
            let version = |serving: &Option<Served>| serving.as_ref().map(|it| it.held.version);
            let (began, before) = (Instant::now(), version(&serving));
            let Err(ended) = subscribe::run(&self.shared, &node, &mut serving, &mut rotation).await;
            match ended {
                StreamEnd::Rotated => continue,
                StreamEnd::Rejected(_) => rotation.rejected(),
                _ => {}
            }
            self.shared.set_link(ended.link(), Some(ended.to_string()));
            if began.elapsed() > STOOD || before != version(&serving) {
                backoff.reset();
            }
            backoff.wait().await;
            self.read_certificates(&mut node);
        }
    }

    /// Goes on with what the files hold by now, as after a renewal. What cannot be used changes nothing.
    fn read_certificates(&mut self, node: &mut EnrolledNode) {
        if self.options.ca_file.is_none() && self.options.client.is_none() {
            return;
        }
        match channel::open(&self.options) {
            Ok(channel) => {
                self.channel = channel.clone();
                node.channel = channel;
                self.node.send_replace(Some(node.clone()));
            }
            Err(error) => tracing::error!(%error, "the certificates stay as they were"),
        }
    }

    async fn enrol(&self) -> Result<Identity, EnrolError> {
        let Some(token) = &self.options.join_token else {
            let path = identity::node_file(&self.options.data_dir);
            return Err(EnrolError::Refused(SyncError::NotEnrolled { path }));
        };
        enrol::enrol(&self.channel, token, &self.options).await
    }

    /// Tries until the control plane answers. A refusal is reported and tried again, too: this process has begun to
    /// run, and the operator sees it in `/readyz`.
    async fn enrol_until_done(&mut self) -> Ready {
        let mut backoff = Backoff::default();
        loop {
            backoff.wait().await;
            let (link, why) = match self.enrol().await {
                Ok(identity) => match self.ready(identity).await {
                    Ok(ready) => return ready,
                    Err(error) => (Link::Rejected, error.to_string()),
                },
                Err(EnrolError::Refused(error)) => (Link::Rejected, error.to_string()),
                Err(EnrolError::Unavailable(why)) => (Link::Enrolling, why),
            };
            self.shared.set_link(link, Some(why));
        }
    }

    /// Serves what the disk holds for this node.
    async fn ready(&mut self, identity: Identity) -> Result<Ready, SyncError> {
        let data_dir = &self.options.data_dir;
        let disk = Arc::new(snapshots(data_dir, &identity, self.options.node_key.as_ref()));
        let next = identity::load_next(data_dir, &identity);
        let bearer = next.as_ref().unwrap_or(&identity).bearer(data_dir)?;
        let loading = Arc::clone(&disk);
        let loaded = spawn_blocking(move || loading.load()).await.unwrap_or_default();
        let contact = ContactFile::new(&self.options.data_dir).load();
        self.shared.status.send_modify(|it| {
            it.disk_problems = loaded.problems;
            if let Some(Contact { heard_ms, revoked }) = contact {
                it.heard_ms = heard_ms;
                it.link = if revoked { Link::Revoked } else { it.link };
            }
        });
        if let Some(serving) = &loaded.newest {
            tracing::info!(version = serving.held.version, "serving the configuration that the disk holds");
            self.shared.show(serving).await;
            self.shared.to_store.send_replace(Some(Arc::clone(&serving.held)));
        }
        self.shared.set_link(Link::Connecting, None);
        let node = EnrolledNode { id: identity.node_id.clone(), channel: self.channel.clone(), bearer: bearer.clone() };
        self.node.send_replace(Some(node.clone()));
        let (data_dir, node_key) = (self.options.data_dir.clone(), self.options.node_key.clone());
        let rotation = Rotation::new(data_dir, node_key, Arc::clone(&disk), bearer, (identity, next));
        Ok(Ready { node, serving: loaded.newest, disk, rotation })
    }
}

/// Keeps the newest snapshot on the disk; one that was overtaken while another was being written is skipped. What could not be
/// kept is tried again, and what vanished is written again.
async fn write_to_disk(shared: Arc<SharedSync>, disk: Arc<SnapshotDir>) {
    let mut to_store = shared.to_store.subscribe();
    // The first one comes from the disk.
    let mut new = false;
    loop {
        let held = to_store.borrow_and_update().clone();
        let mut wait = KEPT_FOR;
        if let Some(held) = held {
            let (disk, version) = (Arc::clone(&disk), held.version);
            let stored = spawn_blocking(move || if new || !disk.holds(version) { disk.store(&held) } else { Ok(()) });
            let problem = match stored.await {
                Ok(Err(error)) => Some(format!(
                    "cannot keep version {version} on the disk: {error}; a restart would serve an older one"
                )),
                _ => None,
            };
            if problem.is_some() {
                wait = KEEP_AGAIN;
            }
            shared.set_disk_problem(problem.as_deref(), new);
        }
        match tokio::time::timeout(wait, to_store.changed()).await {
            Ok(Err(_)) => return,
            Ok(Ok(())) => new = true,
            Err(_) => new = false,
        }
    }
}

/// Keeps on the disk when the control plane was last connected, and whether it has revoked this router.
async fn note_contact(shared: Arc<SharedSync>, file: ContactFile) {
    let file = Arc::new(file);
    let mut status = shared.status.subscribe();
    let mut noted = None;
    loop {
        let (link, heard_ms) = {
            let status = status.borrow_and_update();
            (status.link, status.heard_ms)
        };
        let connected = link == Link::Connected;
        let contact =
            Contact { heard_ms: if connected { clock::now_ms() } else { heard_ms }, revoked: link == Link::Revoked };
        let due = noted.is_none_or(|(was, before): (Contact, Link)| {
            was.revoked != contact.revoked
                || before != link
                || contact.heard_ms.saturating_sub(was.heard_ms) >= NOTED_EVERY.as_millis() as i64
        });
        if due {
            let file = Arc::clone(&file);
            match spawn_blocking(move || file.store(contact)).await {
                Ok(Err(error)) => tracing::warn!(%error, "when the control plane was last heard of cannot be kept"),
                _ => noted = Some((contact, link)),
            }
        }
        let changed = tokio::time::timeout(NOTED_EVERY, status.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            return;
        }
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
