//! One line of JSON a request, for whoever collects logs: all scalar columns of its usage row, no content and no secret.
//! Requests never wait for it: lines are written by a thread of their own, and dropped and counted when it falls behind.

mod line;
mod options;
mod sink;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use proto::v1::UsageEvent;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use crate::sync::EnrolledNode;
use sink::Sink;
use writer::{LineWriter, ToWrite};

pub use options::{AccessLogError, AccessLogOptions, AccessLogTo};

/// Lines that may wait for the writer; some megabytes.
const MOST_WAITING: usize = 4096;

/// Where requests are written down. Without a place nothing is.
pub(crate) struct AccessLog {
    entries: Option<SyncSender<ToWrite>>,
    /// The share of served requests that is written, 0 to 1.
    sample: f64,
    dropped: Arc<AtomicU64>,
}

impl AccessLog {
    /// Opens the place and starts the writer.
    pub fn open(
        options: &AccessLogOptions,
        node: watch::Receiver<Option<EnrolledNode>>,
    ) -> Result<Self, AccessLogError> {
        let dropped = Arc::<AtomicU64>::default();
        let Some(sink) = Sink::open(&options.to)? else {
            return Ok(Self { entries: None, sample: 0.0, dropped });
        };
        let (entries, waiting) = sync_channel(MOST_WAITING);
        let writer = LineWriter::new(sink, waiting, node, options.sample, Arc::clone(&dropped));
        std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || writer.run())
            .map_err(|source| AccessLogError { place: options.to.to_string(), source })?;
        Ok(Self { entries: Some(entries), sample: options.sample, dropped })
    }

    /// Whether there is a place to write to.
    pub const fn is_open(&self) -> bool {
        self.entries.is_some()
    }

    /// Whether a request is written: all that were not served, and the sample of the others. `seed` are random bits of the
    /// request's id.
    pub fn keeps(&self, seed: u64, served: bool) -> bool {
        self.entries.is_some() && (!served || draw(seed) < self.sample)
    }

    /// Writes a request down, or drops and counts it.
    pub fn write(&self, event: Box<UsageEvent>) {
        let Some(entries) = &self.entries else { return };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = entries.try_send(ToWrite::Line(event)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            tracing::warn!("the access log falls behind; lines are dropped");
        }
    }

    /// How many lines were dropped: too many waited, or they could not be written.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until what was handed over is written, for a while.
    pub async fn flushed(&self, patience: Duration) {
        let Some(entries) = &self.entries else { return };
        let (done, written) = oneshot::channel();
        if entries.try_send(ToWrite::Flush(done)).is_ok() {
            let _too_slow = timeout(patience, written).await;
        }
    }
}

/// A number from 0 to 1 that is the same for the same bits. They are mixed first (as splitmix64 does), because a policy draws
/// from them, too: a sample must not be of one target alone.
fn draw(seed: u64) -> f64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests;
