use control_plane_core::usage::UsageRecord;
use proto::v1::UsageBatch;

use super::read::{Read, read};
use crate::clock;

/// The largest number that a BIGINT holds.
const MAX_NUMBER: u64 = i64::MAX.unsigned_abs();

/// Events of one router's log, checked: ascending without gaps, and each fits the tables.
pub struct Batch {
    pub(super) node: String,
    pub(super) epoch: u64,
    pub(super) records: Vec<UsageRecord>,
    /// The router has no event before the first one.
    pub(super) nothing_older: bool,
    /// Numbers of those that say more than this version understands.
    pub(super) newer: Vec<u64>,
}

/// A batch that cannot be counted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBatch {
    /// The number is not one that the tables hold.
    #[error("epoch {0} is beyond 2^63 - 1: begin a new log")]
    Epoch(u64),
    /// The number is not one that the tables hold.
    #[error("sequence {0} is not within 1 and 2^63 - 1: begin a new log")]
    Sequence(u64),
    /// It is no event.
    #[error("event {place} of a batch of epoch {epoch} cannot be decoded: {reason}")]
    Undecodable {
        /// The life of the log.
        epoch: u64,
        /// Its place in the batch, from 1.
        place: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Events are missing or out of order.
    #[error(
        "sequence {next} follows {last} in one batch of epoch {epoch}: events come in ascending order without gaps"
    )]
    Gap {
        /// The life of the log.
        epoch: u64,
        /// The event before.
        last: u64,
        /// The event that should have been `last + 1`.
        next: u64,
    },
}

impl Batch {
    /// Checks a batch as a router sent it. A batch without events asks how far the log is committed.
    pub fn new(node: &str, batch: UsageBatch) -> Result<Self, InvalidBatch> {
        let UsageBatch { epoch, events, nothing_older } = batch;
        if epoch > MAX_NUMBER {
            return Err(InvalidBatch::Epoch(epoch));
        }
        let now_ms = clock::now_ms();
        let mut records: Vec<UsageRecord> = Vec::with_capacity(events.len());
        let mut newer = Vec::new();
        for (place, event) in (1..).zip(&events) {
            let Read { record, newer: more } = read(event, now_ms).map_err(|error| InvalidBatch::Undecodable {
                epoch,
                place,
                reason: error.to_string(),
            })?;
            let next = record.sequence;
            if next == 0 || next > MAX_NUMBER {
                return Err(InvalidBatch::Sequence(next));
            }
            if let Some(last) = records.last().map(|it| it.sequence).filter(|last| *last + 1 != next) {
                return Err(InvalidBatch::Gap { epoch, last, next });
            }
            newer.extend(more.then_some(next));
            records.push(record);
        }
        Ok(Self { node: node.to_owned(), epoch, records, nothing_older, newer })
    }

    /// Whether an event says more than this version understands. Its row says so, too.
    pub fn is_newer(&self) -> bool {
        !self.newer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use proto::v1::UsageEvent;

    use super::*;

    fn batch(epoch: u64, sequences: &[u64]) -> UsageBatch {
        let event = |&sequence| UsageEvent { sequence, ..UsageEvent::default() }.encode_to_vec().into();
        let events = sequences.iter().map(event).collect();
        UsageBatch { epoch, events, ..UsageBatch::default() }
    }

    #[test]
    fn only_ascending_numbers_without_gaps_pass() {
        let check = |epoch, sequences: &[u64]| Batch::new("n", batch(epoch, sequences)).err();
        assert_eq!(check(0, &[]), None);
        assert_eq!(check(MAX_NUMBER, &[7, 8, 9]), None);
        assert_eq!(check(MAX_NUMBER + 1, &[1]), Some(InvalidBatch::Epoch(MAX_NUMBER + 1)));
        assert_eq!(check(1, &[0, 1]), Some(InvalidBatch::Sequence(0)));
        assert_eq!(check(1, &[MAX_NUMBER, u64::MAX]), Some(InvalidBatch::Sequence(u64::MAX)));
        assert_eq!(check(3, &[1, 3]), Some(InvalidBatch::Gap { epoch: 3, last: 1, next: 3 }));
        assert_eq!(check(3, &[2, 1]), Some(InvalidBatch::Gap { epoch: 3, last: 2, next: 1 }));
        let odd = UsageBatch { epoch: 3, events: vec![vec![0xff].into()], ..UsageBatch::default() };
        assert!(matches!(Batch::new("n", odd).err(), Some(InvalidBatch::Undecodable { epoch: 3, place: 1, .. })));
        assert_eq!(check(3, &[2, 2]), Some(InvalidBatch::Gap { epoch: 3, last: 2, next: 2 }));
    }
}
