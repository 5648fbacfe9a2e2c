//! Credentials of routers that take the place of others: columns of `nodes`.

use sqlx::{AnyExecutor, any::AnyRow};

use crate::store::{StoreError, Tx, codec};

/// A credential that was handed out and not used yet.
pub struct NextCredential {
    /// SHA-256 of the whole credential.
    pub digest: [u8; 32],
    /// The key that has to sign each call.
    pub public_key: Vec<u8>,
}

/// A router whose credential was replaced, or is to be.
pub struct NodeRotation {
    /// The router.
    pub id: String,
    /// Grows with every credential that was replaced.
    pub generation: i64,
    /// It is to replace its credential.
    pub due: bool,
}

/// Asks a router to replace its credential. `false`: there is none, or it was revoked.
pub async fn ask_to_rotate(tx: &mut Tx, id: &str, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("update nodes set rotation_ms = $2 where id = $1 and state = 'active'")
        .bind(id)
        .bind(now_ms)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps what takes the place of a credential when it is first used; what was kept before and not used is void. `false`: there is
/// no such router, or it was revoked.
pub async fn offer(tx: &mut Tx, id: &str, next: &NextCredential) -> Result<bool, StoreError> {
    let done =
        sqlx::query("update nodes set next_digest = $2, next_public_key = $3 where id = $1 and state = 'active'")
            .bind(id)
            .bind(&next.digest[..])
            .bind(&next.public_key[..])
            .execute(tx.connection())
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a credential that was kept in the place of the one in force. `false`: that has been done already.
pub async fn promote(tx: &mut Tx, id: &str, digest: &[u8; 32], now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update nodes set credential_digest = next_digest, public_key = next_public_key, next_digest = null, \
         next_public_key = null, rotation_ms = null, second_use_ms = null, \
         credential_ms = case when credential_ms >= $3 then credential_ms + 1 else $3 end \
         where id = $1 and next_digest = $2",
    )
    .bind(id)
    .bind(&digest[..])
    .bind(now_ms)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Routers whose credential was replaced, or is to be because somebody has asked for it or it is from before `old_ms`.
pub async fn rotations(db: impl AnyExecutor<'_>, old_ms: i64) -> Result<Vec<NodeRotation>, StoreError> {
    let rows = sqlx::query(
        "select id, credential_ms, created_ms, rotation_ms from nodes where state = 'active' \
         and (credential_ms > 0 or rotation_ms is not null or created_ms < $1)",
    )
    .bind(old_ms)
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| rotation(row, old_ms)).collect()
}

/// The same of one router; `None`: neither.
pub async fn rotation_of(db: impl AnyExecutor<'_>, id: &str, old_ms: i64) -> Result<Option<NodeRotation>, StoreError> {
    let row =
        sqlx::query("select id, credential_ms, created_ms, rotation_ms from nodes where id = $1 and state = 'active'")
            .bind(id)
            .fetch_optional(db)
            .await?;
    row.map(|row| rotation(&row, old_ms)).transpose()
}

fn rotation(row: &AnyRow, old_ms: i64) -> Result<NodeRotation, StoreError> {
    let generation = codec::bigint(row, "credential_ms")?;
    let since = if generation > 0 { generation } else { codec::bigint(row, "created_ms")? };
    let asked = codec::optional_bigint(row, "rotation_ms")?.is_some();
    Ok(NodeRotation { id: codec::text(row, "id")?, generation, due: asked || since < old_ms })
}
