//! Who looked: every request to the admin API is recorded, in batches, so that looking never waits for the database's one
//! writer.

use std::time::Duration;

use tokio::{
    sync::mpsc::{self, OwnedPermit},
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    clock::now_ms,
    store::{
        Store, StoreError,
        audit::{self, AccessEvent},
    },
};

/// Requests that may be under way or wait to be recorded.
const QUEUE: usize = 1024;
/// Records that one transaction writes.
const BATCH: usize = 256;
/// How long after a batch the next one is written: the most that a killed process can lose.
const EVERY: Duration = Duration::from_millis(200);
/// How long a request waits for a place in the queue.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often writing is tried again once nothing can be recorded any more because the control plane stops.
const LAST_TRIES: u32 = 5;
/// The status of a request that was given up before it was answered.
const GIVEN_UP: u16 = 499;

/// Records requests. Cloning shares the queue; the task that writes it ends after the last clone.
#[derive(Clone)]
pub struct AccessLog(mpsc::Sender<AccessEvent>);

/// A request that will be recorded, whatever becomes of it: its place in the queue is taken before it is served.
pub struct Recorded {
    place: Option<OwnedPermit<AccessEvent>>,
    event: AccessEvent,
}

impl AccessLog {
    /// Starts recording.
    pub fn start(store: Store) -> (Self, JoinHandle<()>) {
        let (sender, events) = mpsc::channel(QUEUE);
        (Self(sender), tokio::spawn(write(store, events)))
    }

    /// Takes a place for a request; `None`: records have not been written for so long that the queue is full. Nothing is
    /// ever left out to make room.
    pub async fn record(&self, actor: &str, method: &str, route: &'static str) -> Option<Recorded> {
        let place = timeout(PATIENCE, self.0.clone().reserve_owned()).await.ok()?.ok()?;
        let (actor, method) = (actor.to_owned(), method.to_owned());
        let event = AccessEvent { at_ms: now_ms(), actor, method, route, status: GIVEN_UP };
        Some(Recorded { place: Some(place), event })
    }
}

impl Recorded {
    /// The request was answered.
    pub fn answered(mut self, status: u16) {
        self.event.status = status;
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            place.send(self.event.clone());
        }
    }
}

async fn write(store: Store, mut events: mpsc::Receiver<AccessEvent>) {
    let mut batch = Vec::with_capacity(BATCH);
    while events.recv_many(&mut batch, BATCH).await > 0 {
        let mut tries = 0;
        while let Err(error) = write_batch(&store, &batch).await {
            tries += 1;
            if events.is_closed() && tries > LAST_TRIES {
                let lost = batch.len() + events.len();
                tracing::error!(%error, lost, "admin requests are not recorded in admin_access_events");
                return;
            }
            tracing::warn!(%error, "admin requests cannot be recorded; tried again");
            sleep(EVERY).await;
        }
        batch.clear();
        sleep(EVERY).await;
    }
}

async fn write_batch(store: &Store, batch: &[AccessEvent]) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    for event in batch {
        audit::record_access(&mut tx, event).await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use futures_util::FutureExt;

    use super::*;

    async fn store(dir: &std::path::Path) -> Store {
        let store = Store::connect(&format!("sqlite://{}", dir.join("store.db").display())).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    async fn recorded(store: &Store) -> i64 {
        sqlx::query_scalar("select count(*) from admin_access_events").fetch_one(store.read()).await.unwrap()
    }

    #[tokio::test]
    async fn a_full_queue_is_waited_for_and_nothing_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path()).await;
        let (log, writing) = AccessLog::start(store.clone());
        let writer = store.write().await.unwrap();
        let mut count = 0;
        let blocked = loop {
            let log = log.clone();
            let mut next = Box::pin(async move { log.record("a", "GET", "/x").await });
            match next.as_mut().now_or_never() {
                Some(place) => place.unwrap().answered(200),
                None => break next,
            }
            count += 1;
            // The task takes a first batch out of the queue.
            tokio::task::yield_now().await;
        };
        assert!(count >= QUEUE);
        writer.commit().await.unwrap();
        blocked.await.unwrap().answered(200);
        drop(log);
        writing.await.unwrap();
        assert_eq!(recorded(&store).await, count as i64 + 1);
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_is_recorded_too() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path()).await;
        let (log, writing) = AccessLog::start(store.clone());
        drop(log.record("a", "GET", "/x").await.unwrap());
        drop(log);
        writing.await.unwrap();
        let status: i64 =
            sqlx::query_scalar("select status from admin_access_events").fetch_one(store.read()).await.unwrap();
        assert_eq!(status, 499);
    }
}
