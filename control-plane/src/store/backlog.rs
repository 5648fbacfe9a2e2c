//! Table `usage_rollup_backlog`: which events are not in the roll-ups yet.

use sqlx::AnyExecutor;

use super::{StoreError, Tx, codec};

/// Events of a log, from one number to another.
pub struct BacklogPart {
    /// Who delivered it.
    pub node: String,
    /// Its life.
    pub epoch: u64,
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
    end: u64,
}

/// Whether there are any.
pub async fn has_backlog<'e>(executor: impl AnyExecutor<'e>) -> Result<bool, StoreError> {
    let sql = "select case when exists (select 1 from usage_rollup_backlog) then 1 else 0 end as found";
    codec::flag(&sqlx::query(sql).fetch_one(executor).await?, "found")
}

/// The next ones, at most so many; `None`: there are none left.
pub async fn next_of_backlog(tx: &mut Tx, most: u64) -> Result<Option<BacklogPart>, StoreError> {
    let sql = "select node, epoch, next_sequence, last_sequence from usage_rollup_backlog order by node, epoch limit 1";
    let Some(row) = sqlx::query(sql).fetch_optional(tx.connection()).await? else { return Ok(None) };
    let (first, end) = (codec::unsigned(&row, "next_sequence")?, codec::unsigned(&row, "last_sequence")?);
    let last = first.saturating_add(most - 1).min(end);
    Ok(Some(BacklogPart { node: codec::text(&row, "node")?, epoch: codec::unsigned(&row, "epoch")?, first, last, end }))
}

/// They are in the roll-ups.
pub async fn done_of_backlog(tx: &mut Tx, part: &BacklogPart) -> Result<(), StoreError> {
    let sql = if part.last < part.end {
        "update usage_rollup_backlog set next_sequence = $3 where node = $1 and epoch = $2"
    } else {
        "delete from usage_rollup_backlog where node = $1 and epoch = $2 and last_sequence < $3"
    };
    sqlx::query(sql)
        .bind(&part.node)
        .bind(codec::stored(part.epoch))
        .bind(codec::stored(part.last + 1))
        .execute(tx.connection())
        .await?;
    Ok(())
}
