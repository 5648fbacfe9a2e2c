use control_plane_core::usage::{Cost, Prices, Tokens, UsageRecord};
use sqlx::any::AnyRow;

use super::StoredRequest;
use crate::store::{StoreError, codec};

/// Those that a record is made of: a later version may have more.
pub(super) const COLUMNS: &str = "s.node, s.epoch, s.sequence, s.request_id, s.client_request_id, s.started_ms, s.caller, s.user_name, \
    s.project, s.environment, s.token, s.session, s.region, s.config_version, s.client, s.client_ip, \
    s.dialect, s.operation, s.target_dialect, s.requested_model, s.group_name, s.policy, s.provider, s.model, \
    s.stream, s.cache, s.status, s.code, s.attempts, s.fallback, s.latency_us, s.first_byte_us, \
    s.upstream_us, s.queue_us, s.overhead_us, s.input_tokens, s.output_tokens, s.cached_input_tokens, \
    s.cache_write_5m_tokens, s.cache_write_1h_tokens, s.reasoning_tokens, s.image_tokens, s.tokens_estimated, \
    s.price_input_nanousd, s.price_cached_input_nanousd, s.price_cache_write_5m_nanousd, \
    s.price_cache_write_1h_nanousd, s.price_output_nanousd, s.cost_input_nanousd, \
    s.cost_cached_input_nanousd, s.cost_cache_write_nanousd, s.cost_output_nanousd, s.cost_total_nanousd, \
    s.upstream_reported_cost_nanousd, s.baseline, s.baseline_cost_nanousd, s.redactions, s.warnings";

pub(super) fn stored(row: &AnyRow) -> Result<StoredRequest, StoreError> {
    Ok(StoredRequest {
        node: codec::text(row, "node")?,
        epoch: codec::unsigned(row, "epoch")?,
        attempts: codec::unsigned(row, "attempts")?,
        record: record(row)?,
    })
}

fn record(row: &AnyRow) -> Result<UsageRecord, StoreError> {
    let text = |column| codec::text(row, column);
    let count = |column| codec::unsigned(row, column);
    let reported = codec::optional_bigint(row, "upstream_reported_cost_nanousd")?;
    Ok(UsageRecord {
        sequence: count("sequence")?,
        request_id: text("request_id")?,
        client_request_id: text("client_request_id")?,
        started_ms: codec::bigint(row, "started_ms")?,
        caller: text("caller")?,
        user: text("user_name")?,
        project: text("project")?,
        environment: text("environment")?,
        token: text("token")?,
        session: text("session")?,
        region: text("region")?,
        config_version: count("config_version")?,
        client: text("client")?,
        client_ip: text("client_ip")?,
        dialect: text("dialect")?,
        operation: text("operation")?,
        target_dialect: text("target_dialect")?,
        requested_model: text("requested_model")?,
        group: text("group_name")?,
        policy: text("policy")?,
        provider: text("provider")?,
        model: text("model")?,
        stream: codec::flag(row, "stream")?,
        cache: text("cache")?,
        status: count("status")? as u32,
        code: text("code")?,
        fallback: codec::flag(row, "fallback")?,
        latency_us: count("latency_us")?,
        first_byte_us: count("first_byte_us")?,
        upstream_us: count("upstream_us")?,
        queue_us: count("queue_us")?,
        overhead_us: count("overhead_us")?,
        tokens: tokens(row)?,
        tokens_estimated: codec::flag(row, "tokens_estimated")?,
        prices: prices(row)?,
        cost: cost(row)?,
        upstream_reported_cost_nanousd: reported.map(i64::cast_unsigned),
        baseline: text("baseline")?,
        baseline_cost_nanousd: count("baseline_cost_nanousd")?,
        redactions: count("redactions")? as u32,
        warnings: text("warnings")?.lines().map(str::to_owned).collect(),
        ..UsageRecord::default()
    })
}

fn tokens(row: &AnyRow) -> Result<Tokens, StoreError> {
    let count = |column| codec::unsigned(row, column);
    Ok(Tokens {
        input: count("input_tokens")?,
        output: count("output_tokens")?,
        cached_input: count("cached_input_tokens")?,
        cache_write_5m: count("cache_write_5m_tokens")?,
        cache_write_1h: count("cache_write_1h_tokens")?,
        reasoning: count("reasoning_tokens")?,
        image: count("image_tokens")?,
    })
}

fn prices(row: &AnyRow) -> Result<Prices, StoreError> {
    let count = |column| codec::unsigned(row, column);
    Ok(Prices {
        input: count("price_input_nanousd")?,
        cached_input: count("price_cached_input_nanousd")?,
        cache_write_5m: count("price_cache_write_5m_nanousd")?,
        cache_write_1h: count("price_cache_write_1h_nanousd")?,
        output: count("price_output_nanousd")?,
    })
}

fn cost(row: &AnyRow) -> Result<Cost, StoreError> {
    let count = |column| codec::unsigned(row, column);
    Ok(Cost {
        input: count("cost_input_nanousd")?,
        cached_input: count("cost_cached_input_nanousd")?,
        cache_write: count("cost_cache_write_nanousd")?,
        output: count("cost_output_nanousd")?,
        total: count("cost_total_nanousd")?,
    })
}
