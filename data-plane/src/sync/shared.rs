//! What the subscription changes and the router reads.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use data_plane_core::config::Snapshot;
use futures_util::future::BoxFuture;
use proto::v1::{Gap, ResourceError};
use tokio::sync::watch;

use super::apply::HeldVersion;
use super::disk::Served;
use super::options::SyncOptions;
use super::status::{Link, Status};
use crate::clock;

/// What is done with a snapshot before it serves.
pub type Prepare = Box<dyn Fn(Arc<Snapshot>) -> BoxFuture<'static, ()> + Send + Sync>;

/// Where the newest snapshot is, and how the router stands.
pub(super) struct SharedSync {
    pub region: String,
    pub build: String,
    pub cell: Arc<ArcSwapOption<Snapshot>>,
    pub status: watch::Sender<Status>,
    /// What the disk should hold.
    pub to_store: watch::Sender<Option<Arc<HeldVersion>>>,
    prepare: Prepare,
}

impl SharedSync {
    pub(super) fn new(options: &SyncOptions, prepare: Prepare) -> Self {
        Self {
            region: options.region.clone(),
            build: options.build.clone(),
            cell: Arc::default(),
            status: watch::Sender::new(Status::new(clock::now_ms())),
            to_store: watch::Sender::new(None),
            prepare,
        }
    }

    /// Lets a snapshot serve, then has it written to the disk.
    pub(super) async fn serve(&self, next: &Served) {
        tracing::info!(version = next.held.version, "a new configuration serves");
        self.show(next).await;
        self.to_store.send_replace(Some(Arc::clone(&next.held)));
    }

    /// Lets what the disk holds serve.
    pub(super) async fn show(&self, Served { held, reading }: &Served) {
        (self.prepare)(Arc::clone(&reading.snapshot)).await;
        let gaps = reading.gaps();
        self.cell.store(Some(Arc::clone(&reading.snapshot)));
        let mut before = Vec::new();
        self.status.send_modify(|it| {
            it.held_version = held.version;
            it.held_created_ms = held.created_ms;
            before = std::mem::replace(&mut it.gaps, gaps.clone());
        });
        for gap in gaps.iter().filter(|it| !before.contains(it)) {
            let Gap { resource, message, closes } = gap;
            tracing::warn!(version = held.version, resource, closes = closes.join(", "), "not understood: {message}");
        }
    }

    /// Notes whether the disk keeps what serves. What was found at the start stands until a new snapshot is kept.
    pub(super) fn set_disk_problem(&self, problem: Option<&str>, new: bool) {
        self.status.send_if_modified(|it| {
            let stands = problem.is_none() && !new && it.kept;
            let problems =
                if stands { it.disk_problems.clone() } else { problem.iter().map(|it| (*it).to_owned()).collect() };
            let changed = it.disk_problems != problems;
            if changed && let Some(problem) = problem {
                tracing::error!("{problem}");
            } else if changed {
                tracing::info!("the disk keeps the configuration again");
            }
            it.kept = problem.is_none();
            it.disk_problems = problems;
            changed
        });
    }

    /// Reports a push that changed nothing.
    pub(super) fn rejected(&self, version: u64, errors: &[ResourceError]) {
        let listed: Vec<_> = errors.iter().map(|it| format!("{}: {}", it.resource, it.message)).collect();
        let why = format!("version {version}: {}", listed.join("; "));
        tracing::error!("rejected a configuration, the last good one keeps serving: {why}");
        self.status.send_modify(|it| {
            it.rejected += 1;
            it.last_rejection = Some(why);
        });
    }

    pub(super) fn set_link(&self, link: Link, error: Option<String>) {
        let said = error.clone();
        let mut changed = false;
        self.status.send_modify(|it| changed = it.set_link(link, error, clock::now_ms()));
        match said {
            Some(why) if changed => tracing::warn!(link = link.as_str(), "{why}"),
            None if changed => tracing::info!(link = link.as_str(), "control plane"),
            _ => {}
        }
    }
}
