//! Table `published_snapshots`: which content went out under which number.

use super::{StoreError, Tx, codec};

/// Records the checksum of a version, unless a replica has done so before. Answers the recorded one.
pub async fn record(tx: &mut Tx, version: u64, hash: &[u8], now_ms: i64) -> Result<Vec<u8>, StoreError> {
    sqlx::query(
        "insert into published_snapshots (version, hash, published_ms) values ($1, $2, $3) \
         on conflict (version) do nothing",
    )
    .bind(codec::stored(version))
    .bind(hash)
    .bind(now_ms)
    .execute(tx.connection())
    .await?;
    let row = sqlx::query("select hash from published_snapshots where version = $1")
        .bind(codec::stored(version))
        .fetch_one(tx.connection())
        .await?;
    codec::bytes(&row, "hash")
}
