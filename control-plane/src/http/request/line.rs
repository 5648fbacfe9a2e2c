use control_plane_core::{
    report::usd,
    usage::{Attempt, Candidate, TraceEvent},
};
use data_plane_core::decide::eligible::Reason;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{http::moment::rfc3339, store::request::StoredRequest};

/// A request as its router reported it. Texts are empty where there is none.
#[derive(Serialize, ToSchema)]
pub struct RequestLine {
    request_id: String,
    /// The caller's own id for it.
    client_request_id: String,
    /// RFC 3339.
    started_at: String,
    /// The router's id.
    node: String,
    region: String,
    caller: String,
    user: String,
    project: String,
    environment: String,
    /// The token's id.
    token: String,
    session: String,
    client: String,
    /// Where `settings.usage.store_client_ip` says that it is kept.
    client_ip: String,
    config_version: u64,
    dialect: String,
    operation: String,
    /// The dialect that the target was asked in.
    target_dialect: String,
    /// `model` as the caller wrote it.
    requested_model: String,
    group: String,
    policy: String,
    /// Of the target that was tried last.
    provider: String,
    /// The target that was tried last.
    model: String,
    stream: bool,
    cache: String,
    /// What the caller saw; 499: it went away first.
    status: u32,
    /// `ok`, `client-closed`, `interrupted`, or a code of the error registry.
    code: String,
    /// How many targets were called.
    attempts: u64,
    fallback: bool,
    latency_ms: f64,
    /// Absent: no byte was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte_ms: Option<f64>,
    upstream_ms: f64,
    queue_ms: f64,
    /// The router's own time.
    overhead_ms: f64,
    input_tokens: u64,
    output_tokens: u64,
    cached_input_tokens: u64,
    cache_write_tokens: u64,
    reasoning_tokens: u64,
    image_tokens: u64,
    /// The counts are the router's own.
    tokens_estimated: bool,
    /// Of a stream from its first byte on, of a whole answer in the time that its target took; absent: nobody can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_per_second: Option<f64>,
    /// In US dollars. Each part of it was rounded to the billionth of a dollar; sums of requests are exact.
    cost_usd: String,
    cost_input_usd: String,
    cost_cached_input_usd: String,
    cost_cache_write_usd: String,
    cost_output_usd: String,
    /// Where the upstream said.
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_reported_cost_usd: Option<String>,
    /// The baseline's id.
    baseline: String,
    baseline_cost_usd: String,
    redactions: u32,
    /// What was lost or approximated.
    warnings: Vec<String>,
}

/// A call of a target.
#[derive(Serialize, ToSchema)]
pub struct AttemptLine {
    target: String,
    dialect: String,
    /// `ok`, or why it failed.
    class: String,
    /// The upstream's; 0: no answer.
    status: u32,
    /// RFC 3339.
    started_at: String,
    latency_ms: f64,
    /// Until the head of its answer; absent: there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte_ms: Option<f64>,
    detail: String,
}

/// A target of the group.
#[derive(Serialize, ToSchema)]
pub struct CandidateLine {
    target: String,
    eligible: bool,
    /// Why not: codes.
    reasons: Vec<String>,
    /// What these mean, in their order.
    meanings: Vec<String>,
    /// Its place in the order, from 1; absent: it was not to be tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<u32>,
    score: f64,
}

/// A step that was out of the ordinary.
#[derive(Serialize, ToSchema)]
pub struct TraceLine {
    /// Since the request started.
    at_ms: f64,
    stage: String,
    detail: String,
}

pub(super) fn line(stored: StoredRequest) -> RequestLine {
    let StoredRequest { node, record: it, attempts, .. } = stored;
    let usd = |nanos: u64| usd(nanos.into());
    let output_us = it.output_us();
    RequestLine {
        output_tokens_per_second: (output_us > 0).then(|| tenths(it.tokens.output as f64 * 1e6 / output_us as f64)),
        request_id: it.request_id,
        client_request_id: it.client_request_id,
        started_at: rfc3339(it.started_ms),
        node,
        region: it.region,
        caller: it.caller,
        user: it.user,
        project: it.project,
        environment: it.environment,
        token: it.token,
        session: it.session,
        client: it.client,
        client_ip: it.client_ip,
        config_version: it.config_version,
        dialect: it.dialect,
        operation: it.operation,
        target_dialect: it.target_dialect,
        requested_model: it.requested_model,
        group: it.group,
        policy: it.policy,
        provider: it.provider,
        model: it.model,
        stream: it.stream,
        cache: it.cache,
        status: it.status,
        code: it.code,
        attempts,
        fallback: it.fallback,
        latency_ms: millis(it.latency_us),
        first_byte_ms: (it.first_byte_us > 0).then(|| millis(it.first_byte_us)),
        upstream_ms: millis(it.upstream_us),
        queue_ms: millis(it.queue_us),
        overhead_ms: millis(it.overhead_us),
        input_tokens: it.tokens.input,
        output_tokens: it.tokens.output,
        cached_input_tokens: it.tokens.cached_input,
        cache_write_tokens: it.tokens.cache_write_5m + it.tokens.cache_write_1h,
        reasoning_tokens: it.tokens.reasoning,
        image_tokens: it.tokens.image,
        tokens_estimated: it.tokens_estimated,
        cost_usd: usd(it.cost.total),
        cost_input_usd: usd(it.cost.input),
        cost_cached_input_usd: usd(it.cost.cached_input),
        cost_cache_write_usd: usd(it.cost.cache_write),
        cost_output_usd: usd(it.cost.output),
        upstream_reported_cost_usd: it.upstream_reported_cost_nanousd.map(usd),
        baseline: it.baseline,
        baseline_cost_usd: usd(it.baseline_cost_nanousd),
        redactions: it.redactions,
        warnings: it.warnings,
    }
}

pub(super) fn attempt(it: Attempt) -> AttemptLine {
    AttemptLine {
        target: it.target,
        dialect: it.dialect,
        class: it.class,
        status: it.status,
        started_at: rfc3339(it.started_ms),
        latency_ms: millis(it.latency_us),
        first_byte_ms: (it.first_byte_us > 0).then(|| millis(it.first_byte_us)),
        detail: it.detail,
    }
}

pub(super) fn candidate(it: Candidate) -> CandidateLine {
    let rank = (it.rank > 0).then_some(it.rank);
    // A newer router may have others: its codes speak for themselves.
    let meaning = |code: &String| Reason::parse(code).map_or_else(|| code.clone(), |it| it.meaning().to_owned());
    let meanings = it.reasons.iter().map(meaning).collect();
    CandidateLine { target: it.target, eligible: it.eligible, reasons: it.reasons, meanings, rank, score: it.score }
}

pub(super) fn trace_line(it: TraceEvent) -> TraceLine {
    TraceLine { at_ms: millis(it.at_us), stage: it.stage, detail: it.detail }
}

fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
