//! How a router gets and keeps its configuration: it enrols once, subscribes, judges every push by itself, serves from
//! the last good snapshot and keeps it sealed on the disk.

mod apply;
mod backoff;
mod channel;
mod contact;
mod disk;
mod enrol;
mod examine;
pub(crate) mod files;
mod from_proto;
mod identity;
mod options;
mod proof;
mod rotation;
mod seal;
mod shared;
mod start;
mod status;
mod subscribe;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;

pub use backoff::Backoff;
pub use channel::{Bearer, EnrolledNode};
pub use examine::{ExaminedSnapshots, SnapshotFacts, SnapshotFault, SnapshotFile, examine, providers};
pub use options::{ClientCertificate, SyncError, SyncOptions};
pub use shared::Prepare;
pub use start::Sync;
pub use status::{Link, Status};
