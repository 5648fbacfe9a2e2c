//! Usage rows added up: by the hour and by the day, under the dimensions of reports. Everything added is a sum, so
//! roll-ups can be added up again, in any order.

mod dimension;
mod histogram;

pub use dimension::Dimension;
pub use histogram::{bucket, percentile};

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

/// What a roll-up needs of a usage row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageRow {
    /// Milliseconds since the Unix epoch.
    pub started_ms: i64,
    /// The caller's id.
    pub caller: String,
    /// Who answers for the caller.
    pub user: String,
    /// The project's id.
    pub project: String,
    /// The caller's environment.
    pub environment: String,
    /// The token's id.
    pub token: String,
    /// The group's name.
    pub group: String,
    /// The provider's id.
    pub provider: String,
    /// The target's id.
    pub model: String,
    /// The client, as detected.
    pub client: String,
    /// What the caller saw.
    pub status: u32,
    /// A code of the error registry, or `ok`.
    pub code: String,
    /// The dialect of the request.
    pub dialect: String,
    /// Another target than the first one served it.
    pub fallback: bool,
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
    /// Microseconds.
    pub latency_us: u64,
    /// Microseconds; 0: no byte was sent.
    pub first_byte_us: u64,
}

/// What rows are added up under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RollupKey {
    /// The start of the period, milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// The values of [`Dimension::STORED`], in its order.
    pub values: [String; Dimension::STORED.len()],
}

impl RollupKey {
    /// The key that a row falls under.
    pub fn of(row: &UsageRow, period: Period) -> Self {
        Self { start_ms: period.start_ms(row.started_ms), values: Dimension::STORED.map(|it| it.value(row)) }
    }
}

/// What is added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
}

impl Measures {
    /// What one row adds.
    pub fn of(row: &UsageRow) -> Self {
        Self {
            requests: 1,
            errors: u64::from(row.code != "ok"),
            fallbacks: u64::from(row.fallback),
            input_tokens: row.input_tokens,
            output_tokens: row.output_tokens,
            cached_input_tokens: row.cached_input_tokens,
            cache_write_tokens: row.cache_write_tokens,
            reasoning_tokens: row.reasoning_tokens,
            cost_nanousd: row.cost_nanousd,
            image_tokens: row.image_tokens,
            cost_input_nanousd: row.cost_input_nanousd,
            cost_cached_input_nanousd: row.cost_cached_input_nanousd,
            cost_cache_write_nanousd: row.cost_cache_write_nanousd,
            cost_output_nanousd: row.cost_output_nanousd,
            baseline_cost_nanousd: row.baseline_cost_nanousd,
        }
    }

    /// Adds the other's sums to these.
    pub fn add(&mut self, other: &Self) {
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
        } = other;
        for (sum, value) in [
            (&mut self.requests, requests),
            (&mut self.errors, errors),
            (&mut self.fallbacks, fallbacks),
            (&mut self.input_tokens, input_tokens),
            (&mut self.output_tokens, output_tokens),
            (&mut self.cached_input_tokens, cached_input_tokens),
            (&mut self.cache_write_tokens, cache_write_tokens),
            (&mut self.reasoning_tokens, reasoning_tokens),
            (&mut self.cost_nanousd, cost_nanousd),
            (&mut self.image_tokens, image_tokens),
            (&mut self.cost_input_nanousd, cost_input_nanousd),
            (&mut self.cost_cached_input_nanousd, cost_cached_input_nanousd),
            (&mut self.cost_cache_write_nanousd, cost_cache_write_nanousd),
            (&mut self.cost_output_nanousd, cost_output_nanousd),
            (&mut self.baseline_cost_nanousd, baseline_cost_nanousd),
        ] {
            *sum = sum.saturating_add(*value);
        }
    }
}

#[cfg(test)]
mod tests;
