//! The arithmetic of limits: what is reserved on entry, corrected to what was used, and always ended once.
//!
//! A request enters before its body is read, which takes a place and one request of every account that it is counted
//! for, or of none; its tokens are added when it is known how many they may be. Looking and taking are apart, so that
//! whoever keeps the counters looks at all accounts of a request before anything is taken of one, in one step.
//!
//! Rates are token buckets: a minute's worth can be taken at once, and it flows back evenly. Over any span of time a
//! caller is therefore admitted at most what flows back in it, and one minute's worth more. An answer may use more than was
//! estimated, and is never cut for it: what it used beyond the limit is owed, and nothing passes until that has flowed back.

mod account;
mod bucket;
mod estimate;
mod refused;

use std::time::Duration;

use self::bucket::Bucket;
use crate::config::Limits;

pub use account::{Account, AccountId, AccountKind, Accounts, USUAL};
pub use estimate::{EXPECTED_OUTPUT, estimate};
pub use refused::{Limit, LimitReached, Refused};

/// How long a caller waits before it asks again for a place among its concurrent requests: nobody knows when one ends.
const PLACE_WAIT: Duration = Duration::from_secs(1);

/// One account's state; a new one has used nothing. `now` is time since any fixed moment, of a clock that does not jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counters {
    requests: Bucket,
    tokens: Bucket,
    under_way: u64,
}

/// A request's hold on one account. Ends once, in [`Counters::settle`] or [`Counters::release`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a reservation must be settled or released, or its place is lost"]
pub struct Reservation {
    /// What was taken from the bucket of tokens.
    tokens: u64,
}

/// How an account stands with each of its limits; `None`: unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Standings {
    /// Requests per minute.
    pub requests: Option<Standing>,
    /// Tokens per minute.
    pub tokens: Option<Standing>,
    /// Requests at the same time.
    pub concurrency: Option<Standing>,
}

/// How an account stands with one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub limit: u64,
    /// What could be used now.
    pub remaining: u64,
    /// Until nothing is in use any more; zero for concurrency, where nobody knows.
    pub reset: Duration,
}

impl Standings {
    /// For each limit the account that has less left of it.
    #[must_use]
    pub fn tighter(self, other: Self) -> Self {
        let tighter = |one: Option<Standing>, two: Option<Standing>| match (one, two) {
            (Some(one), Some(two)) => Some(if two.remaining < one.remaining { two } else { one }),
            (one, two) => one.or(two),
        };
        Self {
            requests: tighter(self.requests, other.requests),
            tokens: tighter(self.tokens, other.tokens),
            concurrency: tighter(self.concurrency, other.concurrency),
        }
    }
}

impl Counters {
    /// Takes one request and one place. Whoever takes has asked [`Self::refuses_entry`] in the same step, of all accounts
    /// that the request is counted for.
    pub fn enter(&mut self, limits: &Limits, now: Duration) -> Reservation {
        self.under_way += 1;
        if let Some(limit) = limits.requests_per_minute {
            self.requests.take(limit, 1, now);
        }
        Reservation { tokens: 0 }
    }

    /// Adds the estimated tokens, input and output together, of a request that has entered; after
    /// [`Self::refuses_tokens`], in the same step.
    pub fn reserve(&mut self, reservation: &mut Reservation, limits: &Limits, tokens: u64, now: Duration) {
        if let Some(limit) = limits.tokens_per_minute {
            self.tokens.take(limit, tokens, now);
            reservation.tokens = reservation.tokens.saturating_add(tokens);
        }
    }

    /// The limit that would refuse a request at its head: the one that takes longest to pass.
    pub fn refuses_entry(&self, limits: &Limits, now: Duration) -> Option<Refused> {
        let place = limits.concurrency.map(|allowed| Refused {
            limit: Limit::Concurrency,
            allowed,
            asked: 1,
            wait: match allowed {
                0 => None,
                _ if self.under_way < allowed => Some(Duration::ZERO),
                _ => Some(PLACE_WAIT),
            },
        });
        let requests = rate(Limit::Requests, limits.requests_per_minute, self.requests, 1, now);
        [place, requests].into_iter().flatten().filter(Refused::refuses).max_by_key(Refused::longest)
    }

    /// Whether so many tokens would be refused now.
    pub fn refuses_tokens(&self, limits: &Limits, tokens: u64, now: Duration) -> Option<Refused> {
        rate(Limit::Tokens, limits.tokens_per_minute, self.tokens, tokens, now).filter(Refused::refuses)
    }

    /// Ends a request that was served: its place is free, and its tokens are corrected to what was used. Who
    /// used more than estimated waits for it to flow back, however long that takes.
    #[expect(clippy::needless_pass_by_value, reason = "a reservation ends once, so it is consumed")]
    pub fn settle(&mut self, reservation: Reservation, limits: &Limits, actual_tokens: u64, now: Duration) {
        let Reservation { tokens: reserved } = reservation;
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(limit) = limits.tokens_per_minute {
            self.tokens.correct(limit, reserved, actual_tokens, now);
        }
    }

    /// Ends a request that reached no upstream: its place and its tokens are given back. The request itself stays
    /// counted, or a caller could send any number of bad ones.
    pub fn release(&mut self, reservation: Reservation, limits: &Limits, now: Duration) {
        self.settle(reservation, limits, 0, now);
    }

    /// How the account stands.
    pub fn standings(&self, limits: &Limits, now: Duration) -> Standings {
        let rate = |bucket: Bucket, limit: Option<u64>| {
            limit.map(|limit| Standing {
                limit,
                remaining: bucket.remaining(limit, now),
                reset: bucket.reset(limit, now),
            })
        };
        Standings {
            requests: rate(self.requests, limits.requests_per_minute),
            tokens: rate(self.tokens, limits.tokens_per_minute),
            concurrency: limits.concurrency.map(|limit| Standing {
                limit,
                remaining: limit.saturating_sub(self.under_way),
                reset: Duration::ZERO,
            }),
        }
    }
}

fn rate(limit: Limit, allowed: Option<u64>, bucket: Bucket, asked: u64, now: Duration) -> Option<Refused> {
    let allowed = allowed?;
    Some(Refused { limit, allowed, asked, wait: bucket.wait(allowed, asked, now) })
}

#[cfg(test)]
mod tests;
