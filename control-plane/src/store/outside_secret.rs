//! Table `outside_secrets`. This file never sees a value open.

use std::collections::BTreeSet;

use sqlx::{AnyExecutor, Row, any::AnyRow};

use super::{StoreError, Tx, codec};

/// A value that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOutside {
    /// What the configuration names.
    pub source: String,
    /// Of the value, keyed.
    pub digest: [u8; 32],
    /// The value; `None`: another took its place.
    pub sealed: Option<Vec<u8>>,
    /// When a control plane last found it.
    pub vouched_ms: i64,
}

/// All of them.
pub async fn all(db: impl AnyExecutor<'_>) -> Result<Vec<StoredOutside>, StoreError> {
    let rows = sqlx::query("select source, digest, sealed, vouched_ms from outside_secrets order by source, digest")
        .fetch_all(db)
        .await?;
    rows.iter().map(stored).collect()
}

/// Puts a value in force; the one before stays as a digest.
pub async fn publish(
    tx: &mut Tx,
    source: &str,
    digest: &[u8; 32],
    sealed: &[u8],
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query("update outside_secrets set sealed = null where source = $1")
        .bind(source)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "insert into outside_secrets (source, digest, sealed, published_ms, vouched_ms) values ($1, $2, $3, $4, $4) \
         on conflict (source, digest) do update set sealed = excluded.sealed, published_ms = excluded.published_ms, \
         vouched_ms = excluded.vouched_ms",
    )
    .bind(source)
    .bind(&digest[..])
    .bind(sealed)
    .bind(now_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A control plane has found this value.
pub async fn vouch(tx: &mut Tx, source: &str, digest: &[u8; 32], now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update outside_secrets set vouched_ms = $3 where source = $1 and digest = $2 and vouched_ms < $3")
        .bind(source)
        .bind(&digest[..])
        .bind(now_ms)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets one value.
pub async fn forget(tx: &mut Tx, source: &str, digest: &[u8; 32]) -> Result<(), StoreError> {
    sqlx::query("delete from outside_secrets where source = $1 and digest = $2")
        .bind(source)
        .bind(&digest[..])
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Forgets what the configuration does not name any more.
pub async fn retain(tx: &mut Tx, named: &BTreeSet<String>) -> Result<(), StoreError> {
    let known: BTreeSet<String> = all(tx.connection()).await?.into_iter().map(|it| it.source).collect();
    for source in known.difference(named) {
        sqlx::query("delete from outside_secrets where source = $1").bind(source).execute(tx.connection()).await?;
    }
    Ok(())
}

fn stored(row: &AnyRow) -> Result<StoredOutside, StoreError> {
    Ok(StoredOutside {
        source: codec::text(row, "source")?,
        digest: codec::digest(row, "digest")?,
        sealed: row.try_get("sealed")?,
        vouched_ms: codec::bigint(row, "vouched_ms")?,
    })
}
