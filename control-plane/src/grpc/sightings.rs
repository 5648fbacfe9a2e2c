//! What streams teach about routers, written to the table a few times a second at most, however many routers there are:
//! a stream never waits for the database.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use super::node_auth::second_use;
use crate::{
    clock,
    store::{
        Store, StoreError,
        node::{self, Gap, Rejection, Sighting},
    },
};

const FLUSH: Duration = Duration::from_millis(250);
/// An open stream is recorded again when its last record is this old: `core::node::AWAY_AFTER_MS` allows for several.
const REFRESH_MS: i64 = 5_000;

/// All streams of this replica. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Sightings(Arc<Mutex<HashMap<String, DueSighting>>>);

struct DueSighting {
    sighting: Sighting,
    due: Due,
}

/// What the table does not know yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// The stream.
    Opened,
    /// What it taught since.
    Changed,
    /// Nothing.
    Recorded,
    /// Its end.
    Closed,
}

/// One router's stream; dropping it records its end.
pub(super) struct Stream {
    sightings: Sightings,
    id: String,
}

impl Sightings {
    /// A router has opened a stream.
    pub fn open(&self, sighting: Sighting) -> Stream {
        let id = sighting.stream_id.clone();
        self.lock().insert(id.clone(), DueSighting { sighting, due: Due::Opened });
        Stream { sightings: self.clone(), id }
    }

    /// Writes what is new to the table until `stop`, and once more then.
    pub async fn record(self, store: Store, stop: CancellationToken) {
        let mut failing = false;
        loop {
            let stopped = stop.run_until_cancelled(tokio::time::sleep(FLUSH)).await.is_none();
            let outcome = self.flush(&store, clock::now_ms()).await;
            match (&outcome, failing) {
                (Err(error), false) => tracing::error!(%error, "the state of routers cannot be recorded"),
                (Ok(()), true) => tracing::info!("the state of routers is recorded again"),
                _ => {}
            }
            failing = outcome.is_err();
            if stopped {
                return;
            }
        }
    }

    async fn flush(&self, store: &Store, now_ms: i64) -> Result<(), StoreError> {
        let due = self.take_due(now_ms);
        if due.is_empty() {
            return Ok(());
        }
        let outcome = write(store, &due).await;
        if outcome.is_err() {
            self.give_back(due);
        }
        outcome
    }

    /// What the table does not know yet, by router, so that two replicas never wait for each other.
    fn take_due(&self, now_ms: i64) -> Vec<DueSighting> {
        let mut entries = self.lock();
        let mut due = Vec::new();
        entries.retain(|_, entry| {
            if entry.due == Due::Recorded && now_ms - entry.sighting.seen_ms < REFRESH_MS {
                return true;
            }
            let ended = entry.due == Due::Closed;
            if !ended {
                entry.sighting.seen_ms = now_ms;
            }
            due.push(DueSighting { sighting: entry.sighting.clone(), due: entry.due });
            entry.due = Due::Recorded;
            !ended
        });
        due.sort_by(|a, b| a.sighting.node.cmp(&b.sighting.node));
        due
    }

    fn give_back(&self, due: Vec<DueSighting>) {
        let mut entries = self.lock();
        for late in due {
            match (entries.get_mut(&late.sighting.stream_id), late.due) {
                (Some(entry), _) if entry.due != Due::Closed => entry.due = late.due,
                // It ended before the failure.
                (None, Due::Closed) => {
                    entries.insert(late.sighting.stream_id.clone(), late);
                }
                // It ended since: there is only that to record.
                (Some(_) | None, _) => {}
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, DueSighting>> {
        // Every change under the lock is whole: a panic elsewhere leaves nothing half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(store: &Store, due: &[DueSighting]) -> Result<(), StoreError> {
    let mut doubled = Vec::new();
    let mut tx = store.write().await?;
    for DueSighting { sighting, due } in due {
        match due {
            Due::Opened => node::opened(&mut tx, sighting).await?,
            Due::Changed => node::observed(&mut tx, sighting).await?,
            Due::Recorded => {
                node::resumed(&mut tx, sighting).await?;
                node::observed(&mut tx, sighting).await?;
                if node::is_doubled(&mut tx, sighting).await? {
                    doubled.push(sighting.node.clone());
                }
            }
            Due::Closed => node::closed(&mut tx, &sighting.node, &sighting.stream_id).await?,
        }
    }
    tx.commit().await?;
    for node in doubled {
        if second_use(store, &node).await? {
            tracing::error!(node, "two processes use one router's credential at once: its files were copied");
        }
    }
    Ok(())
}

impl Stream {
    /// The router took a version over; a refusal of that or an older one is history.
    pub fn acked(&self, version: u64, gaps: Vec<Gap>) {
        self.change(|sighting| {
            sighting.held_version = version;
            sighting.gaps = gaps;
            sighting.rejection = sighting.rejection.take().filter(|rejection| rejection.version > version);
        });
    }

    /// The router says what is wrong with itself, and how much usage it has not sent.
    #[cfg(not(feature = "frozen-contract"))]
    pub fn reported(&self, problems: Vec<String>, unsent_events: Option<u64>) {
        self.change(|sighting| (sighting.problems, sighting.unsent_events) = (problems, unsent_events));
    }

    /// The router refused a version.
    pub fn nacked(&self, rejection: Rejection) {
        self.change(|sighting| sighting.rejection = Some(rejection));
    }

    fn change(&self, change: impl FnOnce(&mut Sighting)) {
        if let Some(entry) = self.sightings.lock().get_mut(&self.id) {
            change(&mut entry.sighting);
            if entry.due == Due::Recorded {
                entry.due = Due::Changed;
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(entry) = self.sightings.lock().get_mut(&self.id) {
            entry.due = Due::Closed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(stream_id: &str) -> Sighting {
        Sighting {
            node: "n".into(),
            stream_id: stream_id.into(),
            instance: String::new(),
            region: String::new(),
            build: String::new(),
            held_version: 0,
            gaps: Vec::new(),
            problems: Vec::new(),
            unsent_events: None,
            rejection: None,
            closed_tokens: None,
            seen_ms: 0,
        }
    }

    fn due(sightings: &Sightings, now_ms: i64) -> Vec<(String, Due)> {
        sightings.take_due(now_ms).into_iter().map(|entry| (entry.sighting.stream_id, entry.due)).collect()
    }

    #[test]
    fn each_change_is_due_once_and_an_open_stream_from_time_to_time() {
        let sightings = Sightings::default();
        let stream = sightings.open(sighting("s"));
        assert_eq!(due(&sightings, 10), [("s".into(), Due::Opened)]);
        assert_eq!(due(&sightings, 20), []);
        stream.acked(3, Vec::new());
        assert_eq!(due(&sightings, 30), [("s".into(), Due::Changed)]);
        assert_eq!(due(&sightings, 30 + REFRESH_MS - 1), []);
        assert_eq!(due(&sightings, 30 + REFRESH_MS), [("s".into(), Due::Recorded)]);
        drop(stream);
        assert_eq!(due(&sightings, 40 + REFRESH_MS), [("s".into(), Due::Closed)]);
        assert_eq!(due(&sightings, 90 + REFRESH_MS), []);
    }

    #[test]
    fn what_could_not_be_written_is_due_again() {
        let sightings = Sightings::default();
        let stream = sightings.open(sighting("s"));
        let failed = sightings.take_due(10);
        stream.acked(1, Vec::new());
        sightings.give_back(failed);
        assert_eq!(due(&sightings, 20), [("s".into(), Due::Opened)]);
        drop(stream);
        let failed = sightings.take_due(30);
        sightings.give_back(failed);
        assert_eq!(due(&sightings, 40), [("s".into(), Due::Closed)]);
        assert!(sightings.lock().is_empty());
    }

    #[test]
    fn a_newer_version_ends_a_rejection() {
        let sightings = Sightings::default();
        let stream = sightings.open(sighting("s"));
        stream.nacked(Rejection { version: 5, at_ms: 1, errors: Vec::new() });
        let rejected = |now_ms| sightings.take_due(now_ms).pop().and_then(|entry| entry.sighting.rejection);
        assert_eq!(rejected(10).map(|rejection| rejection.version), Some(5));
        stream.acked(4, Vec::new());
        assert_eq!(rejected(20).map(|rejection| rejection.version), Some(5));
        stream.acked(6, Vec::new());
        assert_eq!(rejected(30), None);
    }
}
