use proto::v1::{CostParts, Prices, TokenUsage, UsageEvent};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A request as it is written down: the columns of `usage_requests` under their names, where `user` and `group` are no
/// reserved words. An empty text says "none".
#[derive(Serialize)]
pub(super) struct Line<'a> {
    /// When it came, RFC 3339.
    time: String,
    request_id: &'a str,
    client_request_id: &'a str,
    node: &'a str,
    region: &'a str,
    started_ms: i64,
    caller: &'a str,
    user: &'a str,
    project: &'a str,
    environment: &'a str,
    /// The token's id, which is public.
    token: &'a str,
    session: &'a str,
    client: &'a str,
    client_ip: &'a str,
    config_version: u64,
    dialect: &'a str,
    operation: &'a str,
    target_dialect: &'a str,
    requested_model: &'a str,
    group: &'a str,
    policy: &'a str,
    provider: &'a str,
    model: &'a str,
    stream: bool,
    cache: &'a str,
    status: u32,
    code: &'a str,
    /// Why the last attempt that failed did.
    class: &'a str,
    attempts: usize,
    fallback: bool,
    latency_us: u64,
    first_byte_us: u64,
    upstream_us: u64,
    queue_us: u64,
    overhead_us: u64,
    #[serde(flatten)]
    tokens: TokenColumns,
    tokens_estimated: bool,
    #[serde(flatten)]
    prices: PriceColumns,
    #[serde(flatten)]
    cost: CostColumns,
    upstream_reported_cost_nanousd: Option<u64>,
    baseline: &'a str,
    baseline_cost_nanousd: u64,
    redactions: u32,
    warnings: &'a [String],
    /// The share of served requests that is written; 1 on lines that are always.
    sample: f64,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "names of columns")]
struct TokenColumns {
    input_tokens: u64,
    output_tokens: u64,
    cached_input_tokens: u64,
    cache_write_5m_tokens: u64,
    cache_write_1h_tokens: u64,
    reasoning_tokens: u64,
    image_tokens: u64,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "names of columns")]
struct PriceColumns {
    price_input_nanousd: u64,
    price_cached_input_nanousd: u64,
    price_cache_write_5m_nanousd: u64,
    price_cache_write_1h_nanousd: u64,
    price_output_nanousd: u64,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "names of columns")]
struct CostColumns {
    cost_input_nanousd: u64,
    cost_cached_input_nanousd: u64,
    cost_cache_write_nanousd: u64,
    cost_output_nanousd: u64,
    cost_total_nanousd: u64,
}

impl<'a> Line<'a> {
    /// The line of a request that has ended.
    pub fn new(event: &'a UsageEvent, node: &'a str, sample: f64) -> Self {
        let failed = event.attempts.iter().rev().find(|it| it.class != "ok");
        Self {
            time: rfc3339(event.started_ms),
            request_id: &event.request_id,
            client_request_id: &event.client_request_id,
            node,
            region: &event.region,
            started_ms: event.started_ms,
            caller: &event.caller,
            user: &event.user,
            project: &event.project,
            environment: &event.environment,
            token: &event.token,
            session: &event.session,
            client: &event.client,
            client_ip: &event.client_ip,
            config_version: event.config_version,
            dialect: &event.dialect,
            operation: &event.operation,
            target_dialect: &event.target_dialect,
            requested_model: &event.requested_model,
            group: &event.group,
            policy: &event.policy,
            provider: &event.provider,
            model: &event.model,
            stream: event.stream,
            cache: &event.cache,
            status: event.status,
            code: &event.code,
            class: failed.map_or("", |it| &it.class),
            attempts: event.attempts.len(),
            fallback: event.fallback,
            latency_us: event.latency_us,
            first_byte_us: event.first_byte_us,
            upstream_us: event.upstream_us,
            queue_us: event.queue_us,
            overhead_us: event.overhead_us,
            tokens: event.tokens.unwrap_or_default().into(),
            tokens_estimated: event.tokens_estimated,
            prices: event.prices.unwrap_or_default().into(),
            cost: event.cost.unwrap_or_default().into(),
            upstream_reported_cost_nanousd: event.upstream_reported_cost_nanousd,
            baseline: &event.baseline,
            baseline_cost_nanousd: event.baseline_cost_nanousd,
            redactions: event.redactions,
            warnings: &event.warnings,
            sample: if event.code == "ok" { sample } else { 1.0 },
        }
    }
}

impl From<TokenUsage> for TokenColumns {
    fn from(it: TokenUsage) -> Self {
        Self {
            input_tokens: it.input,
            output_tokens: it.output,
            cached_input_tokens: it.cached_input,
            cache_write_5m_tokens: it.cache_write_5m,
            cache_write_1h_tokens: it.cache_write_1h,
            reasoning_tokens: it.reasoning,
            image_tokens: it.image,
        }
    }
}

impl From<Prices> for PriceColumns {
    fn from(it: Prices) -> Self {
        Self {
            price_input_nanousd: it.input,
            price_cached_input_nanousd: it.cached_input,
            price_cache_write_5m_nanousd: it.cache_write_5m,
            price_cache_write_1h_nanousd: it.cache_write_1h,
            price_output_nanousd: it.output,
        }
    }
}

impl From<CostParts> for CostColumns {
    fn from(it: CostParts) -> Self {
        Self {
            cost_input_nanousd: it.input,
            cost_cached_input_nanousd: it.cached_input,
            cost_cache_write_nanousd: it.cache_write,
            cost_output_nanousd: it.output,
            cost_total_nanousd: it.total,
        }
    }
}

/// Milliseconds since the Unix epoch, in UTC.
fn rfc3339(ms: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
    moment.ok().and_then(|it| it.format(&Rfc3339).ok()).unwrap_or_default()
}
