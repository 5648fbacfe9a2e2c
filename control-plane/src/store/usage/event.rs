use proto::v1::{CostParts, Prices, TokenUsage, UsageAttempt, UsageCandidate, UsageEvent, UsageTraceEvent};

use super::insert::{Table, Values, insert};
use crate::store::{StoreError, Tx};

/// An event as it goes into the tables. Its texts have no NUL and its numbers fit BIGINT: see [`crate::ingest`].
pub struct StoredEvent {
    /// The router that reported it.
    pub node: String,
    /// The life of its log.
    pub epoch: u64,
    /// The event.
    pub event: UsageEvent,
    /// The histogram bucket of its latency.
    pub latency_bucket: i64,
    /// The histogram bucket of its first byte; -1: no byte was sent.
    pub first_byte_bucket: i64,
    /// Whether it counts as an error.
    pub failed: bool,
}

/// Adds events with their attempts, candidates, traces and errors.
pub async fn insert_events(tx: &mut Tx, events: &[StoredEvent]) -> Result<(), StoreError> {
    insert(tx, &REQUESTS, events, bind_request).await?;
    insert(tx, &ATTEMPTS, &children(events, |event| &event.attempts), bind_attempt).await?;
    insert(tx, &CANDIDATES, &children(events, |event| &event.candidates), bind_candidate).await?;
    insert(tx, &TRACE_EVENTS, &children(events, |event| &event.trace), bind_trace_event).await?;
    let failed: Vec<&StoredEvent> = events.iter().filter(|stored| stored.failed).collect();
    insert(tx, &ERRORS, &failed, |values, stored| bind_error(values, stored)).await
}

/// A part of an event; its number is its place, from 1.
struct Child<'a, T> {
    parent: &'a StoredEvent,
    number: u64,
    part: &'a T,
}

fn children<T>(events: &[StoredEvent], parts: impl Fn(&UsageEvent) -> &[T]) -> Vec<Child<'_, T>> {
    events
        .iter()
        .flat_map(|parent| (1..).zip(parts(&parent.event)).map(move |(number, part)| Child { parent, number, part }))
        .collect()
}

const REQUESTS: Table = Table {
    name: "usage_requests",
    columns: &[
        "node",
        "epoch",
        "sequence",
        "request_id",
        "client_request_id",
        "started_ms",
        "caller",
        "user_name",
        "project",
        "environment",
        "token",
        "session",
        "region",
        "config_version",
        "client",
        "client_ip",
        "dialect",
        "operation",
        "target_dialect",
        "requested_model",
        "group_name",
        "policy",
        "provider",
        "model",
        "stream",
        "cache",
        "status",
        "code",
        "attempts",
        "fallback",
        "latency_us",
        "first_byte_us",
        "upstream_us",
        "queue_us",
        "overhead_us",
        "latency_bucket",
        "first_byte_bucket",
        "input_tokens",
        "output_tokens",
        "cached_input_tokens",
        "cache_write_5m_tokens",
        "cache_write_1h_tokens",
        "reasoning_tokens",
        "image_tokens",
        "tokens_estimated",
        "price_input_nanousd",
        "price_cached_input_nanousd",
        "price_cache_write_5m_nanousd",
        "price_cache_write_1h_nanousd",
        "price_output_nanousd",
        "cost_input_nanousd",
        "cost_cached_input_nanousd",
        "cost_cache_write_nanousd",
        "cost_output_nanousd",
        "cost_total_nanousd",
        "upstream_reported_cost_nanousd",
        "baseline",
        "baseline_cost_nanousd",
        "redactions",
        "warnings",
    ],
    tail: "",
};

fn bind_request(values: &mut Values, stored: &StoredEvent) {
    let event = &stored.event;
    bind_key(values, stored).text(&event.request_id).text(&event.client_request_id).number(event.started_ms);
    bind_origin(values, event);
    bind_route(values, event);
    values
        .count(event.latency_us)
        .count(event.first_byte_us)
        .count(event.upstream_us)
        .count(event.queue_us)
        .count(event.overhead_us)
        .number(stored.latency_bucket)
        .number(stored.first_byte_bucket);
    bind_tokens(values, event.tokens.as_ref().unwrap_or(&TokenUsage::default()));
    values.flag(event.tokens_estimated);
    bind_prices(values, event.prices.as_ref().unwrap_or(&Prices::default()));
    bind_cost(values, event.cost.as_ref().unwrap_or(&CostParts::default()));
    values
        .optional_count(event.upstream_reported_cost_nanousd)
        .text(&event.baseline)
        .count(event.baseline_cost_nanousd)
        .count(event.redactions.into())
        .text(&event.warnings.join("\n"));
}

fn bind_key<'a>(values: &'a mut Values, stored: &StoredEvent) -> &'a mut Values {
    values.text(&stored.node).count(stored.epoch).count(stored.event.sequence)
}

fn bind_origin(values: &mut Values, event: &UsageEvent) {
    values
        .text(&event.caller)
        .text(&event.user)
        .text(&event.project)
        .text(&event.environment)
        .text(&event.token)
        .text(&event.session)
        .text(&event.region)
        .count(event.config_version)
        .text(&event.client)
        .text(&event.client_ip);
}

fn bind_route(values: &mut Values, event: &UsageEvent) {
    values
        .text(&event.dialect)
        .text(&event.operation)
        .text(&event.target_dialect)
        .text(&event.requested_model)
        .text(&event.group)
        .text(&event.policy)
        .text(&event.provider)
        .text(&event.model)
        .flag(event.stream)
        .text(&event.cache)
        .count(event.status.into())
        .text(&event.code)
        .count(event.attempts.len() as u64)
        .flag(event.fallback);
}

fn bind_tokens(values: &mut Values, tokens: &TokenUsage) {
    values
        .count(tokens.input)
        .count(tokens.output)
        .count(tokens.cached_input)
        .count(tokens.cache_write_5m)
        .count(tokens.cache_write_1h)
        .count(tokens.reasoning)
        .count(tokens.image);
}

fn bind_prices(values: &mut Values, prices: &Prices) {
    values
        .count(prices.input)
        .count(prices.cached_input)
        .count(prices.cache_write_5m)
        .count(prices.cache_write_1h)
        .count(prices.output);
}

fn bind_cost(values: &mut Values, cost: &CostParts) {
    values.count(cost.input).count(cost.cached_input).count(cost.cache_write).count(cost.output).count(cost.total);
}

const ATTEMPTS: Table = Table {
    name: "usage_attempts",
    columns: &[
        "node",
        "epoch",
        "sequence",
        "number",
        "target",
        "dialect",
        "class",
        "status",
        "started_ms",
        "latency_us",
        "first_byte_us",
        "detail",
    ],
    tail: "",
};

fn bind_attempt(values: &mut Values, attempt: &Child<'_, UsageAttempt>) {
    let Child { parent, number, part } = attempt;
    bind_key(values, parent)
        .count(*number)
        .text(&part.target)
        .text(&part.dialect)
        .text(&part.class)
        .count(part.status.into())
        .number(part.started_ms)
        .count(part.latency_us)
        .count(part.first_byte_us)
        .text(&part.detail);
}

const CANDIDATES: Table = Table {
    name: "usage_candidates",
    columns: &["node", "epoch", "sequence", "number", "target", "eligible", "reasons", "place", "score"],
    tail: "",
};

fn bind_candidate(values: &mut Values, candidate: &Child<'_, UsageCandidate>) {
    let Child { parent, number, part } = candidate;
    bind_key(values, parent)
        .count(*number)
        .text(&part.target)
        .flag(part.eligible)
        .text(&part.reasons.join(","))
        .count(part.rank.into())
        .double(part.score);
}

const TRACE_EVENTS: Table = Table {
    name: "usage_trace_events",
    columns: &["node", "epoch", "sequence", "number", "at_us", "stage", "detail"],
    tail: "",
};

fn bind_trace_event(values: &mut Values, event: &Child<'_, UsageTraceEvent>) {
    let Child { parent, number, part } = event;
    bind_key(values, parent).count(*number).count(part.at_us).text(&part.stage).text(&part.detail);
}

const ERRORS: Table = Table {
    name: "usage_errors",
    columns: &[
        "node",
        "epoch",
        "sequence",
        "request_id",
        "started_ms",
        "caller",
        "group_name",
        "model",
        "status",
        "code",
        "class",
        "detail",
    ],
    tail: "",
};

fn bind_error(values: &mut Values, stored: &StoredEvent) {
    let event = &stored.event;
    let failed = event.attempts.iter().rev().find(|attempt| attempt.class != "ok");
    bind_key(values, stored)
        .text(&event.request_id)
        .number(event.started_ms)
        .text(&event.caller)
        .text(&event.group)
        .text(&event.model)
        .count(event.status.into())
        .text(&event.code)
        .text(failed.map_or("", |attempt| &attempt.class))
        .text(failed.map_or("", |attempt| &attempt.detail));
}
