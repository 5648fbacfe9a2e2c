use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use proto::v1::UsageEvent;

use super::delivery::Delivery;
use super::disk::Disk;
use super::options::{LogOptions, LogRefusal, LogState, OpenError};
use super::shared::SharedLog;
use super::ticket::Ticket;

/// The disk is flushed at most this often: the most that a power failure can take.
const FLUSH_EVERY: Duration = Duration::from_millis(50);

/// How often it is looked whether the files are still there.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The router's usage log. Clones are the same log.
#[derive(Clone)]
pub struct UsageLog(Arc<Owner>);

/// Stops the flushing thread with the last clone and the last ticket.
struct Owner {
    shared: Arc<SharedLog>,
    flusher: Option<(Arc<AtomicBool>, JoinHandle<()>)>,
}

impl UsageLog {
    /// Opens the log, or creates it. Requests that were open when the router was killed become events with the code
    /// `interrupted`. Reads what is not delivered yet, so call it off the async threads.
    pub fn open(disk: Arc<dyn Disk>, options: &LogOptions) -> Result<(Self, Delivery), OpenError> {
        let shared = Arc::new(SharedLog::open(options, disk)?);
        let closing = Arc::new(AtomicBool::new(false));
        let thread = thread::Builder::new().name("usage-flush".to_owned()).spawn({
            let (shared, closing) = (Arc::clone(&shared), Arc::clone(&closing));
            move || flush_until(&closing, &shared)
        });
        let thread = thread.map_err(OpenError::io("start the flushing thread for", &options.dir))?;
        shared.flusher.get_or_init(|| thread.thread().clone());
        let delivery = Delivery::new(Arc::clone(&shared));
        Ok((Self(Arc::new(Owner { shared, flusher: Some((closing, thread)) })), delivery))
    }

    /// Writes down that a request is about to be sent upstream, with what is known about it. One write(2), no flush.
    pub fn begin(&self, event: &UsageEvent) -> Result<Ticket, LogRefusal> {
        let intent = self.0.shared.intent(event)?;
        Ok(Ticket::new(self.clone(), intent))
    }

    /// Writes the event of a request that was answered without an upstream. While the log is full it is dropped and
    /// counted.
    pub fn append(&self, event: &UsageEvent) {
        self.0.shared.append(event);
    }

    /// Events that the control plane does not have yet.
    pub fn unsent(&self) -> u64 {
        self.0.shared.last().saturating_sub(*self.0.shared.committed.borrow())
    }

    /// Events that were dropped since the start because the log was full.
    pub fn dropped(&self) -> u64 {
        self.0.shared.dropped()
    }

    /// Events that vanished from the disk before they were delivered, as far as this process knows.
    pub fn lost(&self) -> u64 {
        self.0.shared.lost()
    }

    /// What an operator should look at; `None`: nothing.
    pub fn problem(&self) -> Option<String> {
        let lost =
            || Some(self.lost()).filter(|it| *it > 0).map(|it| format!("{it} usage events vanished from its disk"));
        match self.state() {
            LogState::Accepting => lost(),
            LogState::Dropping => {
                Some("the usage log is full or has failed: requests are served without a record".to_owned())
            }
            LogState::Full => Some("the usage log is full: requests are refused".to_owned()),
            LogState::DiskFull => {
                Some("there is no room on the disk for the usage log: requests are refused".to_owned())
            }
            LogState::Failed(why) => Some(format!("the usage log has failed, requests are refused: {why}")),
        }
    }

    /// Bytes that its segments take.
    pub fn used_bytes(&self) -> u64 {
        self.0.shared.used()
    }

    /// Whether it takes requests.
    pub fn state(&self) -> LogState {
        self.0.shared.state()
    }

    /// Why events are not being delivered; `None`: they are, or there is nothing to deliver.
    pub fn delivery_error(&self) -> Option<String> {
        self.0.shared.delivery_error()
    }

    /// Waits until the control plane has every event, for `limit` at most. Returns whether it has.
    pub async fn delivered(&self, limit: Duration) -> bool {
        let shared = &self.0.shared;
        let mut committed = shared.committed.subscribe();
        let done = committed.wait_for(|it| *it >= shared.last());
        tokio::time::timeout(limit, done).await.is_ok()
    }

    pub(super) fn shared(&self) -> &SharedLog {
        &self.0.shared
    }

    /// A log that is flushed by the test alone.
    #[cfg(test)]
    pub(super) fn open_unattended(
        disk: Arc<dyn Disk>,
        options: &LogOptions,
    ) -> Result<(Self, Arc<SharedLog>), OpenError> {
        let shared = Arc::new(SharedLog::open(options, disk)?);
        Ok((Self(Arc::new(Owner { shared: Arc::clone(&shared), flusher: None })), shared))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if let Some((closing, thread)) = self.flusher.take() {
            closing.store(true, Ordering::SeqCst);
            thread.thread().unpark();
            // It ends after one more flush; a panic in it has been printed already.
            drop(thread.join());
        }
    }
}

/// Flushes as soon as something was written, then not again for a while, so that many writes share one flush.
fn flush_until(closing: &AtomicBool, shared: &SharedLog) {
    let mut looked = Instant::now();
    while !closing.load(Ordering::SeqCst) {
        if looked.elapsed() >= LOOK_EVERY {
            shared.look();
            looked = Instant::now();
        }
        if shared.is_dirty() {
            shared.flush();
            thread::sleep(FLUSH_EVERY);
        } else {
            thread::park_timeout(LOOK_EVERY);
        }
    }
    shared.flush();
}
