//! What all requests of one sandbox share.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use http::StatusCode;

use crate::{
    answer::Usage, clock::now_ms, identity::Identity, journal::Journal, kept_answers::KeptAnswers, traffic::Traffic,
};

/// How many model strings with `first=n` are remembered. Beyond it a new one does not fail.
const MAX_FIRSTS: usize = 4096;

/// Serial numbers are unique in the process, so that two sandboxes behind one router never answer
/// with the same message id: Claude Code merges messages of equal id and loops.
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// Shared state: counters, the journal, and how often `first=n` strings have failed.
pub struct App {
    /// Received, open and abandoned requests.
    pub traffic: Traffic,
    /// The last received requests; absent when not asked for.
    pub journal: Option<Journal>,
    /// The answers whose items can be referred to.
    pub kept: KeptAnswers,
    started_s: u64,
    firsts: Mutex<HashMap<String, u64>>,
}

impl App {
    /// A fresh state; `journal` is the number of requests to keep, 0 for none.
    pub fn new(journal: usize) -> Self {
        Self {
            traffic: Traffic::default(),
            journal: (journal > 0).then(|| Journal::new(journal)),
            kept: KeptAnswers::default(),
            started_s: now_ms() / 1000,
            firsts: Mutex::default(),
        }
    }

    /// The identity of the next answer. The start time keeps ids apart across restarts.
    pub fn identity(&self) -> Identity {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        Identity::new(&format!("{:08x}{serial:08x}", self.started_s))
    }

    /// Writes down how a request was answered.
    pub fn answered(&self, sequence: u64, status: StatusCode, usage: Option<Usage>) {
        if let Some(journal) = &self.journal {
            journal.answered(sequence, status, usage);
        }
    }

    /// Whether a request with this key is among the first `n`; counts it if so.
    pub fn among_first(&self, key: &str, n: u64) -> bool {
        let mut firsts = self.firsts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = firsts.get_mut(key) {
            *seen += 1;
            return *seen <= n;
        }
        if firsts.len() >= MAX_FIRSTS {
            return false;
        }
        firsts.insert(key.to_owned(), 1);
        n > 0
    }

    /// Forgets the journal, the counters, the kept answers and the `first=n` counts.
    pub fn reset(&self) {
        self.traffic.reset();
        if let Some(journal) = &self.journal {
            journal.clear();
        }
        self.kept.clear();
        self.firsts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
