//! Tables `report_schedules` and, in [`send`], `report_sends`.

pub mod send;

use control_plane_core::schedule::ReportSchedule;
use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// A schedule as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSchedule {
    /// Its id.
    pub id: String,
    /// What is sent, when and where to.
    pub schedule: ReportSchedule,
    /// Who made it, as audit events name them.
    pub created_by: String,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// How often it was changed, from 1.
    pub revision: u64,
    /// When the next report is due.
    pub due_ms: i64,
    /// When it is tried next.
    pub retry_ms: i64,
    /// How often it was tried.
    pub tries: u64,
    /// Which control plane sends it just now; empty: none.
    pub lease: String,
    /// Until when that one surely does.
    pub lease_ms: i64,
}

impl StoredSchedule {
    /// When the next report is due of those that were not tried yet.
    pub fn next_ms(&self) -> Option<i64> {
        if self.tries == 0 { Some(self.due_ms) } else { Some(self.schedule.cadence()?.next_ms(self.due_ms)) }
    }
}

/// All of them, the oldest first.
pub async fn all(db: impl AnyExecutor<'_>) -> Result<Vec<StoredSchedule>, StoreError> {
    let rows = sqlx::query(
        "select id, schedule, created_by, created_ms, revision, due_ms, retry_ms, tries, lease, lease_ms \
         from report_schedules order by created_ms, id",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(line).collect()
}

/// One of them.
pub async fn by_id(db: impl AnyExecutor<'_>, id: &str) -> Result<Option<StoredSchedule>, StoreError> {
    let row = sqlx::query(
        "select id, schedule, created_by, created_ms, revision, due_ms, retry_ms, tries, lease, lease_ms \
         from report_schedules where id = $1",
    )
    .bind(id)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(line).transpose()
}

/// The ids of those that are to be sent now, and that nobody sends.
pub async fn due(db: impl AnyExecutor<'_>, now_ms: i64) -> Result<Vec<String>, StoreError> {
    let ids = sqlx::query_scalar(
        "select id from report_schedules where paused = 0 and retry_ms <= $1 and lease_ms <= $1 order by retry_ms, id",
    )
    .bind(now_ms)
    .fetch_all(db)
    .await?;
    Ok(ids)
}

/// Adds one.
pub async fn insert(tx: &mut Tx, it: &StoredSchedule) -> Result<(), StoreError> {
    sqlx::query(
        "insert into report_schedules (id, schedule, created_by, created_ms, revision, paused, due_ms, retry_ms, tries) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&it.id)
    .bind(written(&it.schedule)?)
    .bind(&it.created_by)
    .bind(it.created_ms)
    .bind(codec::stored(it.revision))
    .bind(i64::from(it.schedule.paused))
    .bind(it.due_ms)
    .bind(it.retry_ms)
    .bind(codec::stored(it.tries))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Changes one over the revision before its own, whoever sends it just now; says whether that was there.
pub async fn update(tx: &mut Tx, it: &StoredSchedule) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update report_schedules set schedule = $1, revision = $2, paused = $3, due_ms = $4, retry_ms = $5, tries = 0, \
         lease = '', lease_ms = 0 where id = $6 and revision = $7",
    )
    .bind(written(&it.schedule)?)
    .bind(codec::stored(it.revision))
    .bind(i64::from(it.schedule.paused))
    .bind(it.due_ms)
    .bind(it.retry_ms)
    .bind(&it.id)
    .bind(codec::stored(it.revision.saturating_sub(1)))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Removes one with all that is known of its sends; says whether there was one.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    sqlx::query("delete from report_sends where schedule = $1").bind(id).execute(tx.connection()).await?;
    let done = sqlx::query("delete from report_schedules where id = $1").bind(id).execute(tx.connection()).await?;
    Ok(done.rows_affected() > 0)
}

/// Takes what is due, so that no other control plane sends it; says whether it was still to be had.
pub async fn claim(tx: &mut Tx, id: &str, lease: &str, now_ms: i64, until_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update report_schedules set lease = $1, lease_ms = $2 \
         where id = $3 and paused = 0 and retry_ms <= $4 and lease_ms <= $4",
    )
    .bind(lease)
    .bind(until_ms)
    .bind(id)
    .bind(now_ms)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What is due next, once a try has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextTry {
    /// When the report is due.
    pub due_ms: i64,
    /// When it is tried.
    pub retry_ms: i64,
    /// How often it was tried.
    pub tries: u64,
}

/// Gives back what was taken, unless it was changed or taken by another one since.
pub async fn settle(tx: &mut Tx, id: &str, lease: &str, next: NextTry) -> Result<(), StoreError> {
    sqlx::query(
        "update report_schedules set due_ms = $1, retry_ms = $2, tries = $3, lease = '', lease_ms = 0 \
         where id = $4 and lease = $5",
    )
    .bind(next.due_ms)
    .bind(next.retry_ms)
    .bind(codec::stored(next.tries))
    .bind(id)
    .bind(lease)
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn written(schedule: &ReportSchedule) -> Result<String, StoreError> {
    serde_json::to_string(schedule).map_err(|error| unexpected(&error))
}

fn unexpected(error: &serde_json::Error) -> StoreError {
    StoreError::Unexpected { place: "column schedule".to_owned(), reason: error.to_string() }
}

fn line(row: &AnyRow) -> Result<StoredSchedule, StoreError> {
    Ok(StoredSchedule {
        id: codec::text(row, "id")?,
        schedule: serde_json::from_str(&codec::text(row, "schedule")?).map_err(|error| unexpected(&error))?,
        created_by: codec::text(row, "created_by")?,
        created_ms: codec::bigint(row, "created_ms")?,
        revision: codec::unsigned(row, "revision")?,
        due_ms: codec::bigint(row, "due_ms")?,
        retry_ms: codec::bigint(row, "retry_ms")?,
        tries: codec::unsigned(row, "tries")?,
        lease: codec::text(row, "lease")?,
        lease_ms: codec::bigint(row, "lease_ms")?,
    })
}
