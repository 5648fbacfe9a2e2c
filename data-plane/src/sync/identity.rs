//! Who this router is: `node.json`, and `node.next.json` while a new credential waits for its first use.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use data_plane_core::config::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::channel::Bearer;
use super::files;
use super::options::SyncError;
use super::proof::{NodeKey, Prover};
use super::seal::SealKey;

/// Who this router is to its control plane.
#[derive(Clone)]
pub(super) struct Identity {
    pub node_id: String,
    pub credential: Secret,
    /// `None`: it joined before there were keys.
    key: Option<NodeKey>,
}

impl Identity {
    /// One that was just given, with the key that was made for it.
    pub(super) fn new(node_id: String, credential: Secret, key: NodeKey) -> Self {
        Self { node_id, credential, key: Some(key) }
    }

    /// What is kept of it.
    pub(super) fn to_json(&self) -> Zeroizing<Vec<u8>> {
        let file = NodeFile {
            node_id: self.node_id.clone(),
            credential: self.credential.expose().to_owned(),
            key: self.key.as_ref().map(|it| it.kept.expose().to_owned()),
        };
        Zeroizing::new(serde_json::to_vec_pretty(&file).expect("strings are valid JSON"))
    }

    /// How calls to the control plane carry the credential.
    pub(super) fn bearer(&self, data_dir: &Path) -> Result<Bearer, SyncError> {
        let why = "the credential has characters that none has";
        let unusable = || SyncError::NodeFile { path: node_file(data_dir), why: why.to_owned() };
        Bearer::new(&self.credential, self.prover()).ok_or_else(unusable)
    }

    /// Has calls carry this credential from now on. `false`: it has characters that none has.
    pub(super) fn show_by(&self, bearer: &Bearer) -> bool {
        bearer.show(&self.credential, self.prover())
    }

    fn prover(&self) -> Option<Prover> {
        self.key.clone().map(|key| Prover::new(key, &self.node_id))
    }

    /// What seals this node's snapshots: its own key, or else its credential.
    pub(super) fn seal_key(&self, node_key: Option<&Secret>) -> SealKey {
        SealKey::derive(node_key.unwrap_or(&self.credential), &self.node_id)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NodeFile {
    node_id: String,
    credential: String,
    /// PKCS #8, in base64. It never leaves this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

pub(super) fn node_file(data_dir: &Path) -> PathBuf {
    data_dir.join("node.json")
}

/// Where a new credential waits for its first use.
pub(super) fn next_file(data_dir: &Path) -> PathBuf {
    data_dir.join("node.next.json")
}

/// What an earlier enrolment left; `None`: there was none.
pub(super) fn load(data_dir: &Path) -> Result<Option<Identity>, SyncError> {
    read(&node_file(data_dir))
}

/// What waits for its first use, of this router; `None`: nothing. What cannot be read was not written whole, or is another
/// router's: it is of no use.
pub(super) fn load_next(data_dir: &Path, current: &Identity) -> Option<Identity> {
    let found = read(&next_file(data_dir));
    let next = found.inspect_err(|error| tracing::warn!(%error, "a new credential cannot be used")).ok().flatten();
    next.filter(|it| it.node_id == current.node_id)
}

/// Puts what has waited in the place of what was in force, in one step.
pub(super) fn adopt_next(data_dir: &Path) -> io::Result<()> {
    fs::rename(next_file(data_dir), node_file(data_dir))?;
    files::sync_dir(data_dir)
}

/// Lets go of what has waited.
pub(super) fn forget_next(data_dir: &Path) -> io::Result<()> {
    match fs::remove_file(next_file(data_dir)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

fn read(path: &Path) -> Result<Option<Identity>, SyncError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SyncError::io("read", path)(error)),
    };
    let damaged = |why: &str| SyncError::NodeFile { path: path.to_owned(), why: why.to_owned() };
    // The parser's own message could quote the credential.
    let file: NodeFile = serde_json::from_slice(&bytes).map_err(|_| damaged("it is not the JSON that was written"))?;
    if file.node_id.is_empty() || !file.credential.starts_with("srn_") {
        return Err(damaged("it holds no node credential"));
    }
    let key = file.key.map(|it| NodeKey::read(Secret::new(it)).ok_or_else(|| damaged("its key cannot be read")));
    Ok(Some(Identity { node_id: file.node_id, credential: Secret::new(file.credential), key: key.transpose()? }))
}
