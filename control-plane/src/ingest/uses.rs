use std::collections::{BTreeMap, HashMap};

use crate::store::{StoreError, Tx, token_use, usage::StoredEvent};

/// A use that is younger than the recorded one by less is not worth a write.
const WORTH_MS: i64 = 60_000;
/// So many tokens are remembered; beyond, all are forgotten, which costs a write for each.
const REMEMBERED: usize = 100_000;

/// When each token was used last, as far as this process wrote it down.
#[derive(Default)]
pub(super) struct Uses(HashMap<String, i64>);

/// What a transaction writes down.
pub(super) type NewUses = BTreeMap<String, i64>;

impl Uses {
    /// The uses that the table should know of. A router's clock may run ahead: nothing was used in the future.
    pub fn due(&self, events: &[StoredEvent], now_ms: i64) -> NewUses {
        let mut due = NewUses::new();
        for record in events.iter().map(|it| &it.record).filter(|it| !it.token.is_empty()) {
            let at = record.started_ms.min(now_ms);
            let known = due.get(&record.token).or(self.0.get(&record.token));
            if known.is_none_or(|known| at >= known.saturating_add(WORTH_MS)) {
                due.insert(record.token.clone(), at);
            }
        }
        due
    }

    /// Writes them down, in the order of the tokens, so that two replicas never wait for each other.
    pub async fn write(tx: &mut Tx, due: &NewUses) -> Result<(), StoreError> {
        for (token, at) in due {
            token_use::record(tx, token, *at).await?;
        }
        Ok(())
    }

    /// They are in the table.
    pub fn written(&mut self, due: NewUses) {
        if self.0.len() > REMEMBERED {
            self.0.clear();
        }
        self.0.extend(due);
    }
}

#[cfg(test)]
mod tests {
    use control_plane_core::usage::UsageRecord;

    use super::*;

    fn event(token: &str, started_ms: i64) -> StoredEvent {
        let record = UsageRecord { token: token.to_owned(), started_ms, ..UsageRecord::default() };
        StoredEvent { node: "n".to_owned(), epoch: 1, record }
    }

    #[test]
    fn a_use_is_due_once_a_minute_and_never_in_the_future() {
        let mut uses = Uses::default();
        let due = |uses: &Uses, events: &[StoredEvent]| uses.due(events, 1_000_000).into_iter().collect::<Vec<_>>();
        let first = [event("a", 1_000), event("a", 30_000), event("", 2_000), event("b", 9_000_000)];
        assert_eq!(due(&uses, &first), [("a".to_owned(), 1_000), ("b".to_owned(), 1_000_000)]);
        uses.written(uses.due(&first, 1_000_000));
        assert_eq!(due(&uses, &[event("a", 60_999), event("a", 500)]), []);
        assert_eq!(due(&uses, &[event("a", 61_000)]), [("a".to_owned(), 61_000)]);
    }
}
