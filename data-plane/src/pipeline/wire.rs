//! The core's figures as usage events carry them.

use data_plane_core::config::Price;
use data_plane_core::cost::CostParts;
use data_plane_core::decide::plan::Considered;
use data_plane_core::usage::TokenUsage;
use proto::v1;

/// Token counts.
pub(super) fn usage(usage: &TokenUsage) -> v1::TokenUsage {
    v1::TokenUsage {
        input: usage.input,
        output: usage.output,
        cached_input: usage.cached_input,
        cache_write_5m: usage.cache_write_5m,
        cache_write_1h: usage.cache_write_1h,
        reasoning: usage.reasoning,
        image: usage.image,
    }
}

/// The prices that applied.
pub(super) fn prices(price: Price) -> v1::Prices {
    v1::Prices {
        input: price.input,
        cached_input: price.cached_input,
        cache_write_5m: price.cache_write_5m,
        cache_write_1h: price.cache_write_1h,
        output: price.output,
    }
}

/// A cost with its total.
pub(super) fn cost(parts: &CostParts) -> v1::CostParts {
    v1::CostParts {
        input: parts.input,
        cached_input: parts.cached_input,
        cache_write: parts.cache_write,
        output: parts.output,
        total: parts.total(),
    }
}

/// A target of the group, with its place or its reasons.
pub(super) fn candidate(considered: &Considered) -> v1::UsageCandidate {
    let reasons = considered.verdict.as_ref().err();
    v1::UsageCandidate {
        target: considered.target.id.clone(),
        eligible: considered.verdict.is_ok(),
        reasons: reasons.into_iter().flatten().map(|it| it.code().to_owned()).collect(),
        rank: considered.rank.unwrap_or(0),
        score: considered.score.as_ref().map_or(0.0, |it| it.value),
    }
}
