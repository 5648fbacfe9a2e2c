use proptest::prelude::*;

use super::{baseline_cost, cost, price_at};
use crate::config::{Baseline, Price};
use crate::usage::TokenUsage;

/// 3 dollars, 0.30, 3.75, 6 and 15 per million tokens.
const PRICE: Price = Price {
    from_ms: 0,
    input: 3_000_000_000,
    cached_input: 300_000_000,
    cache_write_5m: 3_750_000_000,
    cache_write_1h: 6_000_000_000,
    output: 15_000_000_000,
};

#[test]
fn each_kind_of_token_has_its_price() {
    let usage = TokenUsage {
        input: 1000,
        output: 10,
        cached_input: 600,
        cache_write_5m: 200,
        cache_write_1h: 100,
        reasoning: 4,
        image: 0,
    };
    let parts = cost(&usage, &PRICE);
    assert_eq!(parts.input, 100 * 3000);
    assert_eq!(parts.cached_input, 600 * 300);
    assert_eq!(parts.cache_write, 200 * 3750 + 100 * 6000);
    assert_eq!(parts.output, 10 * 15_000, "reasoning is part of output");
    assert_eq!(parts.total(), 300_000 + 180_000 + 1_350_000 + 150_000);
}

#[test]
fn parts_are_rounded_half_up() {
    let priced = |input| cost(&TokenUsage { input: 1, ..TokenUsage::default() }, &Price { input, ..Price::default() });
    assert_eq!(priced(499_999).input, 0);
    assert_eq!(priced(500_000).input, 1);
    assert_eq!(priced(1_499_999).input, 1);
}

#[test]
fn more_cached_than_input_leaves_no_fresh_input() {
    let usage = TokenUsage { input: 5, cached_input: 9, ..TokenUsage::default() };
    let parts = cost(&usage, &PRICE);
    assert_eq!((parts.input, parts.cached_input), (0, 2700));
}

#[test]
fn the_latest_price_that_has_begun_applies() {
    let prices = [Price { from_ms: 10, input: 1, ..PRICE }, Price { from_ms: 20, input: 2, ..PRICE }];
    let at = |now| price_at(&prices, now).map(|it| it.input);
    assert_eq!([at(9), at(10), at(19), at(20), at(i64::MAX)], [None, Some(1), Some(1), Some(2), Some(2)]);
    assert_eq!(price_at(&[], 0), None);
}

#[test]
fn a_baseline_knows_no_cache() {
    let usage = TokenUsage { input: 1000, output: 100, cached_input: 900, ..TokenUsage::default() };
    let baseline = Baseline { id: "frontier".to_owned(), input: 5_000_000_000, output: 25_000_000_000 };
    assert_eq!(baseline_cost(&usage, &baseline), 1000 * 5000 + 100 * 25_000);
}

fn usage() -> impl Strategy<Value = TokenUsage> {
    let tokens = || prop_oneof![0..1_000_000_u64, any::<u64>()];
    (tokens(), tokens(), tokens(), tokens(), tokens()).prop_map(
        |(input, output, cached_input, cache_write_5m, cache_write_1h)| TokenUsage {
            input,
            output,
            cached_input,
            cache_write_5m,
            cache_write_1h,
            ..TokenUsage::default()
        },
    )
}

fn price() -> impl Strategy<Value = Price> {
    let price = || prop_oneof![0..100_000_000_000_u64, any::<u64>()];
    (price(), price(), price(), price(), price()).prop_map(
        |(input, cached_input, cache_write_5m, cache_write_1h, output)| Price {
            from_ms: 0,
            input,
            cached_input,
            cache_write_5m,
            cache_write_1h,
            output,
        },
    )
}

proptest! {
    #[test]
    fn the_total_is_the_sum_of_the_parts(usage in usage(), price in price()) {
        let parts = cost(&usage, &price);
        let sum = [parts.input, parts.cached_input, parts.cache_write, parts.output].map(u128::from).iter().sum::<u128>();
        prop_assert_eq!(u128::from(parts.total()), sum.min(u128::from(u64::MAX)));
    }

    #[test]
    fn more_tokens_never_cost_less(usage in usage(), price in price(), more in 0..1_000_000_u64) {
        let parts = cost(&usage, &price);
        let larger = TokenUsage { input: usage.input.saturating_add(more), ..usage };
        prop_assert!(cost(&larger, &price).total() >= parts.total());
        let larger = TokenUsage { output: usage.output.saturating_add(more), ..usage };
        prop_assert!(cost(&larger, &price).total() >= parts.total());
    }

    /// Against the same sum in exact arithmetic: at most half a nano-dollar off for each of the five kinds.
    #[test]
    fn rounding_errs_by_half_a_nano_dollar_a_part(
        fresh in 0..10_000_000_u64, cached in 0..10_000_000_u64, write in 0..10_000_000_u64, output in 0..10_000_000_u64,
        price in 0..100_000_000_000_u64,
    ) {
        let usage = TokenUsage {
            input: fresh + cached + write, cached_input: cached, cache_write_5m: write, output, ..TokenUsage::default()
        };
        let flat = Price {
            from_ms: 0, input: price, cached_input: price, cache_write_5m: price, cache_write_1h: price, output: price
        };
        let exact = u128::from(usage.total()) * u128::from(price);
        let charged = u128::from(cost(&usage, &flat).total()) * 1_000_000;
        prop_assert!(charged.abs_diff(exact) <= 4 * 500_000);
    }
}
