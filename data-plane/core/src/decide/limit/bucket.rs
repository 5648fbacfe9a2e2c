use std::time::Duration;

/// What one unit of a limit is worth: chosen so that a limit of `n` a minute flows back at `n` a microsecond, exactly
/// and in integers.
const UNIT: u128 = 60_000_000;

/// The most that is owed, in minutes' worths: a day. An upstream that reports nonsense shuts nobody out for longer.
const MOST_OWED: u128 = 24 * 60;

/// A token bucket that holds a minute's worth, and may owe more. It counts what is missing, so that a new one is full,
/// and so that a changed limit applies at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Bucket {
    /// At the moment `at`; 0 is full, what exceeds the capacity is debt.
    missing: u128,
    /// The limit under which it went missing.
    limit: u64,
    /// The latest moment seen. A clock that goes back gives nothing and takes nothing.
    at: Duration,
}

impl Bucket {
    /// How long until `cost` can be taken; zero: now; `None`: never, because it is more than the bucket can hold.
    pub(super) fn wait(self, limit: u64, cost: u64, now: Duration) -> Option<Duration> {
        if cost > limit {
            return None;
        }
        let over = (self.missing_at(limit, now) + units(cost)).saturating_sub(units(limit));
        Some(refill_time(over, limit))
    }

    /// Takes what [`Bucket::wait`] allowed.
    pub(super) fn take(&mut self, limit: u64, cost: u64, now: Duration) {
        self.correct(limit, 0, cost, now);
    }

    /// Replaces a cost that was taken by another one. The bucket never holds more than a minute's worth; what is owed is
    /// carried until it has flowed back.
    pub(super) fn correct(&mut self, limit: u64, taken: u64, actual: u64, now: Duration) {
        let missing = (self.missing_at(limit, now) + units(actual)).saturating_sub(units(taken));
        self.missing = missing.min(units(limit) * (1 + MOST_OWED));
        self.limit = limit;
        self.at = self.at.max(now);
    }

    /// Whole units that could be taken now.
    pub(super) fn remaining(self, limit: u64, now: Duration) -> u64 {
        (units(limit).saturating_sub(self.missing_at(limit, now)) / UNIT) as u64
    }

    /// How long until it is full.
    pub(super) fn reset(self, limit: u64, now: Duration) -> Duration {
        refill_time(self.missing_at(limit, now), limit)
    }

    fn missing_at(self, limit: u64, now: Duration) -> u128 {
        let refilled = now.saturating_sub(self.at).as_micros().saturating_mul(u128::from(limit));
        // Who was within a limit that is lowered owes nothing for that; what was owed stays owed.
        let within = self.missing.min(units(self.limit));
        let missing = within.min(units(limit)) + (self.missing - within);
        missing.min(units(limit) * (1 + MOST_OWED)).saturating_sub(refilled)
    }
}

fn units(amount: u64) -> u128 {
    u128::from(amount) * UNIT
}

/// Rounded up; nothing flows under a limit of 0, where nothing can be missing either.
fn refill_time(missing: u128, limit: u64) -> Duration {
    let micros = missing.div_ceil(u128::from(limit).max(1));
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}
