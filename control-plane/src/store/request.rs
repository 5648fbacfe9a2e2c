//! Single requests, as routers reported them.

mod arrived;
mod branch;
mod condition;
mod counts;
mod page;
mod path;
mod row;
pub mod session;
mod statement;

use control_plane_core::{
    permission::Visible,
    usage::{Attempt, Candidate, TraceEvent, UsageRecord},
};
use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};

use self::row::{COLUMNS, stored};
use super::{ReadTx, StoreError, Tx, codec};

pub use arrived::{Arrived, arrived, between};
pub use counts::{COUNTED, Counts, NEWEST, counts, known_values};
pub use page::{Effort, RequestPage, page, place_of};

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

/// A request by the id that its router gave it, with its attempts, candidates and trace. One that may not be seen is none.
pub async fn by_id(tx: &mut ReadTx, visible: &Visible, request_id: &str) -> Result<Option<StoredRequest>, StoreError> {
    let sql =
        format!("select {COLUMNS} from usage_requests s where s.request_id = $1 order by s.started_ms desc limit 1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(request_id).fetch_optional(tx.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    let mut found = stored(&row)?;
    let project = Some(found.record.project.as_str()).filter(|it| !it.is_empty());
    if !visible.includes(project) {
        return Ok(None);
    }
    let rows = parts(tx.connection(), ATTEMPTS, &found).await?;
    found.record.attempts = rows.iter().map(attempt).collect::<Result<_, _>>()?;
    let rows = parts(tx.connection(), CANDIDATES, &found).await?;
    found.record.candidates = rows.iter().map(candidate).collect::<Result<_, _>>()?;
    let rows = parts(tx.connection(), TRACE, &found).await?;
    found.record.trace = rows.iter().map(trace_event).collect::<Result<_, _>>()?;
    Ok(Some(found))
}

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

/// The project of a caller's newest request, empty where it had none; `None`: no request of it is known.
pub async fn last_project(db: impl sqlx::AnyExecutor<'_>, caller: &str) -> Result<Option<String>, StoreError> {
    let sql = "select project from usage_requests where caller = $1 order by started_ms desc limit 1";
    let row = sqlx::query(sql).bind(caller).fetch_optional(db).await?;
    row.map(|row| codec::text(&row, "project")).transpose()
}

/// Requests of a log, from one number to another, without their attempts, candidates and traces.
pub async fn of_log(
    tx: &mut Tx,
    node: &str,
    epoch: u64,
    (first, last): (u64, u64),
) -> Result<Vec<StoredRequest>, StoreError> {
    let sql = format!(
        "select {COLUMNS} from usage_requests s where s.node = $1 and s.epoch = $2 and s.sequence between $3 and $4"
    );
    let query = sqlx::query(AssertSqlSafe(sql)).bind(node).bind(codec::stored(epoch));
    let rows = query.bind(codec::stored(first)).bind(codec::stored(last)).fetch_all(tx.connection()).await?;
    rows.iter().map(stored).collect()
}
