//! When each caller token was used last.

use std::collections::HashMap;

use sqlx::AnyExecutor;

use super::{StoreError, Tx, codec};

/// Every token that was used, with the moment.
pub async fn all(db: impl AnyExecutor<'_>) -> Result<HashMap<String, i64>, StoreError> {
    let rows = sqlx::query("select token, last_used_ms from token_uses").fetch_all(db).await?;
    rows.iter().map(|row| Ok((codec::text(row, "token")?, codec::bigint(row, "last_used_ms")?))).collect()
}

/// A token was used. A later moment that is known stays.
pub async fn record(tx: &mut Tx, token: &str, at_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into token_uses (token, last_used_ms) values ($1, $2) on conflict (token) do update \
         set last_used_ms = excluded.last_used_ms where excluded.last_used_ms > token_uses.last_used_ms",
    )
    .bind(token)
    .bind(at_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}
