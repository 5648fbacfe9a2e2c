//! Usage ingestion: batches of events from all streams become rows, roll-ups and watermarks, whole transactions at a
//! time. At least once on the wire, exactly once in the tables: an event is known by `(node, epoch, sequence)`, and
//! what is at or below the watermark of its log is not counted again. A router that joins again is another node with the
//! same log: what one node has delivered of a log is not counted for another.

mod backlog;
mod batch;
mod elsewhere;
mod error;
mod queue;
mod read;
mod rollups;
mod writer;

pub use backlog::{add_some, start_backlog};
pub use batch::{Batch, InvalidBatch};
pub use error::IngestError;
pub use queue::{Ack, Ingest};
