//! What pages ask first is asked before: whole days are added up and remembered, and what keys of roll-ups mean is read. With many
//! callers that takes seconds, which nobody has to wait for.

use std::time::Duration;

use control_plane_core::{
    insight::{SeriesQuery, SeriesRequest, TotalsRequest},
    permission::Visible,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::now_ms,
    manage::insight,
    store::{Store, StoreError},
};

/// Days end, and what is remembered of others is forgotten for newer ones.
const EVERY: Duration = Duration::from_hours(1);
/// The longest period that pages offer beside the usual one.
const SINCE: &str = "30d";
/// One question to each table of days that pages group by; the first two take how long requests were.
const ASKED: [(&str, &str); 7] = [
    ("", "spend,latency_p95"),
    ("model", "spend,latency_p95"),
    ("caller", "spend"),
    ("project", "spend"),
    ("client", "spend"),
    ("project,model", "spend"),
    ("caller,model", "spend"),
];

/// Asks at the start, and once an hour until `stop`.
pub(super) fn start(store: Store, stop: CancellationToken) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            match stop.run_until_cancelled(ask(&store)).await {
                None => return,
                Some(Err(error)) => tracing::debug!(%error, "days were not added up before they are asked for"),
                Some(Ok(())) => {}
            }
            if stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                return;
            }
        }
    })
}

async fn ask(store: &Store) -> Result<(), StoreError> {
    let totals = TotalsRequest::parse(SINCE, "", &[], now_ms()).expect("these words are known");
    insight::totals(store, &Visible::All, totals).await?;
    for (group_by, metrics) in ASKED {
        let query = SeriesQuery {
            since: SINCE.to_owned(),
            group_by: vec![group_by.to_owned()],
            metrics: vec![metrics.to_owned()],
            ..SeriesQuery::default()
        };
        let request = SeriesRequest::parse(&query, now_ms()).expect("these words are known");
        insight::series(store, &Visible::All, request).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_asked_before_can_be_asked() {
        let directory = tempfile::tempdir().expect("there is room");
        let url = format!("sqlite://{}", directory.path().join("store.db").display());
        let store = Store::connect(&url).await.expect("it is made");
        store.migrate().await.expect("it is empty");
        ask(&store).await.expect("it answers");
    }
}
