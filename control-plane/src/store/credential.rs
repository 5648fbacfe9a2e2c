//! Provider keys, sealed. This file never sees one open.

use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

/// A provider's key under the master key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCredential {
    /// Whose key it is.
    pub provider: String,
    /// Where it may be sent: scheme, host and port; `None`: an older build set it.
    pub origin: Option<String>,
    /// What `secrets::MasterKey::seal` made.
    pub sealed: Vec<u8>,
    /// When it was entered.
    pub set_ms: i64,
    /// By whom.
    pub set_by: String,
}

/// Every sealed key, by provider.
pub async fn all(db: impl AnyExecutor<'_>) -> Result<Vec<StoredCredential>, StoreError> {
    let rows = sqlx::query("select provider, origin, sealed, set_ms, set_by from credentials order by provider")
        .fetch_all(db)
        .await?;
    rows.iter().map(stored).collect()
}

/// Sets or replaces a provider's key.
pub async fn put(tx: &mut Tx, credential: &StoredCredential) -> Result<(), StoreError> {
    sqlx::query(
        "insert into credentials (provider, sealed, set_ms, set_by, origin) values ($1, $2, $3, $4, $5) \
         on conflict (provider) do update set sealed = excluded.sealed, set_ms = excluded.set_ms, \
         set_by = excluded.set_by, origin = excluded.origin",
    )
    .bind(&credential.provider)
    .bind(&credential.sealed)
    .bind(credential.set_ms)
    .bind(&credential.set_by)
    .bind(credential.origin.as_deref())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Forgets a provider's key; says whether there was one.
pub async fn delete(tx: &mut Tx, provider: &str) -> Result<bool, StoreError> {
    let done =
        sqlx::query("delete from credentials where provider = $1").bind(provider).execute(tx.connection()).await?;
    Ok(done.rows_affected() > 0)
}

/// The constant that was sealed under the master key of this database; `None`: no key was ever used with it.
pub async fn key_check(db: impl AnyExecutor<'_>) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("select sealed from master_key_check where id = 1").fetch_optional(db).await?;
    row.as_ref().map(|row| codec::bytes(row, "sealed")).transpose()
}

/// Keeps the sealed constant; of replicas that start at once, the first one's stays.
pub async fn insert_key_check(tx: &mut Tx, sealed: &[u8]) -> Result<(), StoreError> {
    sqlx::query("insert into master_key_check (id, sealed) values (1, $1) on conflict (id) do nothing")
        .bind(sealed)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Replaces the sealed constant, because the master key was.
pub async fn replace_key_check(tx: &mut Tx, sealed: &[u8]) -> Result<(), StoreError> {
    sqlx::query("update master_key_check set sealed = $1 where id = 1").bind(sealed).execute(tx.connection()).await?;
    Ok(())
}

fn stored(row: &AnyRow) -> Result<StoredCredential, StoreError> {
    Ok(StoredCredential {
        provider: codec::text(row, "provider")?,
        origin: codec::optional_text(row, "origin")?,
        sealed: codec::bytes(row, "sealed")?,
        set_ms: codec::bigint(row, "set_ms")?,
        set_by: codec::text(row, "set_by")?,
    })
}
