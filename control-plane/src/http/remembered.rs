//! Who could read the metrics when the database was last asked. They are read above all when it is down, and no token can be
//! looked up then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// For so long an answer of the database stands in for another one.
const MEMORY: Duration = Duration::from_hours(1);
/// Scrapers are few.
const MOST: usize = 64;

/// Digests of tokens that the database has let in. Cloning shares them.
#[derive(Clone, Default)]
pub struct Remembered(Arc<Mutex<HashMap<[u8; 32], Instant>>>);

impl Remembered {
    /// The database answered.
    pub fn answered(&self, digest: [u8; 32], lets_in: bool, now: Instant) {
        let mut known = self.known();
        if !lets_in {
            known.remove(&digest);
            return;
        }
        if known.len() >= MOST && !known.contains_key(&digest) {
            known.retain(|_, at| now.saturating_duration_since(*at) < MEMORY);
        }
        if known.len() < MOST || known.contains_key(&digest) {
            known.insert(digest, now);
        }
    }

    /// Whether it was let in not long ago.
    pub fn lets_in(&self, digest: [u8; 32], now: Instant) -> bool {
        self.known().get(&digest).is_some_and(|at| now.saturating_duration_since(*at) < MEMORY)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<[u8; 32], Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_let_in_is_for_a_while_and_who_was_not_is_not() {
        let (remembered, now) = (Remembered::default(), Instant::now());
        assert!(!remembered.lets_in([1; 32], now));
        remembered.answered([1; 32], true, now);
        remembered.answered([2; 32], true, now);
        remembered.answered([2; 32], false, now);
        assert!(remembered.lets_in([1; 32], now + MEMORY / 2) && !remembered.lets_in([2; 32], now));
        assert!(!remembered.lets_in([1; 32], now + MEMORY));
        for other in 0..100 {
            remembered.answered([other; 32], true, now);
        }
        assert!(remembered.lets_in([1; 32], now) && !remembered.lets_in([99; 32], now));
        remembered.answered([200; 32], true, now + MEMORY);
        assert!(remembered.lets_in([200; 32], now + MEMORY), "what is too old makes room");
    }
}
