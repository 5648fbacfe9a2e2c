use super::Amounts;
use crate::report::{millis, per_second};

/// What a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// What it cost, in US dollars.
    Spend,
    /// Requests.
    Requests,
    /// Input and output tokens.
    Tokens,
    /// All input tokens.
    InputTokens,
    /// All output tokens.
    OutputTokens,
    /// Input tokens that were read from the provider's cache.
    CachedInputTokens,
    /// Output tokens of reasoning.
    ReasoningTokens,
    /// Requests that did not end with `ok`.
    Errors,
    /// The share of them, from 0 to 1.
    ErrorRate,
    /// Requests that another target than the first one served.
    Fallbacks,
    /// Latency: half of the requests took no longer.
    LatencyP50,
    /// Latency: 90 % took no longer.
    LatencyP90,
    /// Latency: 95 % took no longer.
    LatencyP95,
    /// Latency: 99 % took no longer.
    LatencyP99,
    /// Time to the first byte: half took no longer.
    FirstByteP50,
    /// Time to the first byte: 90 % took no longer.
    FirstByteP90,
    /// Time to the first byte: 95 % took no longer.
    FirstByteP95,
    /// Time to the first byte: 99 % took no longer.
    FirstByteP99,
    /// Output tokens per second, of the requests of which that can be said.
    TokensPerSecond,
}

/// What the figures of a metric are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// US dollars.
    Usd,
    /// How many.
    Count,
    /// A share, from 0 to 1.
    Ratio,
    /// Milliseconds.
    Milliseconds,
    /// So many a second.
    PerSecond,
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Spend,
        Self::Requests,
        Self::Tokens,
        Self::InputTokens,
        Self::OutputTokens,
        Self::CachedInputTokens,
        Self::ReasoningTokens,
        Self::Errors,
        Self::ErrorRate,
        Self::Fallbacks,
        Self::LatencyP50,
        Self::LatencyP90,
        Self::LatencyP95,
        Self::LatencyP99,
        Self::FirstByteP50,
        Self::FirstByteP90,
        Self::FirstByteP95,
        Self::FirstByteP99,
        Self::TokensPerSecond,
    ];

    /// Its name in a URL, in JSON and in CSV.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spend => "spend",
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::InputTokens => "input_tokens",
            Self::OutputTokens => "output_tokens",
            Self::CachedInputTokens => "cached_input_tokens",
            Self::ReasoningTokens => "reasoning_tokens",
            Self::Errors => "errors",
            Self::ErrorRate => "error_rate",
            Self::Fallbacks => "fallbacks",
            Self::LatencyP50 => "latency_p50",
            Self::LatencyP90 => "latency_p90",
            Self::LatencyP95 => "latency_p95",
            Self::LatencyP99 => "latency_p99",
            Self::FirstByteP50 => "first_byte_p50",
            Self::FirstByteP90 => "first_byte_p90",
            Self::FirstByteP95 => "first_byte_p95",
            Self::FirstByteP99 => "first_byte_p99",
            Self::TokensPerSecond => "tokens_per_second",
        }
    }

    /// What its figures are.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Spend => Unit::Usd,
            Self::ErrorRate => Unit::Ratio,
            Self::LatencyP50
            | Self::LatencyP90
            | Self::LatencyP95
            | Self::LatencyP99
            | Self::FirstByteP50
            | Self::FirstByteP90
            | Self::FirstByteP95
            | Self::FirstByteP99 => Unit::Milliseconds,
            Self::TokensPerSecond => Unit::PerSecond,
            _ => Unit::Count,
        }
    }

    /// Whether parts add up to the whole, so that they can be stacked and accumulated.
    pub const fn is_additive(self) -> bool {
        matches!(self.unit(), Unit::Usd | Unit::Count)
    }

    /// Whether it takes how long each request was, which is more to read than sums are.
    pub const fn needs_sketches(self) -> bool {
        matches!(self.unit(), Unit::Milliseconds)
    }

    /// Whether it is about the time to the first byte.
    pub const fn is_first_byte(self) -> bool {
        matches!(self, Self::FirstByteP50 | Self::FirstByteP90 | Self::FirstByteP95 | Self::FirstByteP99)
    }

    /// Its figure; `None`: nothing was measured.
    pub fn value(self, of: &Amounts) -> Option<f64> {
        let Amounts { measures, latency, first_byte } = of;
        let count = |count: u64| Some(count as f64);
        let time = |sketch: &crate::rollup::Sketch, p: f64| sketch.percentile(p).map(millis);
        match self {
            Self::Spend => Some(measures.cost_nanousd as f64 / 1e9),
            Self::Requests => count(measures.requests),
            Self::Tokens => count(measures.input_tokens.saturating_add(measures.output_tokens)),
            Self::InputTokens => count(measures.input_tokens),
            Self::OutputTokens => count(measures.output_tokens),
            Self::CachedInputTokens => count(measures.cached_input_tokens),
            Self::ReasoningTokens => count(measures.reasoning_tokens),
            Self::Errors => count(measures.errors),
            Self::ErrorRate => (measures.requests > 0).then(|| measures.errors as f64 / measures.requests as f64),
            Self::Fallbacks => count(measures.fallbacks),
            Self::LatencyP50 => time(latency, 0.5),
            Self::LatencyP90 => time(latency, 0.9),
            Self::LatencyP95 => time(latency, 0.95),
            Self::LatencyP99 => time(latency, 0.99),
            Self::FirstByteP50 => time(first_byte, 0.5),
            Self::FirstByteP90 => time(first_byte, 0.9),
            Self::FirstByteP95 => time(first_byte, 0.95),
            Self::FirstByteP99 => time(first_byte, 0.99),
            Self::TokensPerSecond => per_second(measures.timed_output_tokens, measures.output_us),
        }
    }
}
