//! When the control plane was last heard of, across restarts: a router that cannot reach it is not to begin anew.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files;

/// What is known of the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contact {
    /// When it was last connected, in milliseconds since the Unix epoch.
    pub heard_ms: i64,
    /// It has taken this router's right to serve.
    pub revoked: bool,
}

/// Where that is kept.
pub(super) struct ContactFile(PathBuf);

impl ContactFile {
    pub(super) fn new(data_dir: &Path) -> Self {
        Self(data_dir.join("contact.json"))
    }

    /// What an earlier run left; `None`: nothing, or nothing that can be read.
    pub(super) fn load(&self) -> Option<Contact> {
        let bytes = fs::read(&self.0).ok()?;
        let read = serde_json::from_slice(&bytes);
        if read.is_err() {
            tracing::warn!(file = %self.0.display(), "it is damaged, and written anew");
        }
        read.ok()
    }

    pub(super) fn store(&self, contact: Contact) -> io::Result<()> {
        files::replace(&self.0, &serde_json::to_vec(&contact).expect("a number and a flag are valid JSON"))
    }
}
