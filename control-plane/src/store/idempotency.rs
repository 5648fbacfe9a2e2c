//! Table `idempotency_keys`.

use sqlx::AnyExecutor;

use super::{StoreError, Tx, codec};

/// A request that may be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// SHA-256 of what was asked.
    pub digest: [u8; 32],
    /// The status and the sealed answer; `None`: there is none yet.
    pub answer: Option<(u16, Vec<u8>)>,
    /// When it began, in milliseconds since the Unix epoch.
    pub created_ms: i64,
}

/// Notes that a request begins; says whether none of this key is there.
pub async fn begin(
    tx: &mut Tx,
    (actor, key): (&str, &str),
    digest: &[u8; 32],
    created_ms: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into idempotency_keys (actor, key, digest, created_ms) values ($1, $2, $3, $4) \
         on conflict (actor, key) do nothing",
    )
    .bind(actor)
    .bind(key)
    .bind(digest.to_vec())
    .bind(created_ms)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What is known of a key.
pub async fn find(db: impl AnyExecutor<'_>, (actor, key): (&str, &str)) -> Result<Option<Kept>, StoreError> {
    let row =
        sqlx::query("select digest, status, answer, created_ms from idempotency_keys where actor = $1 and key = $2")
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
        Ok(Kept { digest: codec::digest(&row, "digest")?, answer, created_ms: codec::bigint(&row, "created_ms")? })
    })
    .transpose()
}

/// Keeps what was answered.
pub async fn answered(tx: &mut Tx, (actor, key): (&str, &str), status: u16, answer: &[u8]) -> Result<(), StoreError> {
    sqlx::query("update idempotency_keys set status = $1, answer = $2 where actor = $3 and key = $4")
        .bind(i64::from(status))
        .bind(answer)
        .bind(actor)
        .bind(key)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets a request, so that it may be tried again.
pub async fn forget(tx: &mut Tx, (actor, key): (&str, &str)) -> Result<(), StoreError> {
    sqlx::query("delete from idempotency_keys where actor = $1 and key = $2")
        .bind(actor)
        .bind(key)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets those that began before a moment.
pub async fn forget_before(tx: &mut Tx, moment_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from idempotency_keys where created_ms < $1").bind(moment_ms).execute(tx.connection()).await?;
    Ok(())
}
