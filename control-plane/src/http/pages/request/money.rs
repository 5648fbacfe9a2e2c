use control_plane_core::usage::{Prices, UsageRecord};
use web::{
    request_detail::CostPart,
    show::{Count, Money},
};

/// Tokens were used, and nobody has said what they cost.
pub fn is_unpriced(record: &UsageRecord) -> bool {
    let used = record.tokens.input + record.tokens.output > 0;
    used && record.cost.total == 0 && record.prices == Prices::default()
}

/// The kinds of tokens, with the prices that applied.
pub fn parts(record: &UsageRecord) -> Vec<CostPart> {
    let (tokens, prices, cost) = (&record.tokens, &record.prices, &record.cost);
    let writes = tokens.cache_write_5m + tokens.cache_write_1h;
    let fresh = tokens.input.saturating_sub(tokens.cached_input).saturating_sub(writes);
    // Writes of two kinds have a price each: of both together there is none.
    let of_writes = match (tokens.cache_write_5m, tokens.cache_write_1h) {
        (_, 0) => Some(prices.cache_write_5m),
        (0, _) => Some(prices.cache_write_1h),
        _ => None,
    };
    let part = |name, tokens: u64, price: Option<u64>, cost: u64| CostPart {
        name,
        tokens: Count(tokens),
        price: price.map(|it| Money(it.into())),
        cost: Money(cost.into()),
    };
    let all = [
        part("Fresh input", fresh, Some(prices.input), cost.input),
        part("Cached input", tokens.cached_input, Some(prices.cached_input), cost.cached_input),
        part("Cache writes", writes, of_writes, cost.cache_write),
        part("Output", tokens.output, Some(prices.output), cost.output),
    ];
    all.into_iter().filter(|it| it.tokens.0 > 0).collect()
}
