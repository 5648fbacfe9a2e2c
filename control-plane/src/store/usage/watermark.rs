use crate::store::{StoreError, Tx, codec};

/// The last event of a router's log that is in the tables; 0: none. Held until the transaction ends, so that two
/// replicas that receive the same events count them once.
pub async fn lock_watermark(tx: &mut Tx, node: &str, epoch: u64) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "insert into usage_watermarks (node, epoch, committed_sequence) values ($1, $2, 0) on conflict (node, epoch) \
         do update set committed_sequence = usage_watermarks.committed_sequence returning committed_sequence",
    )
    .bind(node)
    .bind(codec::stored(epoch))
    .fetch_one(tx.connection())
    .await?;
    codec::unsigned(&row, "committed_sequence")
}

/// Moves a watermark forward; it was locked in the same transaction. `newer`: how many of the events since were not wholly
/// understood.
pub async fn set_watermark(
    tx: &mut Tx,
    node: &str,
    epoch: u64,
    committed_sequence: u64,
    newer: u64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update usage_watermarks set committed_sequence = $3, newer = newer + $4 where node = $1 and epoch = $2",
    )
    .bind(node)
    .bind(codec::stored(epoch))
    .bind(codec::stored(committed_sequence))
    .bind(codec::stored(newer))
    .execute(tx.connection())
    .await?;
    Ok(())
}
