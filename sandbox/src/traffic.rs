//! Counters of received, open and abandoned requests.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use serde::Serialize;

/// Shared counters.
#[derive(Default)]
pub struct Traffic(Arc<Counters>);

#[derive(Default)]
struct Counters {
    received: AtomicU64,
    open: AtomicU64,
    abandoned: AtomicU64,
}

/// The counters at one moment, as `GET /sandbox/count` shows them.
#[derive(Serialize)]
pub struct Count {
    /// Requests received since the start or the last reset.
    pub requests: u64,
    /// Requests whose answer has not ended yet.
    pub open: u64,
    /// Requests whose client went away before the answer ended.
    pub abandoned: u64,
}

/// One request in progress. Dropped before [`Open::finish`], it counts as abandoned.
pub struct Open {
    counters: Arc<Counters>,
    finished: bool,
}

impl Traffic {
    /// Counts a request as received and open.
    pub fn open(&self) -> Open {
        self.0.received.fetch_add(1, Ordering::Relaxed);
        self.0.open.fetch_add(1, Ordering::Relaxed);
        Open { counters: Arc::clone(&self.0), finished: false }
    }

    /// The counters now.
    pub fn count(&self) -> Count {
        Count {
            requests: self.0.received.load(Ordering::Relaxed),
            open: self.0.open.load(Ordering::Relaxed),
            abandoned: self.0.abandoned.load(Ordering::Relaxed),
        }
    }

    /// Starts received and abandoned from zero; open requests stay open.
    pub fn reset(&self) {
        self.0.received.store(0, Ordering::Relaxed);
        self.0.abandoned.store(0, Ordering::Relaxed);
    }
}

impl Open {
    /// The answer was handed over whole, or ended as it was meant to.
    pub fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.counters.open.fetch_sub(1, Ordering::Relaxed);
        if !self.finished {
            self.counters.abandoned.fetch_add(1, Ordering::Relaxed);
        }
    }
}
