use proto::v1::{UsageBatch, UsageEvent};

use super::clip;

/// The largest number that a BIGINT holds.
const MAX_NUMBER: u64 = i64::MAX.unsigned_abs();

/// Events of one router's log, checked: ascending without gaps, and each fits the tables.
pub struct Batch {
    pub(super) node: String,
    pub(super) epoch: u64,
    pub(super) events: Vec<UsageEvent>,
    /// The router has no event before the first one.
    pub(super) nothing_older: bool,
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
        let UsageBatch { epoch, mut events, nothing_older } = batch;
        if epoch > MAX_NUMBER {
            return Err(InvalidBatch::Epoch(epoch));
        }
        for event in &events {
            if event.sequence == 0 || event.sequence > MAX_NUMBER {
                return Err(InvalidBatch::Sequence(event.sequence));
            }
        }
        for pair in events.windows(2) {
            let (last, next) = (pair[0].sequence, pair[1].sequence);
            if next != last + 1 {
                return Err(InvalidBatch::Gap { epoch, last, next });
            }
        }
        events.iter_mut().for_each(clip::clip);
        Ok(Self { node: node.to_owned(), epoch, events, nothing_older })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(epoch: u64, sequences: &[u64]) -> UsageBatch {
        let events = sequences.iter().map(|&sequence| UsageEvent { sequence, ..UsageEvent::default() }).collect();
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
        assert_eq!(check(3, &[2, 2]), Some(InvalidBatch::Gap { epoch: 3, last: 2, next: 2 }));
    }
}
