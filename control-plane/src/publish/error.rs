use crate::{secrets::Unsealable, store::StoreError};

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
