//! Caller tokens, by their digests.

use control_plane_core::token::{TokenRecord, TokenState};
use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// Every token, by id.
pub async fn all(db: impl AnyExecutor<'_>) -> Result<Vec<TokenRecord>, StoreError> {
    let rows = sqlx::query(
        "select id, caller, name, digest, state, created_ms, expires_ms, rotated_from \
         from tokens order by id",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(stored).collect()
}

/// A caller's tokens, the newest first.
pub async fn of_caller(db: impl AnyExecutor<'_>, caller: &str) -> Result<Vec<TokenRecord>, StoreError> {
    let rows = sqlx::query(
        "select id, caller, name, digest, state, created_ms, expires_ms, rotated_from \
         from tokens where caller = $1 order by created_ms desc, id",
    )
    .bind(caller)
    .fetch_all(db)
    .await?;
    rows.iter().map(stored).collect()
}

/// One token.
pub async fn by_id(db: impl AnyExecutor<'_>, id: &str) -> Result<Option<TokenRecord>, StoreError> {
    let row = sqlx::query(
        "select id, caller, name, digest, state, created_ms, expires_ms, rotated_from \
         from tokens where id = $1",
    )
    .bind(id)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(stored).transpose()
}

/// Adds a token.
pub async fn insert(tx: &mut Tx, token: &TokenRecord) -> Result<(), StoreError> {
    sqlx::query(
        "insert into tokens (id, caller, name, digest, state, created_ms, expires_ms, rotated_from) \
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&token.id)
    .bind(&token.caller)
    .bind(&token.name)
    .bind(token.digest.to_vec())
    .bind(token.state.as_str())
    .bind(token.created_ms)
    .bind(token.expires_ms)
    .bind(&token.rotated_from)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Writes a token's state and expiry, which are all that can change.
pub async fn update(tx: &mut Tx, token: &TokenRecord) -> Result<(), StoreError> {
    sqlx::query("update tokens set state = $2, expires_ms = $3 where id = $1")
        .bind(&token.id)
        .bind(token.state.as_str())
        .bind(token.expires_ms)
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn stored(row: &AnyRow) -> Result<TokenRecord, StoreError> {
    Ok(TokenRecord {
        id: codec::text(row, "id")?,
        caller: codec::text(row, "caller")?,
        name: codec::text(row, "name")?,
        digest: codec::digest(row, "digest")?,
        state: codec::word(row, "state", TokenState::parse)?,
        created_ms: codec::bigint(row, "created_ms")?,
        expires_ms: codec::optional_bigint(row, "expires_ms")?,
        rotated_from: codec::optional_text(row, "rotated_from")?,
    })
}
