//! Table `stored_responses`: answers that callers may continue, sealed by routers.

use sqlx::AnyExecutor;

use super::{StoreError, Tx, codec};

/// Keeps a record until `expires_ms`; one whose key is taken is replaced.
pub async fn put(tx: &mut Tx, digest: &[u8], sealed: &[u8], expires_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into stored_responses (digest, sealed, expires_ms) values ($1, $2, $3) \
         on conflict (digest) do update set sealed = excluded.sealed, expires_ms = excluded.expires_ms",
    )
    .bind(digest)
    .bind(sealed)
    .bind(expires_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A record that has not expired at `now_ms`.
pub async fn get(db: impl AnyExecutor<'_>, digest: &[u8], now_ms: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("select sealed from stored_responses where digest = $1 and expires_ms > $2")
        .bind(digest)
        .bind(now_ms)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(|row| codec::bytes(row, "sealed")).transpose()
}

/// Forgets a record; says whether there was one that had not expired.
pub async fn delete(tx: &mut Tx, digest: &[u8], now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from stored_responses where digest = $1 and expires_ms > $2")
        .bind(digest)
        .bind(now_ms)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected() > 0)
}

/// Forgets at most `limit` records that have expired by `now_ms`, and says how many there were.
pub async fn expire(tx: &mut Tx, now_ms: i64, limit: u32) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from stored_responses where digest in \
         (select digest from stored_responses where expires_ms <= $1 order by expires_ms limit $2)",
    )
    .bind(now_ms)
    .bind(i64::from(limit))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected())
}
