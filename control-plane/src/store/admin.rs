//! Admin tokens, by their digests.

use control_plane_core::permission::Grants;
use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// An admin token as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAdminToken {
    /// The public part.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// What it may do, and where.
    pub grants: Grants,
    /// SHA-256 of the whole token.
    pub digest: [u8; 32],
    /// Milliseconds since the Unix epoch; `None`: never.
    pub expires_ms: Option<i64>,
    /// When it was made.
    pub created_ms: i64,
    /// By whom.
    pub created_by: String,
}

/// Every admin token, the oldest first.
pub async fn all(db: impl AnyExecutor<'_>) -> Result<Vec<StoredAdminToken>, StoreError> {
    let rows = sqlx::query(
        "select id, name, grants, digest, expires_ms, created_ms, created_by from admin_tokens order by created_ms, id",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(stored).collect()
}

/// One admin token.
pub async fn by_id(db: impl AnyExecutor<'_>, id: &str) -> Result<Option<StoredAdminToken>, StoreError> {
    let row = sqlx::query(
        "select id, name, grants, digest, expires_ms, created_ms, created_by from admin_tokens where id = $1",
    )
    .bind(id)
    .fetch_optional(db)
    .await?;
    row.as_ref().map(stored).transpose()
}

/// Adds an admin token.
pub async fn insert(tx: &mut Tx, token: &StoredAdminToken) -> Result<(), StoreError> {
    sqlx::query(
        "insert into admin_tokens (id, name, grants, digest, expires_ms, created_ms, created_by) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&token.id)
    .bind(&token.name)
    .bind(written(&token.grants))
    .bind(token.digest.to_vec())
    .bind(token.expires_ms)
    .bind(token.created_ms)
    .bind(&token.created_by)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Removes an admin token; says whether there was one. Its events keep its name.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from admin_tokens where id = $1").bind(id).execute(tx.connection()).await?;
    Ok(done.rows_affected() > 0)
}

fn written(grants: &Grants) -> String {
    serde_json::to_string(grants).expect("roles and names become JSON")
}

fn stored(row: &AnyRow) -> Result<StoredAdminToken, StoreError> {
    Ok(StoredAdminToken {
        id: codec::text(row, "id")?,
        name: codec::text(row, "name")?,
        grants: codec::word(row, "grants", |it| serde_json::from_str(it).ok())?,
        digest: codec::digest(row, "digest")?,
        expires_ms: codec::optional_bigint(row, "expires_ms")?,
        created_ms: codec::bigint(row, "created_ms")?,
        created_by: codec::text(row, "created_by")?,
    })
}
