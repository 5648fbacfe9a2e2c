//! The statements of what is asked of single requests.

use std::collections::BTreeSet;

use control_plane_core::insight::Visible;
use sqlx::any::AnyArguments;

use super::{Histogram, UsageQuestion, segment::Segment};
use crate::store::{
    dimension::{self, column, expression},
    places::Places,
};

/// A statement and the values of its placeholders.
pub(super) struct Statement {
    pub sql: String,
    pub arguments: AnyArguments,
}

const ROW_SUMS: &str = "cast(count(*) as bigint) as requests, \
    cast(sum(case when code <> 'ok' then 1 else 0 end) as bigint) as errors, \
    cast(sum(fallback) as bigint) as fallbacks, \
    cast(sum(input_tokens) as bigint) as input_tokens, \
    cast(sum(output_tokens) as bigint) as output_tokens, \
    cast(sum(cached_input_tokens) as bigint) as cached_input_tokens, \
    cast(sum(cache_write_5m_tokens + cache_write_1h_tokens) as bigint) as cache_write_tokens, \
    cast(sum(reasoning_tokens) as bigint) as reasoning_tokens, \
    cast(sum(image_tokens) as bigint) as image_tokens, \
    cast(sum(cost_input_nanousd) as bigint) as cost_input_nanousd, \
    cast(sum(cost_cached_input_nanousd) as bigint) as cost_cached_input_nanousd, \
    cast(sum(cost_cache_write_nanousd) as bigint) as cost_cache_write_nanousd, \
    cast(sum(cost_output_nanousd) as bigint) as cost_output_nanousd, \
    cast(sum(cost_total_nanousd) as bigint) as cost_total_nanousd, \
    cast(sum(baseline_cost_nanousd) as bigint) as baseline_cost_nanousd, \
    cast(sum(case when output_us > 0 then output_tokens else 0 end) as bigint) as timed_output_tokens, \
    cast(sum(output_us) as bigint) as output_us";

/// The sums of a segment.
pub(super) fn sums(segment: &Segment, question: &UsageQuestion<'_>) -> Statement {
    select(segment, question, &[], ROW_SUMS, "")
}

/// The counts of a segment by bucket.
pub(super) fn counts(segment: &Segment, question: &UsageQuestion<'_>, histogram: Histogram) -> Statement {
    let (bucket, condition) = match histogram {
        Histogram::Latency => ("latency_bucket as bucket", ""),
        Histogram::FirstByte => ("first_byte_bucket as bucket", " and first_byte_bucket >= 0"),
    };
    select(segment, question, &[bucket], "cast(count(*) as bigint) as observations", condition)
}

fn select(segment: &Segment, question: &UsageQuestion<'_>, further: &[&str], sums: &str, condition: &str) -> Statement {
    let moment = "s.started_ms";
    let expression = |dimension| expression(dimension, moment);
    let mut keys: Vec<String> =
        question.group_by.iter().map(|&it| format!("{} as {}", expression(it), column(it))).collect();
    keys.extend(further.iter().map(|&key| key.to_owned()));
    keys.extend(segment.step_ms.map(|step| format!("{moment} - {moment} % {step} as at_ms")));
    let mut sql = String::from("select ");
    for key in &keys {
        sql.push_str(&format!("{key}, "));
    }
    let mut places = Places::default();
    let (since, until) = (places.number(segment.from_ms), places.number(segment.to_ms));
    sql.push_str(&format!("{sums} from usage_requests s where {moment} >= {since} and {moment} < {until}{condition}"));
    if let Visible::Projects(names) = question.visible {
        sql.push_str(&format!(" and s.project in ({})", places.texts(names)));
    }
    for filter in question.filters {
        let condition = dimension::condition(&expression(filter.dimension), filter, &mut places);
        sql.push_str(&format!(" and {condition}"));
    }
    for (at, &dimension) in question.group_by.iter().enumerate() {
        let Some(only) = question.only else { break };
        let values: BTreeSet<&String> = only.iter().map(|it| &it[at]).collect();
        sql.push_str(&format!(" and {} in ({})", expression(dimension), places.texts(values)));
    }
    if keys.is_empty() {
        // Without groups there is one row even for nothing at all, and its sums are null.
        sql.push_str(" having count(*) > 0");
    } else {
        let numbers: Vec<String> = (1..=keys.len()).map(|number| number.to_string()).collect();
        sql.push_str(&format!(" group by {}", numbers.join(", ")));
    }
    Statement { sql, arguments: places.arguments }
}
