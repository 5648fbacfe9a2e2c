/// Why a batch was not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IngestError {
    /// Events before it are missing. Counting it would lose them in silence.
    #[error(
        "epoch {epoch} is committed up to {committed}, but the batch begins with {first}: send the events from {} on, \
         or begin a new log if they are lost",
        committed + 1
    )]
    Gap {
        /// The life of the log.
        epoch: u64,
        /// The last event that is in the tables.
        committed: u64,
        /// The first event of the batch.
        first: u64,
    },
    /// The database refused or did not answer. The same batch can be sent again.
    #[error("the usage database is unavailable: send the batch again later")]
    Unavailable,
}
