use control_plane_core::{canonical, snapshot};
use proto::v1::Resource;

use super::to_proto;
use crate::{
    manage::Control,
    secrets::Unsealable,
    store::{StoreError, config, credential, revision, token},
};

/// Why there is no new snapshot.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The stored configuration is not one that this build understands.
    #[error(
        "the stored configuration of version {version} cannot be read: {reason}; run the newest build that has used this \
         database, or apply the configuration again"
    )]
    Document {
        /// The version that wrote it.
        version: u64,
        /// Where and why.
        reason: String,
    },
    /// A sealed provider key does not open.
    #[error("{0}: start the control plane with the master key that sealed it, or set the provider's credential again")]
    Credential(#[from] Unsealable),
}

/// What a snapshot is made of.
pub(super) struct Compiled {
    pub version: u64,
    /// Sorted by key.
    pub resources: Vec<Resource>,
}

/// Compiles one state of the database; `None`: it holds no configuration yet.
pub(super) async fn compile(control: &Control) -> Result<Option<Compiled>, CompileError> {
    let mut tx = control.store.read_consistent().await?;
    let version = revision::current(tx.connection()).await?;
    let Some(stored) = config::latest(tx.connection()).await? else { return Ok(None) };
    let tokens = token::all(tx.connection()).await?;
    let sealed = credential::all(tx.connection()).await?;
    drop(tx);
    let document = canonical::from_json(&stored.document)
        .map_err(|error| CompileError::Document { version: stored.about.version, reason: error.to_string() })?;
    let credentials = control.credentials(&sealed)?;
    let resources = snapshot::compile(&document, &tokens, &|provider, reference| credentials.find(provider, reference));
    Ok(Some(Compiled { version, resources: to_proto::resources(resources) }))
}
