use control_plane_core::{
    rollup::bucket,
    usage::{Attempt, Candidate, Cost, Prices, Tokens, TraceEvent, UsageRecord},
};

use super::insert::{Row, insert};
use crate::store::{StoreError, Tx};

/// A record as it goes into the tables. Its texts have no NUL and its numbers fit BIGINT: see [`crate::ingest`].
pub struct StoredEvent {
    /// The router that reported it.
    pub node: String,
    /// The life of its log.
    pub epoch: u64,
    /// What it reported.
    pub record: UsageRecord,
}

/// Adds events with their attempts, candidates, traces and errors.
pub async fn insert_events(tx: &mut Tx, events: &[StoredEvent]) -> Result<(), StoreError> {
    insert(tx, "usage_requests", &[], events, request).await?;
    insert(tx, "usage_attempts", &[], &children(events, |it| &it.attempts), attempt).await?;
    insert(tx, "usage_candidates", &[], &children(events, |it| &it.candidates), candidate).await?;
    insert(tx, "usage_trace_events", &[], &children(events, |it| &it.trace), trace_event).await?;
    let failed: Vec<&StoredEvent> = events.iter().filter(|it| it.record.failed()).collect();
    insert(tx, "usage_errors", &[], &failed, |row, it| error(row, it)).await
}

/// A part of an event; its number is its place, from 1.
struct Child<'a, T> {
    parent: &'a StoredEvent,
    number: u64,
    part: &'a T,
}

fn children<T>(events: &[StoredEvent], parts: impl Fn(&UsageRecord) -> &[T]) -> Vec<Child<'_, T>> {
    events
        .iter()
        .flat_map(|parent| (1..).zip(parts(&parent.record)).map(move |(number, part)| Child { parent, number, part }))
        .collect()
}

fn key<'a>(row: &'a mut Row, it: &StoredEvent) -> &'a mut Row {
    row.text("node", &it.node).count("epoch", it.epoch).count("sequence", it.record.sequence)
}

fn child_key<'a, T>(row: &'a mut Row, it: &Child<'_, T>) -> &'a mut Row {
    key(row, it.parent).count("number", it.number)
}

fn request(row: &mut Row, stored: &StoredEvent) {
    let it = &stored.record;
    key(row, stored);
    origin(row, it);
    route(row, it);
    row.count("latency_us", it.latency_us)
        .count("first_byte_us", it.first_byte_us)
        .count("upstream_us", it.upstream_us)
        .count("queue_us", it.queue_us)
        .count("overhead_us", it.overhead_us)
        .number("latency_bucket", bucket(it.latency_us).into())
        .number("first_byte_bucket", bucket_or_none(it.first_byte_us))
        .count("output_us", it.output_us());
    tokens(row, &it.tokens);
    row.flag("tokens_estimated", it.tokens_estimated);
    prices(row, &it.prices);
    cost(row, &it.cost);
    row.optional_count("upstream_reported_cost_nanousd", it.upstream_reported_cost_nanousd)
        .text("baseline", &it.baseline)
        .count("baseline_cost_nanousd", it.baseline_cost_nanousd)
        .count("redactions", it.redactions.into())
        .text("warnings", &it.warnings.join("\n"));
}

/// The histogram bucket of a first byte; -1: there was none.
fn bucket_or_none(first_byte_us: u64) -> i64 {
    if first_byte_us > 0 { bucket(first_byte_us).into() } else { -1 }
}

fn origin(row: &mut Row, it: &UsageRecord) {
    row.text("request_id", &it.request_id)
        .text("client_request_id", &it.client_request_id)
        .number("started_ms", it.started_ms)
        .text("caller", &it.caller)
        .text("user_name", &it.user)
        .text("project", &it.project)
        .text("environment", &it.environment)
        .text("token", &it.token)
        .text("session", &it.session)
        .text("region", &it.region)
        .count("config_version", it.config_version)
        .text("client", &it.client)
        .text("client_ip", &it.client_ip);
}

fn route(row: &mut Row, it: &UsageRecord) {
    row.text("dialect", &it.dialect)
        .text("operation", &it.operation)
        .text("target_dialect", &it.target_dialect)
        .text("requested_model", &it.requested_model)
        .text("group_name", &it.group)
        .text("policy", &it.policy)
        .text("provider", &it.provider)
        .text("model", &it.model)
        .flag("stream", it.stream)
        .text("cache", &it.cache)
        .count("status", it.status.into())
        .text("code", &it.code)
        .count("attempts", it.attempts.len() as u64)
        .flag("fallback", it.fallback);
}

fn tokens(row: &mut Row, it: &Tokens) {
    row.count("input_tokens", it.input)
        .count("output_tokens", it.output)
        .count("cached_input_tokens", it.cached_input)
        .count("cache_write_5m_tokens", it.cache_write_5m)
        .count("cache_write_1h_tokens", it.cache_write_1h)
        .count("reasoning_tokens", it.reasoning)
        .count("image_tokens", it.image);
}

fn prices(row: &mut Row, it: &Prices) {
    row.count("price_input_nanousd", it.input)
        .count("price_cached_input_nanousd", it.cached_input)
        .count("price_cache_write_5m_nanousd", it.cache_write_5m)
        .count("price_cache_write_1h_nanousd", it.cache_write_1h)
        .count("price_output_nanousd", it.output);
}

fn cost(row: &mut Row, it: &Cost) {
    row.count("cost_input_nanousd", it.input)
        .count("cost_cached_input_nanousd", it.cached_input)
        .count("cost_cache_write_nanousd", it.cache_write)
        .count("cost_output_nanousd", it.output)
        .count("cost_total_nanousd", it.total);
}

fn attempt(row: &mut Row, child: &Child<'_, Attempt>) {
    let it = child.part;
    child_key(row, child)
        .text("target", &it.target)
        .text("dialect", &it.dialect)
        .text("class", &it.class)
        .count("status", it.status.into())
        .number("started_ms", it.started_ms)
        .count("latency_us", it.latency_us)
        .count("first_byte_us", it.first_byte_us)
        .number("latency_bucket", bucket(it.latency_us).into())
        .number("first_byte_bucket", bucket_or_none(it.first_byte_us))
        .text("detail", &it.detail);
}

fn candidate(row: &mut Row, child: &Child<'_, Candidate>) {
    let it = child.part;
    child_key(row, child)
        .text("target", &it.target)
        .flag("eligible", it.eligible)
        .text("reasons", &it.reasons.join(","))
        .count("place", it.rank.into())
        .double("score", it.score);
}

fn trace_event(row: &mut Row, child: &Child<'_, TraceEvent>) {
    let it = child.part;
    child_key(row, child).count("at_us", it.at_us).text("stage", &it.stage).text("detail", &it.detail);
}

fn error(row: &mut Row, stored: &StoredEvent) {
    let it = &stored.record;
    let failed = it.last_failure();
    key(row, stored)
        .text("request_id", &it.request_id)
        .number("started_ms", it.started_ms)
        .text("caller", &it.caller)
        .text("group_name", &it.group)
        .text("model", &it.model)
        .count("status", it.status.into())
        .text("code", &it.code)
        .text("class", failed.map_or("", |it| &it.class))
        .text("detail", failed.map_or("", |it| &it.detail))
        .text("project", &it.project)
        .text("target", failed.map_or("", |it| &it.target));
}
