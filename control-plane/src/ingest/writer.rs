use std::collections::BTreeMap;

use control_plane_core::usage::UsageRecord;

use super::{batch::Batch, error::IngestError, rollups::Rollups};
use crate::{
    metrics::Metrics,
    store::{
        Store, StoreError, Tx,
        usage::{self, StoredEvent},
    },
};

/// The log of a router: its node and epoch.
type Log = (String, u64);

/// Writes batches in one transaction. Answers for each, in their order, how far its log is committed, or that it leaves
/// a gap; a gap in one batch does not concern the others.
pub(super) async fn write(
    store: &Store,
    batches: Vec<Batch>,
    metrics: &Metrics,
) -> Result<Vec<Result<u64, IngestError>>, StoreError> {
    let mut tx = store.write().await?;
    let before = watermarks(&mut tx, &batches).await?;
    let mut now = before.clone();
    let mut newer: BTreeMap<Log, u64> = BTreeMap::new();
    let mut answers = Vec::with_capacity(batches.len());
    let mut events = Vec::new();
    for batch in batches {
        let log = (batch.node, batch.epoch);
        let committed = now.get_mut(&log).expect("every log of the group was locked");
        if batch.nothing_older {
            *committed = past_lost(&log, &batch.records, *committed);
        }
        match fresh(batch.records, batch.epoch, *committed) {
            Ok(fresh) => {
                let not_understood = batch.newer.iter().filter(|it| **it > *committed).count() as u64;
                *newer.entry(log.clone()).or_default() += not_understood;
                *committed = fresh.last().map_or(*committed, |event| event.sequence);
                answers.push(Ok(*committed));
                events.extend(fresh.into_iter().map(|record| StoredEvent {
                    node: log.0.clone(),
                    epoch: log.1,
                    record,
                }));
            }
            Err(gap) => {
                tracing::warn!(node = log.0, error = %gap, "a batch of usage events is refused");
                answers.push(Err(gap));
            }
        }
    }
    add(&mut tx, &events).await?;
    for (log, committed) in now.iter().filter(|(log, committed)| before.get(log) != Some(committed)) {
        let newer = newer.get(log).copied().unwrap_or_default();
        usage::set_watermark(&mut tx, &log.0, log.1, *committed, newer).await?;
    }
    tx.commit().await?;
    metrics.ingested(events.iter().map(|it| &it.record));
    Ok(answers)
}

/// Locks every log of the group, always in the same order, so that two replicas never wait for each other.
async fn watermarks(tx: &mut Tx, batches: &[Batch]) -> Result<BTreeMap<Log, u64>, StoreError> {
    let mut watermarks: BTreeMap<Log, u64> =
        batches.iter().map(|batch| ((batch.node.clone(), batch.epoch), 0)).collect();
    for ((node, epoch), committed) in &mut watermarks {
        *committed = usage::lock_watermark(tx, node, *epoch).await?;
    }
    Ok(watermarks)
}

/// How far the log is committed when the router has nothing before these events. What lies between is in no table any
/// more, after a restore of an older database for instance; refusing the rest as well would lose more.
fn past_lost((node, epoch): &Log, events: &[UsageRecord], committed: u64) -> u64 {
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
async fn add(tx: &mut Tx, events: &[StoredEvent]) -> Result<(), StoreError> {
    let mut rollups = Rollups::default();
    for event in events {
        rollups.add(&event.record);
    }
    usage::insert_events(tx, events).await?;
    rollups.write(tx).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(sequences: std::ops::RangeInclusive<u64>) -> Vec<UsageRecord> {
        sequences.map(|sequence| UsageRecord { sequence, ..UsageRecord::default() }).collect()
    }

    #[test]
    fn a_gap_that_cannot_be_filled_is_passed_over() {
        let log = ("n".to_owned(), 9);
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
