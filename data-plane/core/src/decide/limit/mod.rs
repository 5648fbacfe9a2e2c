//! The arithmetic of a caller's limits: what is reserved on entry, corrected to what was used, and always ended once.
//!
//! Rates are token buckets: a minute's worth can be taken at once, and it flows back evenly. Over any span of time a
//! caller is therefore admitted at most what flows back in it, and one minute's worth more.

mod bucket;
mod refused;

use std::time::Duration;

use self::bucket::Bucket;
use crate::config::Limits;

pub use refused::{Limit, Refused};

/// How long a caller waits before it asks again for a place among its concurrent requests: nobody knows when one ends.
const PLACE_WAIT: Duration = Duration::from_secs(1);

/// One caller's state; a new one has used nothing. `now` is time since any fixed moment, of a clock that does not jump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counters {
    requests: Bucket,
    tokens: Bucket,
    under_way: u64,
}

/// A request's hold on its caller's limits. Ends once, in [`Counters::settle`] or [`Counters::release`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a reservation must be settled or released, or its place is lost"]
pub struct Reservation {
    /// What was taken from the bucket of tokens.
    tokens: u64,
}

/// The answer to a request for admission.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The hold, or why there is none; nothing is taken then.
    pub outcome: Result<Reservation, Refused>,
    /// How the caller stands afterwards.
    pub standings: Standings,
}

/// How a caller stands with each of its limits; `None`: unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Standings {
    /// Requests per minute.
    pub requests: Option<Standing>,
    /// Tokens per minute.
    pub tokens: Option<Standing>,
    /// Requests at the same time.
    pub concurrency: Option<Standing>,
}

/// How a caller stands with one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub limit: u64,
    /// What could be used now.
    pub remaining: u64,
    /// Until nothing is in use any more; zero for concurrency, where nobody knows.
    pub reset: Duration,
}

impl Counters {
    /// Takes one request, its estimated tokens (input and output together) and one place, or nothing at all.
    pub fn reserve(&mut self, limits: &Limits, estimated_tokens: u64, now: Duration) -> Verdict {
        let outcome = match self.refusal(limits, estimated_tokens, now) {
            Some(refused) => Err(refused),
            None => Ok(self.take(limits, estimated_tokens, now)),
        };
        Verdict { outcome, standings: self.standings(limits, now) }
    }

    /// Ends a request that was served: its place is free, and its tokens are corrected to what was used. A caller that
    /// used more than estimated waits for it to flow back, at most for a further minute.
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

    /// How the caller stands.
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

    /// The limit that takes longest to pass, if any refuses.
    fn refusal(&self, limits: &Limits, tokens: u64, now: Duration) -> Option<Refused> {
        let rate = |limit, allowed: Option<u64>, bucket: Bucket, asked| {
            let allowed = allowed?;
            Some(Refused { limit, allowed, asked, wait: bucket.wait(allowed, asked, now) })
        };
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
        [
            place,
            rate(Limit::Requests, limits.requests_per_minute, self.requests, 1),
            rate(Limit::Tokens, limits.tokens_per_minute, self.tokens, tokens),
        ]
        .into_iter()
        .flatten()
        .filter(|it| it.wait != Some(Duration::ZERO))
        .max_by_key(|it| it.wait.unwrap_or(Duration::MAX))
    }

    fn take(&mut self, limits: &Limits, tokens: u64, now: Duration) -> Reservation {
        self.under_way += 1;
        if let Some(limit) = limits.requests_per_minute {
            self.requests.take(limit, 1, now);
        }
        let Some(limit) = limits.tokens_per_minute else { return Reservation { tokens: 0 } };
        self.tokens.take(limit, tokens, now);
        Reservation { tokens }
    }
}

#[cfg(test)]
mod tests;
