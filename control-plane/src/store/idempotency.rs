//! Table `idempotency_keys`.

use sqlx::AnyExecutor;

use super::{Run, StoreError, Tx, codec};

/// A request that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 of what was asked.
    pub digest: [u8; 32],
    /// The status and the sealed answer; `None`: there is none yet.
    pub answer: Option<(u16, Vec<u8>)>,
    /// When it began, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// Who has it in hand; empty: an older build.
    pub run: String,
    /// Until when that one surely runs; it says so again and again.
    pub lease_ms: i64,
    /// It has changed something.
    pub changed: bool,
}

/// Notes that a request begins; says whether none of this key is there.
pub async fn begin(
    tx: &mut Tx,
    run: &Run,
    digest: &[u8; 32],
    (created_ms, lease_ms): (i64, i64),
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into idempotency_keys (actor, key, digest, created_ms, run, lease_ms) values ($1, $2, $3, $4, $5, $6) \
         on conflict (actor, key) do nothing",
    )
    .bind(&run.actor)
    .bind(&run.key)
    .bind(digest.to_vec())
    .bind(created_ms)
    .bind(&run.id)
    .bind(lease_ms)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Follows a run that is gone and has changed nothing; says whether it was still so.
pub async fn follow(tx: &mut Tx, run: &Run, gone: &str, lease_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update idempotency_keys set run = $1, lease_ms = $2 \
         where actor = $3 and key = $4 and run = $5 and status is null and changed = 0",
    )
    .bind(&run.id)
    .bind(lease_ms)
    .bind(&run.actor)
    .bind(&run.key)
    .bind(gone)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Says that a run goes on.
pub async fn renew(tx: &mut Tx, run: &Run, lease_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update idempotency_keys set lease_ms = $1 where actor = $2 and key = $3 and run = $4")
        .bind(lease_ms)
        .bind(&run.actor)
        .bind(&run.key)
        .bind(&run.id)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Says that nothing runs: the only process that could have is gone.
pub async fn nothing_runs(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("update idempotency_keys set lease_ms = -1 where status is null").execute(tx.connection()).await?;
    Ok(())
}

/// What is known of a key.
pub async fn find(db: impl AnyExecutor<'_>, (actor, key): (&str, &str)) -> Result<Option<Kept>, StoreError> {
    let row =
        sqlx::query("select digest, status, answer, created_ms, run, lease_ms, changed from idempotency_keys where actor = $1 and key = $2")
            .bind(actor)
            .bind(key)
            .fetch_optional(db)
            .await?;
    row.map(|row| {
        let status = codec::optional_bigint(&row, "status")?.and_then(|it| u16::try_from(it).ok());
        let answer = match status {
            Some(status) => Some((status, codec::bytes(&row, "answer")?)),
            None => None,
        };
        Ok(Kept {
            digest: codec::digest(&row, "digest")?,
            answer,
            created_ms: codec::bigint(&row, "created_ms")?,
            run: codec::text(&row, "run")?,
            lease_ms: codec::bigint(&row, "lease_ms")?,
            changed: codec::bigint(&row, "changed")? != 0,
        })
    })
    .transpose()
}

/// Keeps what a run has answered.
pub async fn answered(tx: &mut Tx, run: &Run, status: u16, answer: &[u8]) -> Result<(), StoreError> {
    sqlx::query("update idempotency_keys set status = $1, answer = $2 where actor = $3 and key = $4 and run = $5")
        .bind(i64::from(status))
        .bind(answer)
        .bind(&run.actor)
        .bind(&run.key)
        .bind(&run.id)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets a run that has changed nothing, so that it may be tried again.
pub async fn forget(tx: &mut Tx, run: &Run) -> Result<(), StoreError> {
    sqlx::query("delete from idempotency_keys where actor = $1 and key = $2 and run = $3 and changed = 0")
        .bind(&run.actor)
        .bind(&run.key)
        .bind(&run.id)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets those that began before a moment.
pub async fn forget_before(tx: &mut Tx, moment_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from idempotency_keys where created_ms < $1").bind(moment_ms).execute(tx.connection()).await?;
    Ok(())
}
