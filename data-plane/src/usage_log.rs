//! The router's usage log: what was sent upstream is written down before it is sent, and every request's usage event
//! waits here until the control plane has it.
//!
//! Segments of checksummed records in `<data-dir>/usage/<epoch>/`. A completed write survives a killed process; the
//! disk is flushed in groups, so a power failure can lose the last 50 ms. Only flushed events are delivered: a
//! sequence number that the control plane has seen is never given to another event.

mod delivery;
mod disk;
mod examine;
mod flush;
mod heal;
mod log;
mod options;
mod reader;
mod record;
mod recover;
mod scan;
mod segment;
mod shared;
mod ticket;
mod writer;

#[cfg(test)]
mod tests;

pub use delivery::Delivery;
pub use disk::{Disk, FileSystem};
pub use examine::{ExaminedLog, examine};
pub use log::UsageLog;
pub use options::{LogOptions, LogRefusal, LogState, OpenError, WhenFull};
pub use ticket::Ticket;
