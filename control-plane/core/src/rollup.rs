//! Usage rows added up: by the minute, the hour and the day, under the dimensions that reports and charts ask for together.
//! Everything added is a sum, so roll-ups can be added up again, in any order.

mod amounts;
mod cube;
mod dimension;
mod histogram;
mod sketch;
pub mod text;

pub use amounts::Amounts;
pub use cube::Cube;
pub use dimension::Dimension;
pub use histogram::{bucket, lowest, percentile};
pub use sketch::Sketch;

use std::borrow::Cow;

use crate::usage::UsageRecord;

/// How long the period of a roll-up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    /// Kept for as long as [`KEPT_MINUTES_MS`].
    Minute,
    /// Hours of UTC.
    Hour,
    /// Days of UTC.
    Day,
}

/// How long roll-ups by the minute are kept, and how much of that is asked for: what is being removed is in no answer.
pub const KEPT_MINUTES_MS: i64 = 3 * 86_400_000;
/// See [`KEPT_MINUTES_MS`].
pub const ASKED_MINUTES_MS: i64 = 2 * 86_400_000;

impl Period {
    /// The start of the period that a moment falls in, both in milliseconds since the Unix epoch.
    pub const fn start_ms(self, at_ms: i64) -> i64 {
        at_ms.div_euclid(self.length_ms()) * self.length_ms()
    }

    /// In milliseconds.
    pub const fn length_ms(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => 3_600_000,
            Self::Day => 86_400_000,
        }
    }

    /// Its name in the names of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minutely",
            Self::Hour => "hourly",
            Self::Day => "daily",
        }
    }
}

/// A request's value of a dimension; empty where it has none.
pub fn value<'a>(dimension: Dimension, node: &'a str, record: &'a UsageRecord) -> Cow<'a, str> {
    match dimension {
        Dimension::Caller => record.caller.as_str().into(),
        Dimension::User => record.user.as_str().into(),
        Dimension::Project => record.project.as_str().into(),
        Dimension::Environment => record.environment.as_str().into(),
        Dimension::Token => record.token.as_str().into(),
        Dimension::Group => record.group.as_str().into(),
        Dimension::Policy => record.policy.as_str().into(),
        Dimension::Provider => record.provider.as_str().into(),
        Dimension::Model => record.model.as_str().into(),
        Dimension::Client => record.client.as_str().into(),
        Dimension::Status => record.status.to_string().into(),
        Dimension::Dialect => record.dialect.as_str().into(),
        Dimension::Code => record.code.as_str().into(),
        Dimension::Region => record.region.as_str().into(),
        Dimension::Node => node.into(),
        Dimension::Ip => record.client_ip.as_str().into(),
        Dimension::Session => record.session.as_str().into(),
        Dimension::Target | Dimension::Class | Dimension::Hour => "".into(),
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
