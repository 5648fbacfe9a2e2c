use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// A request that sends its body this slowly, or whose answer takes this long, is given up.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// When a request is given up. One that asked to wait gets the time that it asked for on top.
#[derive(Clone)]
pub struct Deadline {
    began: Instant,
    waits_ms: Arc<AtomicU64>,
}

impl Deadline {
    /// Of a request that begins now.
    pub fn new() -> Self {
        Self { began: Instant::now(), waits_ms: Arc::default() }
    }

    /// Adds what the request asked to wait.
    pub fn extend(&self, by: Duration) {
        self.waits_ms.store(by.as_millis() as u64, Ordering::Relaxed);
    }

    /// Waits until then.
    pub async fn is_over(&self) {
        let at = || self.began + TIMEOUT + Duration::from_millis(self.waits_ms.load(Ordering::Relaxed));
        while Instant::now() < at() {
            sleep_until(at()).await;
        }
    }
}
