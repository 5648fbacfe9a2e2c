//! Table `join_tokens`.

use control_plane_core::node::JoinTokenRecord;

use super::{StoreError, Tx, codec};

/// Adds a join token.
pub async fn insert(tx: &mut Tx, token: &JoinTokenRecord) -> Result<(), StoreError> {
    sqlx::query(
        "insert into join_tokens (id, digest, created_ms, expires_ms, used_ms, node, uses, used) \
         values ($1, $2, $3, $4, $5, null, $6, $7)",
    )
    .bind(&token.id)
    .bind(&token.digest[..])
    .bind(token.created_ms)
    .bind(token.expires_ms)
    .bind(token.used_ms)
    .bind(codec::stored(token.uses))
    .bind(codec::stored(token.used))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A join token; `None`: no such token.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<JoinTokenRecord>, StoreError> {
    let row =
        sqlx::query("select id, digest, created_ms, expires_ms, used_ms, uses, used from join_tokens where id = $1")
            .bind(id)
            .fetch_optional(tx.connection())
            .await?;
    row.map(|row| {
        Ok(JoinTokenRecord {
            id: codec::text(&row, "id")?,
            digest: codec::digest(&row, "digest")?,
            created_ms: codec::bigint(&row, "created_ms")?,
            expires_ms: codec::bigint(&row, "expires_ms")?,
            used_ms: codec::optional_bigint(&row, "used_ms")?,
            uses: codec::unsigned(&row, "uses")?,
            used: codec::unsigned(&row, "used")?,
        })
    })
    .transpose()
}

/// Uses a join token once. `false`: other routers were quicker.
pub async fn consume(tx: &mut Tx, id: &str, node: &str, now_ms: i64) -> Result<bool, StoreError> {
    let done =
        sqlx::query("update join_tokens set used_ms = $2, node = $3, used = used + 1 where id = $1 and used < uses")
            .bind(id)
            .bind(now_ms)
            .bind(node)
            .execute(tx.connection())
            .await?;
    Ok(done.rows_affected() == 1)
}
