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
    /// The database's secrets are sealed with another key by now.
    #[error(
        "the master key of the database has been replaced since this control plane was started: start it with the new one; \
         until then only tokens are published here"
    )]
    OtherMasterKey,
    /// The key of the store of responses does not open.
    #[error("the key of `settings.responses_store`: {0}: start the control plane with the master key that sealed it")]
    SealKey(Unsealable),
}
