#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::{CostParts, baseline_cost, cost, price_at};
use crate::config::{Baseline, Price};
use crate::dialect::Operation;
use crate::dialect::answer::read_answer;
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
        cost_nanousd: None,
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

/// Usage as the vendors really report it, with what it costs at [`PRICE`] in nano-dollars: fresh input, cached input, cache
/// writes, output.
const REPORTED: &[(&str, Operation, &str, [u64; 4])] = &[
    (
        "OpenAI, Chat, most of it cached",
        Operation::ChatCompletions,
        r#"{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}"#,
        [86 * 3_000, 1920 * 300, 0, 300 * 15_000],
    ),
    (
        "OpenAI, Responses, reasoning within the output",
        Operation::Responses,
        r#"{"input_tokens":36,"input_tokens_details":{"cached_tokens":0},"output_tokens":87,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":123}"#,
        [36 * 3_000, 0, 0, 87 * 15_000],
    ),
    (
        "Anthropic, cache beside the input",
        Operation::Messages,
        r#"{"input_tokens":4,"cache_creation_input_tokens":1011,"cache_read_input_tokens":54321,"cache_creation":{"ephemeral_5m_input_tokens":1011,"ephemeral_1h_input_tokens":0},"output_tokens":500,"service_tier":"standard"}"#,
        [4 * 3_000, 54_321 * 300, 1011 * 3_750, 500 * 15_000],
    ),
    (
        "DeepSeek, hits and misses beside the sum",
        Operation::ChatCompletions,
        r#"{"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010,"prompt_cache_hit_tokens":960,"prompt_cache_miss_tokens":40}"#,
        [40 * 3_000, 960 * 300, 0, 10 * 15_000],
    ),
    (
        "Moonshot, cached tokens at the top",
        Operation::ChatCompletions,
        r#"{"prompt_tokens":700,"completion_tokens":5,"total_tokens":705,"cached_tokens":512}"#,
        [188 * 3_000, 512 * 300, 0, 5 * 15_000],
    ),
];

fn counted(operation: Operation, usage: &str) -> TokenUsage {
    let body = format!(r#"{{"model":"m","usage":{usage}}}"#);
    read_answer(operation, body.as_bytes()).unwrap().usage.unwrap()
}

#[test]
fn cached_tokens_are_charged_once_whoever_reports_them() {
    for (vendor, operation, usage, [input, cached_input, cache_write, output]) in REPORTED {
        let parts = cost(&counted(*operation, usage), &PRICE);
        let expected =
            CostParts { input: *input, cached_input: *cached_input, cache_write: *cache_write, output: *output };
        assert_eq!(parts, expected, "{vendor}");
    }
}

#[test]
fn cache_writes_have_the_price_of_their_lifetime() {
    let split = r#"{"input_tokens":1,"cache_creation_input_tokens":300,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":0}"#;
    assert_eq!(cost(&counted(Operation::Messages, split), &PRICE).cache_write, 100 * 3_750 + 200 * 6_000);
    let whole = r#"{"input_tokens":1,"cache_creation_input_tokens":300,"output_tokens":0}"#;
    assert_eq!(cost(&counted(Operation::Messages, whole), &PRICE).cache_write, 300 * 3_750, "the default lifetime");
}

#[test]
fn reasoning_is_charged_once_whether_it_is_in_the_output_or_beside_it() {
    let within = r#"{"prompt_tokens":10,"completion_tokens":12,"total_tokens":22,"completion_tokens_details":{"reasoning_tokens":7}}"#;
    let beside = r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":22,"completion_tokens_details":{"reasoning_tokens":7}}"#;
    for usage in [within, beside] {
        assert_eq!(cost(&counted(Operation::ChatCompletions, usage), &PRICE).output, 12 * 15_000, "{usage}");
    }
}
