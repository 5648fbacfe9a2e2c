use std::io;
use std::path::{Path, PathBuf};

use data_plane_core::config::Secret;

/// Where a router gets its configuration, and what it says about itself.
pub struct SyncOptions {
    /// The control plane's gRPC listener: `http://host:50050` or `https://…`.
    pub control_plane: String,
    /// Certificates (PEM) that the control plane's must be signed by; `None`: those that the system trusts.
    pub ca_file: Option<PathBuf>,
    /// What the router shows a control plane that asks for a certificate.
    pub client: Option<ClientCertificate>,
    /// For the first start: it is exchanged for a credential, which is kept and wins over it from then on.
    pub join_token: Option<Secret>,
    /// Seals the snapshots on the disk; `None`: the node credential does. From `SMART_ROUTER_NODE_KEY`.
    pub node_key: Option<Secret>,
    /// Holds `node.json` and `snapshots/`.
    pub data_dir: PathBuf,
    /// Where this router runs.
    pub region: String,
    /// The binary's version.
    pub build: String,
    /// What the operator recognises in a list of routers.
    pub name: String,
}

/// A certificate chain and its private key, both in PEM files.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's private key.
    pub key: PathBuf,
}

/// Why a router cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Not a gRPC address.
    #[error(
        "`{url}` is not the address of a control plane ({why}); give one such as https://control.example.com:50050"
    )]
    Url {
        /// As it was given.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Certificates that cannot be used.
    #[error("cannot use the certificates in {path}: {why}", path = path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// `node.json` is not what was written.
    #[error(
        "{path} is damaged ({why}), so this router does not know who it is. Restore the file, or move it away and start \
         with a new join token (`smart-router node join-token`)",
        path = path.display()
    )]
    NodeFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// There is neither a credential nor a join token.
    #[error(
        "this router is not enrolled: {path} does not exist. Start it with `--join-token`, from `smart-router node \
         join-token`",
        path = path.display()
    )]
    NotEnrolled {
        /// Where the credential would be.
        path: PathBuf,
    },
    /// The control plane does not take the join token.
    #[error(
        "the control plane refuses the join token ({0}): it is unknown, used or expired. Make another one with \
         `smart-router node join-token`"
    )]
    JoinToken(String),
    /// Too short to be a key.
    #[error(
        "SMART_ROUTER_NODE_KEY is shorter than 32 characters; set a random one, such as from `openssl rand -hex 32`"
    )]
    WeakNodeKey,
}

impl SyncError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
