use control_plane_core::{canonical, shared_state, snapshot};
use proto::v1::Resource;

use super::{seal_key, to_proto};
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
    /// The key of the store of responses does not open.
    #[error("the key of `settings.responses_store`: {0}: start the control plane with the master key that sealed it")]
    SealKey(Unsealable),
    /// A part of the configuration has to do with this process' variables, and they do not suit it.
    #[error("{path}: {reason}")]
    Variables {
        /// Which part.
        path: String,
        /// What is wrong with them, without their values.
        reason: String,
    },
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
    let shared = &document.settings.shared_state;
    let valkey_url = shared_state::valkey_url(shared, &|name| control.environment.get(name))
        .map_err(|finding| CompileError::Variables { path: finding.path, reason: finding.message })?;
    let seal_key =
        if document.settings.responses_store.enabled { Some(seal_key::responses(control).await?) } else { None };
    let secrets = snapshot::Secrets {
        credentials: &|provider, reference| credentials.find(provider, reference),
        responses_seal_key: seal_key,
        valkey_url,
    };
    let resources = snapshot::compile(&document, &tokens, &secrets);
    Ok(Some(Compiled { version, resources: to_proto::resources(resources) }))
}
