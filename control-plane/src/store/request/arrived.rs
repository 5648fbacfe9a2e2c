use std::collections::BTreeMap;

use control_plane_core::{permission::Visible, search::Search};
use sqlx::AssertSqlSafe;

use super::{
    StoredRequest,
    condition::holds,
    row::{COLUMNS, stored},
};
use crate::store::{ReadTx, StoreError, codec, places::Places};

/// So many events of one log are looked at, at a time: the newest.
const MOST_EVENTS: u64 = 2_000;

/// How far each router's log had come, by node and epoch.
pub type Arrived = BTreeMap<(String, u64), u64>;

/// How far each router's log has come.
pub async fn arrived(tx: &mut ReadTx) -> Result<Arrived, StoreError> {
    let rows =
        sqlx::query("select node, epoch, committed_sequence from usage_watermarks").fetch_all(tx.connection()).await?;
    let position = |row| {
        Ok(((codec::text(row, "node")?, codec::unsigned(row, "epoch")?), codec::unsigned(row, "committed_sequence")?))
    };
    rows.iter().map(position).collect()
}

/// What has come since, of what a search looks for, in the order in which each router told it: whatever replica took it, and
/// however long ago it started. A search's period is not looked at. Of very many events the newest are told.
pub async fn between(
    tx: &mut ReadTx,
    search: &Search,
    before: &Arrived,
    now: &Arrived,
    limit: u32,
) -> Result<Vec<StoredRequest>, StoreError> {
    let mut found = Vec::new();
    for ((node, epoch), &last) in now {
        let first = before.get(&(node.clone(), *epoch)).copied().unwrap_or(0).max(last.saturating_sub(MOST_EVENTS));
        if first >= last {
            continue;
        }
        let mut places = Places::default();
        let mut demanded = String::new();
        for condition in &search.conditions {
            demanded.push_str(" and ");
            demanded.push_str(&holds(condition, &mut places));
        }
        if let Visible::Projects(projects) = &search.visible {
            let projects: Vec<String> = projects.iter().cloned().collect();
            if projects.is_empty() {
                return Ok(Vec::new());
            }
            demanded = demanded + " and s.project in (" + &places.texts(&projects) + ")";
        }
        let sql = format!(
            "select {COLUMNS} from usage_requests s where s.node = {} and s.epoch = {} and s.sequence > {} \
             and s.sequence <= {}{demanded} order by s.sequence desc limit {}",
            places.text(node),
            places.number(codec::stored(*epoch)),
            places.number(codec::stored(first)),
            places.number(codec::stored(last)),
            places.number(limit.into()),
        );
        let query = sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false);
        let mut rows =
            query.fetch_all(tx.connection()).await?.iter().map(stored).collect::<Result<Vec<_>, StoreError>>()?;
        rows.reverse();
        found.extend(rows);
    }
    Ok(found)
}
