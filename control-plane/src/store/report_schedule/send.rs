//! Table `report_sends`: each time that a report was sent, or tried to be.

use sqlx::{AnyExecutor, any::AnyRow};

use crate::store::{StoreError, Tx, codec};

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendOutcome {
    /// It is under way, or whoever sent it is gone.
    Sending,
    /// The receiver has taken it.
    Sent,
    /// It has not.
    Failed,
    /// Whoever sent it was gone before the answer came: the receiver may have it.
    Interrupted,
}

impl SendOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sending, Self::Sent, Self::Failed, Self::Interrupted];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSend {
    /// Its id.
    pub id: String,
    /// Of which schedule.
    pub schedule: String,
    /// What the receiver knows the report by.
    pub message: String,
    /// The first moment that the report is about.
    pub since_ms: i64,
    /// Their end; not included.
    pub until_ms: i64,
    /// How many reports before it were never sent.
    pub missed: u64,
    /// From 1.
    pub attempt: u64,
    /// Who asked for it; empty: the schedule.
    pub asked_by: String,
    /// When it began.
    pub started_ms: i64,
    /// When it was known what became of it.
    pub ended_ms: Option<i64>,
    /// What became of it.
    pub outcome: SendOutcome,
    /// What the receiver answered.
    pub status: Option<u16>,
    /// Why it failed; empty: it did not.
    pub error: String,
}

/// Notes that a try begins.
pub async fn begin(tx: &mut Tx, it: &StoredSend) -> Result<(), StoreError> {
    sqlx::query(
        "insert into report_sends (id, schedule, message, since_ms, until_ms, missed, attempt, asked_by, started_ms, outcome, error) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '')",
    )
    .bind(&it.id)
    .bind(&it.schedule)
    .bind(&it.message)
    .bind(it.since_ms)
    .bind(it.until_ms)
    .bind(codec::stored(it.missed))
    .bind(codec::stored(it.attempt))
    .bind(&it.asked_by)
    .bind(it.started_ms)
    .bind(it.outcome.as_str())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Notes what became of it.
pub async fn end(tx: &mut Tx, it: &StoredSend) -> Result<(), StoreError> {
    sqlx::query("update report_sends set ended_ms = $1, outcome = $2, status = $3, error = $4 where id = $5")
        .bind(it.ended_ms)
        .bind(it.outcome.as_str())
        .bind(it.status.map(i64::from))
        .bind(&it.error)
        .bind(&it.id)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Notes of those that a schedule began, and that nobody sends any more, that nothing is known of their end.
pub async fn interrupt(tx: &mut Tx, schedule: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "update report_sends set ended_ms = $1, outcome = 'interrupted', error = 'the control plane that sent it went away' \
         where schedule = $2 and outcome = 'sending' and asked_by = ''",
    )
    .bind(now_ms)
    .bind(schedule)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Those of one schedule, the newest first.
pub async fn of_schedule(db: impl AnyExecutor<'_>, schedule: &str, limit: u32) -> Result<Vec<StoredSend>, StoreError> {
    let rows = sqlx::query(
        "select id, schedule, message, since_ms, until_ms, missed, attempt, asked_by, started_ms, ended_ms, outcome, status, error \
         from report_sends where schedule = $1 order by started_ms desc, attempt desc limit $2",
    )
    .bind(schedule)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(line).collect()
}

/// The last one of each schedule.
pub async fn last(db: impl AnyExecutor<'_>) -> Result<Vec<StoredSend>, StoreError> {
    let rows = sqlx::query(
        "select s.id, s.schedule, s.message, s.since_ms, s.until_ms, s.missed, s.attempt, s.asked_by, s.started_ms, s.ended_ms, \
         s.outcome, s.status, s.error from report_schedules r join report_sends s on s.schedule = r.id \
         where s.started_ms = (select max(t.started_ms) from report_sends t where t.schedule = r.id)",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(line).collect()
}

/// So long it is kept what was sent.
pub const KEPT_MS: i64 = 400 * 86_400_000;

/// Forgets those that began before a moment.
pub async fn prune(tx: &mut Tx, before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from report_sends where started_ms < $1").bind(before_ms).execute(tx.connection()).await?;
    Ok(())
}

fn line(row: &AnyRow) -> Result<StoredSend, StoreError> {
    Ok(StoredSend {
        id: codec::text(row, "id")?,
        schedule: codec::text(row, "schedule")?,
        message: codec::text(row, "message")?,
        since_ms: codec::bigint(row, "since_ms")?,
        until_ms: codec::bigint(row, "until_ms")?,
        missed: codec::unsigned(row, "missed")?,
        attempt: codec::unsigned(row, "attempt")?,
        asked_by: codec::text(row, "asked_by")?,
        started_ms: codec::bigint(row, "started_ms")?,
        ended_ms: codec::optional_bigint(row, "ended_ms")?,
        outcome: codec::word(row, "outcome", SendOutcome::parse)?,
        status: codec::optional_bigint(row, "status")?.and_then(|it| u16::try_from(it).ok()),
        error: codec::text(row, "error")?,
    })
}
