//! What a request cost, in integer nano-dollars. Prices are nano-dollars per million tokens.

use crate::config::{Baseline, Price};
use crate::usage::TokenUsage;

const TOKENS_PER_PRICE: u128 = 1_000_000;

/// A request's cost by kind of token; nano-dollars, each rounded half up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CostParts {
    /// Fresh input: neither read from a provider's cache nor written to it.
    pub input: u64,
    /// Input read from the provider's cache.
    pub cached_input: u64,
    /// Input written to the provider's cache, for whatever time.
    pub cache_write: u64,
    /// Output, reasoning included.
    pub output: u64,
}

impl CostParts {
    /// All parts together, so that reports add up to the last nano-dollar.
    pub fn total(&self) -> u64 {
        [self.cached_input, self.cache_write, self.output].into_iter().fold(self.input, u64::saturating_add)
    }
}

/// The price in force at a moment: the latest of those that have begun. `prices` ascend by `from_ms`.
pub fn price_at(prices: &[Price], now_ms: i64) -> Option<&Price> {
    prices[..prices.partition_point(|it| it.from_ms <= now_ms)].last()
}

/// What `usage` costs at `price`. An upstream that reports more cached than input is believed on both: fresh input is
/// then none.
pub fn cost(usage: &TokenUsage, price: &Price) -> CostParts {
    let fresh = usage
        .input
        .saturating_sub(usage.cached_input)
        .saturating_sub(usage.cache_write_5m)
        .saturating_sub(usage.cache_write_1h);
    CostParts {
        input: part(fresh, price.input),
        cached_input: part(usage.cached_input, price.cached_input),
        cache_write: part(usage.cache_write_5m, price.cache_write_5m)
            .saturating_add(part(usage.cache_write_1h, price.cache_write_1h)),
        output: part(usage.output, price.output),
    }
}

/// What the same tokens would have cost at a baseline's prices, without any provider's cache; nano-dollars.
pub fn baseline_cost(usage: &TokenUsage, baseline: &Baseline) -> u64 {
    part(usage.input, baseline.input).saturating_add(part(usage.output, baseline.output))
}

fn part(tokens: u64, price: u64) -> u64 {
    let rounded = (u128::from(tokens) * u128::from(price) + TOKENS_PER_PRICE / 2) / TOKENS_PER_PRICE;
    u64::try_from(rounded).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
