//! What a router would start from, looked at without changing anything: it may be running.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_plane_core::config::{Provider, Secret};

use super::disk::{Found, Served, SnapshotDir, Unusable};
use super::identity::{self, Identity};
use super::options::SyncError;
use super::seal::{self, Unsealable};

/// A router's credential and snapshots as they are on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExaminedSnapshots {
    /// What it is enrolled as.
    pub node_id: String,
    /// Every snapshot file, the newest first.
    pub snapshots: Vec<SnapshotFile>,
    /// Files that could not be used at an earlier start.
    pub set_aside: Vec<PathBuf>,
}

/// A file of `snapshots/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it holds, or why it serves nothing.
    pub content: Result<SnapshotFacts, SnapshotFault>,
}

/// Why a snapshot file serves nothing, and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotFault {
    /// An older version of Smart Router wrote it: nothing is wrong with it.
    #[error("{0}")]
    OlderFormat(String),
    /// It is damaged, foreign, unreadable or of a newer version.
    #[error("{0}")]
    Unusable(String),
}

/// A snapshot that a router would serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFacts {
    /// Its version.
    pub version: u64,
    /// When it was compiled, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// How many resources it has.
    pub resources: usize,
    /// Those that this version does not understand, wholly or in part.
    pub not_understood: Vec<String>,
}

/// Reads `node.json` and opens every snapshot with the node's key.
pub fn examine(data_dir: &Path, node_key: Option<&Secret>) -> Result<ExaminedSnapshots, SyncError> {
    seal::check_strength(node_key)?;
    let missing = || SyncError::NotEnrolled { path: identity::node_file(data_dir) };
    let identity = identity::load(data_dir)?.ok_or_else(missing)?;
    identity.bearer(data_dir)?;
    let disk = snapshots(data_dir, &identity, node_key);
    let list = SyncError::io("list the snapshots of", data_dir);
    let (found, set_aside) = disk.examine().and_then(|found| Ok((found, disk.set_aside()?))).map_err(list)?;
    Ok(ExaminedSnapshots { node_id: identity.node_id, snapshots: found.into_iter().map(in_words).collect(), set_aside })
}

/// The providers of the newest snapshot that would serve.
pub fn providers(data_dir: &Path, node_key: Option<&Secret>) -> Result<Vec<Arc<Provider>>, SyncError> {
    seal::check_strength(node_key)?;
    let missing = || SyncError::NotEnrolled { path: identity::node_file(data_dir) };
    let identity = identity::load(data_dir)?.ok_or_else(missing)?;
    let disk = snapshots(data_dir, &identity, node_key);
    let found = disk.examine().map_err(SyncError::io("list the snapshots of", data_dir))?;
    let newest = found.into_iter().find_map(|it| it.content.ok());
    Ok(newest.map_or_else(Vec::new, |it| it.reading.providers()))
}

/// The snapshots of a router, also while a new credential waits for its first use.
pub(super) fn snapshots(data_dir: &Path, identity: &Identity, node_key: Option<&Secret>) -> SnapshotDir {
    let next = identity::load_next(data_dir, identity);
    let other = next.map(|it| it.seal_key(node_key));
    SnapshotDir::new(data_dir, identity.seal_key(node_key)).opening(other)
}

fn in_words(Found { path, content }: Found) -> SnapshotFile {
    let content = content.map(|Served { held, reading }| SnapshotFacts {
        version: held.version,
        created_ms: held.created_ms,
        resources: held.resources.len(),
        not_understood: reading.gaps().iter().map(|it| it.resource.clone()).collect(),
    });
    let content = content.map_err(|unusable| {
        let kept = "the router sets it aside when it starts; the control plane pushes a new one";
        let text = format!("{}: {unusable}; {}", path.display(), unusable.way_out().unwrap_or(kept));
        match unusable {
            Unusable::Sealed(Unsealable::OlderFormat(_)) => SnapshotFault::OlderFormat(text),
            _ => SnapshotFault::Unusable(text),
        }
    });
    SnapshotFile { path, content }
}
