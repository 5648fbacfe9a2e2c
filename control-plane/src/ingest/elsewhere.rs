//! What other nodes have delivered of the same log. A router gets another node id when it joins again, with a new
//! credential for instance, and goes on with the log that it has: an event of it is counted once, whoever brings it.

use std::collections::BTreeMap;

use control_plane_core::usage::UsageRecord;

use crate::store::{StoreError, Tx, usage};

/// How far other nodes have come, each with its last event.
pub(super) type Others = [(String, u64)];

/// How far the log is committed when others have delivered what comes before these events.
pub(super) fn continued(committed: u64, events: &[UsageRecord], others: &Others) -> u64 {
    let before_first = events.first().map_or(0, |event| event.sequence - 1);
    let farthest = others.iter().map(|(_, last)| *last).max().unwrap_or(0);
    committed.max(before_first.min(farthest))
}

/// The events that no other node has delivered.
pub(super) async fn uncounted(
    tx: &mut Tx,
    epoch: u64,
    others: &Others,
    mut events: Vec<UsageRecord>,
) -> Result<Vec<UsageRecord>, StoreError> {
    for (node, last) in others {
        let (Some(first), Some(end)) = (events.first(), events.last()) else { break };
        let asked = (first.sequence, end.sequence.min(*last));
        if asked.0 > asked.1 {
            continue;
        }
        let theirs = usage::requests_of(tx, node, epoch, asked).await?;
        events.retain(|event| !delivered(event, *last, &theirs));
    }
    Ok(events)
}

/// Whether a node that has delivered a log up to its event `last` has delivered this one. The same number may be another
/// request where one of the two goes on with a copy of the log. A row that is no more was there.
fn delivered(event: &UsageRecord, last: u64, theirs: &BTreeMap<u64, String>) -> bool {
    event.sequence <= last && theirs.get(&event.sequence).is_none_or(|request| *request == event.request_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(sequence: u64, request_id: &str) -> UsageRecord {
        UsageRecord { sequence, request_id: request_id.to_owned(), ..UsageRecord::default() }
    }

    #[test]
    fn a_log_goes_on_where_another_node_was() {
        let others = [("a".to_owned(), 7), ("b".to_owned(), 3)];
        for (committed, first, expected) in [(0, 1, 0), (0, 5, 4), (0, 8, 7), (0, 9, 7), (5, 3, 5), (9, 12, 9)] {
            assert_eq!(continued(committed, &[event(first, "")], &others), expected, "{committed}, {first}");
        }
        assert_eq!(continued(2, &[], &others), 2);
        assert_eq!(continued(0, &[event(5, "")], &[]), 0);
    }

    #[test]
    fn the_same_number_of_another_request_is_another_event() {
        let theirs = BTreeMap::from([(2, "two".to_owned()), (9, "nine".to_owned())]);
        assert!(delivered(&event(2, "two"), 5, &theirs));
        assert!(!delivered(&event(2, "else"), 5, &theirs));
        assert!(delivered(&event(3, "its row is no more"), 5, &theirs));
        assert!(!delivered(&event(6, "not yet"), 5, &theirs));
    }
}
