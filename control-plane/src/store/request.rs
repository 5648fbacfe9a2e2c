//! Single requests, as routers reported them.

use std::fmt::Write;

use control_plane_core::{
    report::{Dimension, RowsRequest},
    usage::{Attempt, Candidate, Cost, Prices, Tokens, TraceEvent, UsageRecord},
};
use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};

use super::{ReadTx, StoreError, codec, dimension::column, places::Places};

/// A request with the place of its record.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRequest {
    /// The router that reported it.
    pub node: String,
    /// The life of its log.
    pub epoch: u64,
    /// What it reported.
    pub record: UsageRecord,
    /// How many targets were called; a list does not read each of them.
    pub attempts: u64,
}

/// A page of requests, the newest first, without their attempts, candidates and traces.
pub async fn list(tx: &mut ReadTx, request: &RowsRequest) -> Result<Vec<StoredRequest>, StoreError> {
    let mut places = Places::default();
    let (since, until) = (places.number(request.since_ms), places.number(request.until_ms));
    let mut sql =
        format!("select {COLUMNS} from usage_requests s where s.started_ms >= {since} and s.started_ms < {until}");
    for filter in &request.filters {
        let values = places.texts(&filter.values);
        match filter.dimension {
            Dimension::Target => write!(
                sql,
                " and exists (select 1 from usage_attempts a where a.node = s.node and a.epoch = s.epoch \
                 and a.sequence = s.sequence and a.target in ({values}))"
            ),
            Dimension::Status => write!(sql, " and cast(s.status as text) in ({values})"),
            other => write!(sql, " and s.{} in ({values})", column(other)),
        }
        .expect("writing to a String does not fail");
    }
    if let Some(after) = &request.after {
        let (started, node) = (places.number(after.started_ms), places.text(&after.node));
        let (epoch, sequence) =
            (places.number(codec::stored(after.epoch)), places.number(codec::stored(after.sequence)));
        // The first comparison is the second's, told to the index.
        write!(
            sql,
            " and s.started_ms <= {started} \
             and (s.started_ms, s.node, s.epoch, s.sequence) < ({started}, {node}, {epoch}, {sequence})"
        )
        .expect("writing to a String does not fail");
    }
    let limit = places.number(request.limit.into());
    write!(sql, " order by s.started_ms desc, s.node desc, s.epoch desc, s.sequence desc limit {limit}")
        .expect("writing to a String does not fail");
    let rows = sqlx::query_with(AssertSqlSafe(sql), places.arguments).fetch_all(tx.connection()).await?;
    rows.iter().map(stored).collect()
}

/// A request by the id that its router gave it, with its attempts, candidates and trace.
pub async fn by_id(tx: &mut ReadTx, request_id: &str) -> Result<Option<StoredRequest>, StoreError> {
    let sql =
        format!("select {COLUMNS} from usage_requests s where s.request_id = $1 order by s.started_ms desc limit 1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(request_id).fetch_optional(tx.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    let mut found = stored(&row)?;
    let rows = parts(tx.connection(), ATTEMPTS, &found).await?;
    found.record.attempts = rows.iter().map(attempt).collect::<Result<_, _>>()?;
    let rows = parts(tx.connection(), CANDIDATES, &found).await?;
    found.record.candidates = rows.iter().map(candidate).collect::<Result<_, _>>()?;
    let rows = parts(tx.connection(), TRACE, &found).await?;
    found.record.trace = rows.iter().map(trace_event).collect::<Result<_, _>>()?;
    Ok(Some(found))
}

/// Those that a record is made of: a later version may have more.
const COLUMNS: &str = "s.node, s.epoch, s.sequence, s.request_id, s.client_request_id, s.started_ms, s.caller, s.user_name, \
    s.project, s.environment, s.token, s.session, s.region, s.config_version, s.client, s.client_ip, \
    s.dialect, s.operation, s.target_dialect, s.requested_model, s.group_name, s.policy, s.provider, s.model, \
    s.stream, s.cache, s.status, s.code, s.attempts, s.fallback, s.latency_us, s.first_byte_us, \
    s.upstream_us, s.queue_us, s.overhead_us, s.input_tokens, s.output_tokens, s.cached_input_tokens, \
    s.cache_write_5m_tokens, s.cache_write_1h_tokens, s.reasoning_tokens, s.image_tokens, s.tokens_estimated, \
    s.price_input_nanousd, s.price_cached_input_nanousd, s.price_cache_write_5m_nanousd, \
    s.price_cache_write_1h_nanousd, s.price_output_nanousd, s.cost_input_nanousd, \
    s.cost_cached_input_nanousd, s.cost_cache_write_nanousd, s.cost_output_nanousd, s.cost_total_nanousd, \
    s.upstream_reported_cost_nanousd, s.baseline, s.baseline_cost_nanousd, s.redactions, s.warnings";

const ATTEMPTS: &str = "select number, target, dialect, class, status, started_ms, latency_us, first_byte_us, detail \
    from usage_attempts where node = $1 and epoch = $2 and sequence = $3 order by number";
const CANDIDATES: &str = "select number, target, eligible, reasons, place, score \
    from usage_candidates where node = $1 and epoch = $2 and sequence = $3 order by number";
const TRACE: &str = "select number, at_us, stage, detail \
    from usage_trace_events where node = $1 and epoch = $2 and sequence = $3 order by number";

async fn parts(
    connection: &mut AnyConnection,
    sql: &'static str,
    of: &StoredRequest,
) -> Result<Vec<AnyRow>, StoreError> {
    let query = sqlx::query(sql).bind(&of.node).bind(codec::stored(of.epoch));
    Ok(query.bind(codec::stored(of.record.sequence)).fetch_all(connection).await?)
}

fn stored(row: &AnyRow) -> Result<StoredRequest, StoreError> {
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

fn attempt(row: &AnyRow) -> Result<Attempt, StoreError> {
    Ok(Attempt {
        target: codec::text(row, "target")?,
        dialect: codec::text(row, "dialect")?,
        class: codec::text(row, "class")?,
        status: codec::unsigned(row, "status")? as u32,
        started_ms: codec::bigint(row, "started_ms")?,
        latency_us: codec::unsigned(row, "latency_us")?,
        first_byte_us: codec::unsigned(row, "first_byte_us")?,
        detail: codec::text(row, "detail")?,
    })
}

fn candidate(row: &AnyRow) -> Result<Candidate, StoreError> {
    let reasons = codec::text(row, "reasons")?;
    Ok(Candidate {
        target: codec::text(row, "target")?,
        eligible: codec::flag(row, "eligible")?,
        reasons: reasons.split(',').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
        rank: codec::unsigned(row, "place")? as u32,
        score: codec::double(row, "score")?,
    })
}

fn trace_event(row: &AnyRow) -> Result<TraceEvent, StoreError> {
    Ok(TraceEvent {
        at_us: codec::unsigned(row, "at_us")?,
        stage: codec::text(row, "stage")?,
        detail: codec::text(row, "detail")?,
    })
}
