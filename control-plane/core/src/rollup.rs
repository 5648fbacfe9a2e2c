//! Usage rows added up: by the hour and by the day, under the dimensions of reports. Everything added is a sum, so
//! roll-ups can be added up again, in any order.

mod dimension;
mod histogram;
mod sketch;

pub use dimension::Dimension;
pub use histogram::{bucket, lowest, percentile};
pub use sketch::Sketch;

use std::borrow::Cow;

use crate::usage::UsageRecord;

/// How long the period of a roll-up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// `usage_rollup_hourly`
    Hour,
    /// `usage_rollup_daily`; days of UTC.
    Day,
}

impl Period {
    /// The start of the period that a moment falls in, both in milliseconds since the Unix epoch.
    pub fn start_ms(self, at_ms: i64) -> i64 {
        at_ms.div_euclid(self.length_ms()) * self.length_ms()
    }

    /// In milliseconds.
    pub const fn length_ms(self) -> i64 {
        match self {
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }
}

/// What rows are added up under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RollupKey<'a> {
    /// The start of the period, milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// The values of [`Dimension::STORED`], in its order.
    pub values: [Cow<'a, str>; Dimension::STORED.len()],
}

impl<'a> RollupKey<'a> {
    /// The key that a request falls under.
    pub fn of(record: &'a UsageRecord, period: Period) -> Self {
        Self { start_ms: period.start_ms(record.started_ms), values: Dimension::STORED.map(|it| value(it, record)) }
    }
}

/// A request's value of a dimension of [`Dimension::STORED`].
fn value(dimension: Dimension, record: &UsageRecord) -> Cow<'_, str> {
    match dimension {
        Dimension::Caller => record.caller.as_str().into(),
        Dimension::User => record.user.as_str().into(),
        Dimension::Project => record.project.as_str().into(),
        Dimension::Environment => record.environment.as_str().into(),
        Dimension::Token => record.token.as_str().into(),
        Dimension::Group => record.group.as_str().into(),
        Dimension::Provider => record.provider.as_str().into(),
        Dimension::Model => record.model.as_str().into(),
        Dimension::Client => record.client.as_str().into(),
        Dimension::Status => record.status.to_string().into(),
        Dimension::Dialect => record.dialect.as_str().into(),
        other => unreachable!("roll-ups have no column for `{}`", other.as_str()),
    }
}

/// What is added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    /// Requests.
    pub requests: u64,
    /// Requests that did not end with `ok`.
    pub errors: u64,
    /// Requests that another target than the first one served.
    pub fallbacks: u64,
    /// All input tokens.
    pub input_tokens: u64,
    /// All output tokens.
    pub output_tokens: u64,
    /// Part of input: read from the provider's cache.
    pub cached_input_tokens: u64,
    /// Part of input: written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Part of output: reasoning.
    pub reasoning_tokens: u64,
    /// Nano-dollars.
    pub cost_nanousd: u64,
    /// Image tokens, where they are reported apart.
    pub image_tokens: u64,
    /// Part of the cost: fresh input.
    pub cost_input_nanousd: u64,
    /// Part of the cost: cached input.
    pub cost_cached_input_nanousd: u64,
    /// Part of the cost: cache writes.
    pub cost_cache_write_nanousd: u64,
    /// Part of the cost: output.
    pub cost_output_nanousd: u64,
    /// What the same would have cost with the baseline, as fixed at the time of the request; nano-dollars.
    pub baseline_cost_nanousd: u64,
    /// Output tokens of requests whose output was timed.
    pub timed_output_tokens: u64,
    /// How long they took: see [`UsageRecord::output_us`].
    pub output_us: u64,
}

impl Measures {
    /// What one request adds.
    pub fn of(record: &UsageRecord) -> Self {
        let UsageRecord { tokens, cost, .. } = record;
        Self {
            requests: 1,
            errors: u64::from(record.failed()),
            fallbacks: u64::from(record.fallback),
            input_tokens: tokens.input,
            output_tokens: tokens.output,
            cached_input_tokens: tokens.cached_input,
            cache_write_tokens: tokens.cache_write_5m + tokens.cache_write_1h,
            reasoning_tokens: tokens.reasoning,
            cost_nanousd: cost.total,
            image_tokens: tokens.image,
            cost_input_nanousd: cost.input,
            cost_cached_input_nanousd: cost.cached_input,
            cost_cache_write_nanousd: cost.cache_write,
            cost_output_nanousd: cost.output,
            baseline_cost_nanousd: record.baseline_cost_nanousd,
            timed_output_tokens: if record.output_us() > 0 { tokens.output } else { 0 },
            output_us: record.output_us(),
        }
    }

    /// Adds the other's sums to these.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, u64::saturating_add);
    }

    /// Takes away what was added before.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, u64::saturating_sub);
    }

    fn combine(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        for (sum, value) in self.each().into_iter().zip(other.values()) {
            *sum = with(*sum, value);
        }
    }

    /// All of them, in the order in which they are written down: more may come behind, none goes.
    pub fn values(&self) -> [u64; Self::COUNT] {
        let mut copy = *self;
        copy.each().map(|it| *it)
    }

    /// As [`Measures::values`] tells them; what an older build did not know is 0.
    pub fn from_values(values: [u64; Self::COUNT]) -> Self {
        let mut measures = Self::default();
        for (place, value) in measures.each().into_iter().zip(values) {
            *place = value;
        }
        measures
    }

    /// How many there are.
    pub const COUNT: usize = 17;

    const fn each(&mut self) -> [&mut u64; Self::COUNT] {
        let Self {
            requests,
            errors,
            fallbacks,
            input_tokens,
            output_tokens,
            cached_input_tokens,
            cache_write_tokens,
            reasoning_tokens,
            cost_nanousd,
            image_tokens,
            cost_input_nanousd,
            cost_cached_input_nanousd,
            cost_cache_write_nanousd,
            cost_output_nanousd,
            baseline_cost_nanousd,
            timed_output_tokens,
            output_us,
        } = self;
        [
            requests,
            errors,
            fallbacks,
            input_tokens,
            output_tokens,
            cached_input_tokens,
            cache_write_tokens,
            reasoning_tokens,
            cost_nanousd,
            image_tokens,
            cost_input_nanousd,
            cost_cached_input_nanousd,
            cost_cache_write_nanousd,
            cost_output_nanousd,
            baseline_cost_nanousd,
            timed_output_tokens,
            output_us,
        ]
    }
}

#[cfg(test)]
mod tests;
