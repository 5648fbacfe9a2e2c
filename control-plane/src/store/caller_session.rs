//! Table `caller_sessions`: callers who look at their own usage.

use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCallerSession {
    /// As it is recorded.
    pub id: String,
    /// SHA-256 of the cookie's value.
    pub digest: [u8; 32],
    /// The token that it was opened with, by its id.
    pub token: String,
    /// SHA-256 of the whole token.
    pub token_digest: [u8; 32],
    /// What the browser called itself.
    pub user_agent: String,
    /// When it was opened, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When something was last asked with it, to a minute.
    pub last_used_ms: i64,
}

/// Adds a session.
pub async fn insert(tx: &mut Tx, it: &StoredCallerSession) -> Result<(), StoreError> {
    sqlx::query(
        "insert into caller_sessions (id, digest, token, token_digest, user_agent, created_ms, last_used_ms) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&it.id)
    .bind(it.digest.to_vec())
    .bind(&it.token)
    .bind(it.token_digest.to_vec())
    .bind(&it.user_agent)
    .bind(it.created_ms)
    .bind(it.last_used_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The session of a cookie.
pub async fn by_digest(db: impl AnyExecutor<'_>, digest: &[u8; 32]) -> Result<Option<StoredCallerSession>, StoreError> {
    let row =
        sqlx::query("select * from caller_sessions where digest = $1").bind(digest.to_vec()).fetch_optional(db).await?;
    row.as_ref().map(stored).transpose()
}

/// Notes that something was asked with a session.
pub async fn touch(tx: &mut Tx, id: &str, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update caller_sessions set last_used_ms = $2 where id = $1 and last_used_ms < $2")
        .bind(id)
        .bind(now_ms)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Ends a session; says whether there was one.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from caller_sessions where id = $1").bind(id).execute(tx.connection()).await?;
    Ok(done.rows_affected() > 0)
}

/// Removes sessions that nobody can use any more.
pub async fn prune(tx: &mut Tx, created_before_ms: i64, used_before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from caller_sessions where created_ms < $1 or last_used_ms < $2")
        .bind(created_before_ms)
        .bind(used_before_ms)
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn stored(row: &AnyRow) -> Result<StoredCallerSession, StoreError> {
    Ok(StoredCallerSession {
        id: codec::text(row, "id")?,
        digest: codec::digest(row, "digest")?,
        token: codec::text(row, "token")?,
        token_digest: codec::digest(row, "token_digest")?,
        user_agent: codec::text(row, "user_agent")?,
        created_ms: codec::bigint(row, "created_ms")?,
        last_used_ms: codec::bigint(row, "last_used_ms")?,
    })
}
