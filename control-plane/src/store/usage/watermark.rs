use std::collections::BTreeMap;

use sqlx::{AnyExecutor, any::AnyRow};

use crate::store::{StoreError, Tx, codec};

/// Holds a router's log until the transaction ends, whichever node it is delivered by: what one transaction reads of it no
/// other changes meanwhile.
pub async fn lock_log(tx: &mut Tx, epoch: u64) -> Result<(), StoreError> {
    sqlx::query("insert into usage_logs (epoch) values ($1) on conflict (epoch) do update set epoch = excluded.epoch")
        .bind(codec::stored(epoch))
        .execute(tx.connection())
        .await?;
    Ok(())
}

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

/// How far other nodes have delivered the same log: a router that joins again is another node and has its old log.
pub async fn watermarks_of_others(tx: &mut Tx, node: &str, epoch: u64) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = sqlx::query(
        "select node, committed_sequence from usage_watermarks where epoch = $1 and node <> $2 \
         and committed_sequence > 0 order by node",
    )
    .bind(codec::stored(epoch))
    .bind(node)
    .fetch_all(tx.connection())
    .await?;
    rows.iter().map(|row| Ok((codec::text(row, "node")?, codec::unsigned(row, "committed_sequence")?))).collect()
}

/// Which requests a node has reported as those events of a log.
pub async fn requests_of(
    tx: &mut Tx,
    node: &str,
    epoch: u64,
    sequences: (u64, u64),
) -> Result<BTreeMap<u64, String>, StoreError> {
    let rows = sqlx::query(
        "select sequence, request_id from usage_requests where node = $1 and epoch = $2 and sequence between $3 and $4",
    )
    .bind(node)
    .bind(codec::stored(epoch))
    .bind(codec::stored(sequences.0))
    .bind(codec::stored(sequences.1))
    .fetch_all(tx.connection())
    .await?;
    rows.iter().map(|row| Ok((codec::unsigned(row, "sequence")?, codec::text(row, "request_id")?))).collect()
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

/// Whether any usage was ever received.
pub async fn is_known(executor: impl AnyExecutor<'_>) -> Result<bool, StoreError> {
    let row = sqlx::query("select 1 as known from usage_watermarks limit 1").fetch_optional(executor).await?;
    Ok(row.is_some())
}

/// How far a router's log is in the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredWatermark {
    /// Who delivers it.
    pub node: String,
    /// Its life.
    pub epoch: u64,
    /// Every event up to this one is there.
    pub committed: u64,
    /// How many of these were not wholly understood.
    pub newer: u64,
    /// How many of these are not in the roll-ups yet.
    pub backlog: u64,
    /// When the request of the last one began; `None`: it is not kept here.
    pub last_ms: Option<i64>,
}

/// Every log that was ever delivered, by node.
pub async fn watermarks(executor: impl AnyExecutor<'_>) -> Result<Vec<StoredWatermark>, StoreError> {
    let rows = sqlx::query(
        "select logs.node, logs.epoch, logs.committed_sequence, logs.newer, last.started_ms, \
         cast(coalesce(backlog.last_sequence - backlog.next_sequence + 1, 0) as bigint) as backlog \
         from usage_watermarks as logs \
         left join usage_rollup_backlog as backlog on backlog.node = logs.node and backlog.epoch = logs.epoch \
         left join usage_requests as last on last.node = logs.node and last.epoch = logs.epoch \
         and last.sequence = logs.committed_sequence order by logs.node, logs.epoch",
    )
    .fetch_all(executor)
    .await?;
    let read = |row: &AnyRow| {
        Ok(StoredWatermark {
            node: codec::text(row, "node")?,
            epoch: codec::unsigned(row, "epoch")?,
            committed: codec::unsigned(row, "committed_sequence")?,
            newer: codec::unsigned(row, "newer")?,
            backlog: codec::unsigned(row, "backlog")?,
            last_ms: codec::optional_bigint(row, "started_ms")?,
        })
    };
    rows.iter().map(read).collect()
}
