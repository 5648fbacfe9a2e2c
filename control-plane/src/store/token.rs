//! Caller tokens, by their digests.

use control_plane_core::token::{TokenRecord, TokenState};
use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// Whole tokens, by what follows `from tokens`.
macro_rules! select {
    ($which:literal) => {
        concat!(
            "select id, caller, name, digest, state, created_ms, expires_ms, rotated_from, last_used_ms, version ",
            "from tokens ",
            $which
        )
    };
}

/// Every token, by id.
pub async fn all(db: impl AnyExecutor<'_>) -> Result<Vec<TokenRecord>, StoreError> {
    let rows = sqlx::query(select!("order by id")).fetch_all(db).await?;
    rows.iter().map(stored).collect()
}

/// Tokens that are new or other since a version, by id.
pub async fn changed_since(db: impl AnyExecutor<'_>, version: u64) -> Result<Vec<TokenRecord>, StoreError> {
    let rows =
        sqlx::query(select!("where version > $1 order by id")).bind(codec::stored(version)).fetch_all(db).await?;
    rows.iter().map(stored).collect()
}

/// A caller's tokens, the newest first.
pub async fn of_caller(db: impl AnyExecutor<'_>, caller: &str) -> Result<Vec<TokenRecord>, StoreError> {
    let rows =
        sqlx::query(select!("where caller = $1 order by created_ms desc, id")).bind(caller).fetch_all(db).await?;
    rows.iter().map(stored).collect()
}

/// One token.
pub async fn by_id(db: impl AnyExecutor<'_>, id: &str) -> Result<Option<TokenRecord>, StoreError> {
    let row = sqlx::query(select!("where id = $1")).bind(id).fetch_optional(db).await?;
    row.as_ref().map(stored).transpose()
}

/// One token, and the version under which it was changed last.
pub async fn with_version(db: impl AnyExecutor<'_>, id: &str) -> Result<Option<(TokenRecord, u64)>, StoreError> {
    let row = sqlx::query(select!("where id = $1")).bind(id).fetch_optional(db).await?;
    row.map(|row| Ok((stored(&row)?, codec::unsigned(&row, "version")?))).transpose()
}

/// Adds a token under a version that [`super::revision::bump`] gave.
pub async fn insert(tx: &mut Tx, token: &TokenRecord, version: u64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into tokens (id, caller, name, digest, state, created_ms, expires_ms, rotated_from, version) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&token.id)
    .bind(&token.caller)
    .bind(&token.name)
    .bind(token.digest.to_vec())
    .bind(token.state.as_str())
    .bind(token.created_ms)
    .bind(token.expires_ms)
    .bind(&token.rotated_from)
    .bind(codec::stored(version))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Writes a token's state and expiry, which are all that can change, under a version that [`super::revision::bump`] gave.
pub async fn update(tx: &mut Tx, token: &TokenRecord, version: u64) -> Result<(), StoreError> {
    sqlx::query("update tokens set state = $2, expires_ms = $3, version = $4 where id = $1")
        .bind(&token.id)
        .bind(token.state.as_str())
        .bind(token.expires_ms)
        .bind(codec::stored(version))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Notes when a token was used; what is known already may be later.
pub async fn used(tx: &mut Tx, id: &str, at_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update tokens set last_used_ms = $2 where id = $1 and (last_used_ms is null or last_used_ms < $2)")
        .bind(id)
        .bind(at_ms)
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
        last_used_ms: codec::optional_bigint(row, "last_used_ms")?,
    })
}
