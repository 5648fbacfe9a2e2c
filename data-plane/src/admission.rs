//! What each caller has under way and has used, on this router. The lock of a shard is held for the arithmetic alone.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use data_plane_core::config::Caller;
use data_plane_core::decide::limit::{Counters, Reservation, Standings, Verdict};
use data_plane_core::usage::TokenUsage;

const SHARDS: usize = 32;

/// Every caller's counters.
pub struct Admission {
    shards: [Mutex<HashMap<String, Account>>; SHARDS],
    hasher: RandomState,
    started: Instant,
}

#[derive(Clone, Copy, Default)]
struct Account {
    counters: Counters,
    spent: Spent,
}

/// What a caller has used since this router started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests that came to an end, refused ones included.
    pub requests: u64,
    /// Input tokens.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Nano-dollars.
    pub cost_nanousd: u64,
}

impl Default for Admission {
    fn default() -> Self {
        Self { shards: Default::default(), hasher: RandomState::new(), started: Instant::now() }
    }
}

impl Admission {
    /// Takes a place and the estimated tokens, or says which limit refuses.
    pub fn reserve(&self, caller: &Caller, estimated_tokens: u64) -> Verdict {
        self.with(caller, |account, now| account.counters.reserve(&caller.limits, estimated_tokens, now))
    }

    /// Ends a request that reached an upstream. Returns how the caller stands then.
    pub fn settle(&self, caller: &Caller, reservation: Reservation, tokens: u64) -> Standings {
        self.with(caller, |account, now| {
            account.counters.settle(reservation, &caller.limits, tokens, now);
            account.counters.standings(&caller.limits, now)
        })
    }

    /// Ends a request that reached none. Returns how the caller stands then.
    pub fn release(&self, caller: &Caller, reservation: Reservation) -> Standings {
        self.with(caller, |account, now| {
            account.counters.release(reservation, &caller.limits, now);
            account.counters.standings(&caller.limits, now)
        })
    }

    /// Adds a request that came to an end to what the caller has used.
    pub fn spend(&self, caller: &Caller, usage: &TokenUsage, cost_nanousd: u64) {
        self.with(caller, |account, _| {
            let spent = &mut account.spent;
            spent.requests = spent.requests.saturating_add(1);
            spent.input_tokens = spent.input_tokens.saturating_add(usage.input);
            spent.output_tokens = spent.output_tokens.saturating_add(usage.output);
            spent.cost_nanousd = spent.cost_nanousd.saturating_add(cost_nanousd);
        });
    }

    /// How the caller stands with its limits, and what it has used.
    pub fn account(&self, caller: &Caller) -> (Standings, Spent) {
        self.with(caller, |account, now| (account.counters.standings(&caller.limits, now), account.spent))
    }

    fn with<T>(&self, caller: &Caller, change: impl FnOnce(&mut Account, Duration) -> T) -> T {
        let now = self.started.elapsed();
        let mut shard = self.shard(&caller.id);
        if !shard.contains_key(&caller.id) {
            shard.insert(caller.id.clone(), Account::default());
        }
        let account = shard.get_mut(&caller.id).expect("it was inserted above");
        change(account, now)
    }

    fn shard(&self, caller: &str) -> MutexGuard<'_, HashMap<String, Account>> {
        let index = self.hasher.hash_one(caller) as usize % SHARDS;
        self.shards[index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
