//! Secrets that an installation made for itself, sealed. This file never sees one open.

use sqlx::AnyExecutor;

use super::{StoreError, Tx, codec};

/// What `secrets::MasterKey::seal` made of a secret; `None`: it was not needed yet.
pub async fn find(db: impl AnyExecutor<'_>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row =
        sqlx::query("select sealed from installation_secrets where name = $1").bind(name).fetch_optional(db).await?;
    row.as_ref().map(|row| codec::bytes(row, "sealed")).transpose()
}

/// All of them, by name.
pub async fn all(db: impl AnyExecutor<'_>) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let rows = sqlx::query("select name, sealed from installation_secrets order by name").fetch_all(db).await?;
    rows.iter().map(|row| Ok((codec::text(row, "name")?, codec::bytes(row, "sealed")?))).collect()
}

/// Replaces the sealed form of one.
pub async fn replace(tx: &mut Tx, name: &str, sealed: &[u8]) -> Result<(), StoreError> {
    sqlx::query("update installation_secrets set sealed = $2 where name = $1")
        .bind(name)
        .bind(sealed)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Keeps a new one; of replicas that make one at once, the first one's stays.
pub async fn insert(tx: &mut Tx, name: &str, sealed: &[u8], created_ms: i64) -> Result<(), StoreError> {
    sqlx::query(
        "insert into installation_secrets (name, sealed, created_ms) values ($1, $2, $3) on conflict (name) do nothing",
    )
    .bind(name)
    .bind(sealed)
    .bind(created_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}
