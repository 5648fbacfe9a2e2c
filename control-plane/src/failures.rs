//! Failed attempts to get in, by address: whoever guesses is slowed down, and others at the same address are not.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Failures that an address may have within the window.
const MOST: u32 = 100;
/// After this everything is forgiven.
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses that are remembered.
const ADDRESSES: usize = 10_000;
/// Tokens that are known to be good.
const KNOWN: usize = 10_000;

/// Who has failed. Cloning shares it.
#[derive(Clone, Default)]
pub struct Failures(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    by_address: HashMap<IpAddr, (u32, Instant)>,
    /// Digests of what was accepted lately: it is looked at whatever its address has done.
    good: HashSet<[u8; 32]>,
}

impl Failures {
    /// Whether something from this address is not even looked at; `digest`: of what it shows.
    pub fn refuses(&self, address: IpAddr, digest: Option<[u8; 32]>, now: Instant) -> bool {
        let seen = self.seen();
        let known = digest.is_some_and(|it| seen.good.contains(&it));
        let failed = seen.by_address.get(&address);
        !known && failed.is_some_and(|(count, since)| *count >= MOST && now.duration_since(*since) < WINDOW)
    }

    /// It was not accepted. Whether this is the failure after which the address is refused.
    pub fn failed(&self, address: IpAddr, now: Instant) -> bool {
        let mut seen = self.seen();
        if seen.by_address.len() >= ADDRESSES {
            seen.by_address.retain(|_, (_, since)| now.duration_since(*since) < WINDOW);
        }
        if seen.by_address.len() >= ADDRESSES {
            return false;
        }
        let (count, since) = seen.by_address.entry(address).or_insert((0, now));
        if now.duration_since(*since) >= WINDOW {
            (*count, *since) = (0, now);
        }
        *count += 1;
        *count == MOST
    }

    /// It was accepted.
    pub fn accepted(&self, digest: [u8; 32]) {
        let mut seen = self.seen();
        if seen.good.len() >= KNOWN {
            seen.good.clear();
        }
        seen.good.insert(digest);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_fails_is_refused_for_a_while_and_what_is_known_to_be_good_is_not() {
        let (failures, now) = (Failures::default(), Instant::now());
        let (guesser, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        failures.accepted([7; 32]);
        let told: Vec<bool> = (0..MOST + 5).map(|_| failures.failed(guesser, now)).collect();
        assert_eq!(told.iter().filter(|it| **it).count(), 1, "it is said once");
        assert!(failures.refuses(guesser, None, now) && failures.refuses(guesser, Some([8; 32]), now));
        assert!(!failures.refuses(guesser, Some([7; 32]), now), "others behind the same address go on");
        assert!(!failures.refuses(other, None, now));
        let later = now + WINDOW;
        assert!(!failures.refuses(guesser, None, later));
        assert!(!failures.failed(guesser, later), "it begins anew");
    }
}
