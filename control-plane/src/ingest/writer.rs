use std::collections::{BTreeMap, BTreeSet, HashMap};

use control_plane_core::usage::UsageRecord;

use super::{batch::Batch, elsewhere, error::IngestError, rollups::Rollups};
use crate::{
    metrics::Metrics,
    store::{
        Store, StoreError, Tx, token,
        usage::{self, RollupKeys, StoredEvent},
    },
};

/// The log of a router: its epoch, and the node that delivers it.
type LogId = (u64, String);

/// What is known of a log within one transaction.
struct Log {
    /// The last event that is in the tables, or will be.
    committed: u64,
    /// What the table of watermarks says.
    noted: u64,
    /// Events since then that say more than this version understands.
    newer: u64,
    /// Other nodes deliver, or have delivered, the same one.
    is_shared: bool,
}

/// Writes batches in one transaction. Answers for each, in their order, how far its log is committed, or that it leaves
/// a gap; a gap in one batch does not concern the others.
pub(super) async fn write(
    store: &Store,
    batches: Vec<Batch>,
    memory: &mut Memory,
    metrics: &Metrics,
) -> Result<Vec<Result<u64, IngestError>>, StoreError> {
    let Memory { last_uses, keys } = memory;
    keys.begin();
    let mut tx = store.write().await?;
    let mut logs = lock(&mut tx, &batches).await?;
    let (mut waiting, mut written) = (Vec::new(), Vec::new());
    let mut answers = Vec::with_capacity(batches.len());
    for batch in batches {
        let id = (batch.epoch, batch.node);
        let others = if logs[&id].is_shared {
            // Of this group, too, in the tables.
            note(&mut tx, &mut logs, &mut waiting, &mut written, keys).await?;
            usage::watermarks_of_others(&mut tx, &id.1, id.0).await?
        } else {
            Vec::new()
        };
        let log = logs.get_mut(&id).expect("every log of the group was locked");
        log.committed = elsewhere::continued(log.committed, &batch.records, &others);
        if batch.nothing_older {
            log.committed = past_lost(&id, &batch.records, log.committed);
        }
        match fresh(batch.records, batch.epoch, log.committed) {
            Ok(fresh) => {
                log.committed = fresh.last().map_or(log.committed, |event| event.sequence);
                answers.push(Ok(log.committed));
                let new = elsewhere::uncounted(&mut tx, batch.epoch, &others, fresh).await?;
                let is_new = |it: &&u64| new.binary_search_by_key(*it, |event| event.sequence).is_ok();
                log.newer += batch.newer.iter().filter(is_new).count() as u64;
                let stored = |record| StoredEvent { node: id.1.clone(), epoch: id.0, record };
                waiting.extend(new.into_iter().map(stored));
            }
            Err(gap) => {
                tracing::warn!(node = id.1, error = %gap, "a batch of usage events is refused");
                answers.push(Err(gap));
            }
        }
    }
    note(&mut tx, &mut logs, &mut waiting, &mut written, keys).await?;
    let uses = last_uses.of(written.iter().map(|it: &StoredEvent| &it.record));
    for (id, at_ms) in &uses {
        token::used(&mut tx, id, *at_ms).await?;
    }
    tx.commit().await?;
    keys.committed();
    last_uses.0.extend(uses.into_iter().map(|(id, at_ms)| (id.to_owned(), at_ms)));
    metrics.ingested(written.iter().map(|it| &it.record));
    Ok(answers)
}

/// Locks every log of the group, always in the same order, so that two replicas never wait for each other.
async fn lock(tx: &mut Tx, batches: &[Batch]) -> Result<BTreeMap<LogId, Log>, StoreError> {
    let ids: BTreeSet<LogId> = batches.iter().map(|batch| (batch.epoch, batch.node.clone())).collect();
    let epochs: BTreeSet<u64> = ids.iter().map(|it| it.0).collect();
    for epoch in epochs {
        usage::lock_log(tx, epoch).await?;
    }
    let mut logs = BTreeMap::new();
    for (epoch, node) in &ids {
        let committed = usage::lock_watermark(tx, node, *epoch).await?;
        let is_shared = ids.iter().any(|it| it.0 == *epoch && it.1 != *node)
            || !usage::watermarks_of_others(tx, node, *epoch).await?.is_empty();
        logs.insert((*epoch, node.clone()), Log { committed, noted: committed, newer: 0, is_shared });
    }
    Ok(logs)
}

/// What the writer of a process remembers from one transaction to the next.
#[derive(Default)]
pub(super) struct Memory {
    last_uses: LastUses,
    keys: RollupKeys,
}

/// When tokens were used, as far as this process has noted it.
#[derive(Default)]
struct LastUses(HashMap<String, i64>);

/// Nobody needs to know it better, and a row that changes with every request would hold the others up.
const USE_EVERY_MS: i64 = 60_000;

impl LastUses {
    /// Those of the events that are worth noting, in an order that is the same for all replicas.
    fn of<'a>(&self, events: impl Iterator<Item = &'a UsageRecord>) -> BTreeMap<&'a str, i64> {
        let mut uses = BTreeMap::new();
        for event in events.filter(|it| it.status != 401 && !it.token.is_empty()) {
            let latest = uses.entry(event.token.as_str()).or_insert(event.started_ms);
            *latest = event.started_ms.max(*latest);
        }
        uses.retain(|token, at| self.0.get(*token).is_none_or(|noted| noted + USE_EVERY_MS <= *at));
        uses
    }
}

/// Puts what waits into the tables, and how far each log is with it.
async fn note(
    tx: &mut Tx,
    logs: &mut BTreeMap<LogId, Log>,
    waiting: &mut Vec<StoredEvent>,
    written: &mut Vec<StoredEvent>,
    keys: &mut RollupKeys,
) -> Result<(), StoreError> {
    add(tx, waiting, keys).await?;
    written.append(waiting);
    for ((epoch, node), log) in logs.iter_mut().filter(|(_, it)| it.committed != it.noted) {
        usage::set_watermark(tx, node, *epoch, log.committed, log.newer).await?;
        (log.noted, log.newer) = (log.committed, 0);
    }
    Ok(())
}

/// How far the log is committed when the router has nothing before these events. What lies between is in no table any
/// more, after a restore of an older database for instance; refusing the rest as well would lose more.
fn past_lost((epoch, node): &LogId, events: &[UsageRecord], committed: u64) -> u64 {
    let before_first = events.first().map_or(0, |event| event.sequence - 1);
    if before_first > committed {
        let lost = before_first - committed;
        tracing::error!(node, epoch, committed, lost, "usage events are in no table and on no router any more");
    }
    committed.max(before_first)
}

/// The events that are not in the tables yet.
fn fresh(mut events: Vec<UsageRecord>, epoch: u64, committed: u64) -> Result<Vec<UsageRecord>, IngestError> {
    events.retain(|event| event.sequence > committed);
    match events.first() {
        Some(event) if event.sequence != committed + 1 => {
            Err(IngestError::Gap { epoch, committed, first: event.sequence })
        }
        _ => Ok(events),
    }
}

/// Adds events and what they sum up to.
async fn add(tx: &mut Tx, events: &[StoredEvent], keys: &mut RollupKeys) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    usage::insert_events(tx, events).await?;
    Rollups::of(events).write(tx, keys).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(sequences: std::ops::RangeInclusive<u64>) -> Vec<UsageRecord> {
        sequences.map(|sequence| UsageRecord { sequence, ..UsageRecord::default() }).collect()
    }

    #[test]
    fn a_gap_that_cannot_be_filled_is_passed_over() {
        let log = (9, "n".to_owned());
        assert_eq!(past_lost(&log, &events(5..=6), 3), 4);
        assert_eq!(past_lost(&log, &events(5..=6), 4), 4);
        assert_eq!(past_lost(&log, &events(1..=2), 7), 7);
        assert_eq!(past_lost(&log, &[], 7), 7);
    }

    #[test]
    fn what_is_committed_is_skipped_and_a_gap_is_refused() {
        let kept = |sequences, committed| {
            fresh(events(sequences), 9, committed)
                .map(|fresh| fresh.iter().map(|event| event.sequence).collect::<Vec<_>>())
        };
        assert_eq!(kept(1..=3, 0), Ok(vec![1, 2, 3]));
        assert_eq!(kept(1..=3, 2), Ok(vec![3]));
        assert_eq!(kept(1..=3, 3), Ok(vec![]));
        assert_eq!(kept(1..=3, 7), Ok(vec![]));
        assert_eq!(kept(5..=6, 3), Err(IngestError::Gap { epoch: 9, committed: 3, first: 5 }));
    }
}
