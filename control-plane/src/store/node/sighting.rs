//! What streams teach of their routers: columns of `nodes`.

use std::sync::Arc;

use serde::Serialize;

use super::{ClosedTokens, Gap, Rejection};
use crate::store::{StoreError, Tx, codec};

/// What the control plane at the other end of a router's stream knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The router.
    pub node: String,
    /// The stream, unique for ever.
    pub stream_id: String,
    /// The router's process; empty: it does not say.
    pub instance: String,
    /// Where it says it runs.
    pub region: String,
    /// Its build.
    pub build: String,
    /// The version that it holds; 0: none.
    pub held_version: u64,
    /// What of that it does not understand.
    pub gaps: Vec<Gap>,
    /// What it refused last, unless it has replaced it since.
    pub rejection: Option<Rejection>,
    /// What it says is wrong with itself.
    pub problems: Vec<String>,
    /// Usage events that it has not sent; `None`: it does not say.
    pub unsent_events: Option<u64>,
    /// The tokens that are closed in what it holds, where that is newer than what is published.
    pub closed_tokens: Option<Arc<ClosedTokens>>,
    /// When.
    pub seen_ms: i64,
}

/// Whether another process has opened the router's stream a while ago and still has it, although this one is there, too.
pub async fn is_doubled(tx: &mut Tx, sighting: &Sighting) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "select id from nodes where id = $1 and stream_id <> $2 and stream_id <> '' and instance <> $3 and $3 <> '' \
         and opened_ms < $4 - 30000 and last_seen_ms >= $4 - 15000",
    )
    .bind(&sighting.node)
    .bind(&sighting.stream_id)
    .bind(&sighting.instance)
    .bind(sighting.seen_ms)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.is_some())
}

/// Records a new stream; it replaces whatever stream was recorded before, on this replica or another.
pub async fn opened(tx: &mut Tx, sighting: &Sighting) -> Result<(), StoreError> {
    sqlx::query("update nodes set stream_id = $2, instance = $3, opened_ms = $4 where id = $1")
        .bind(&sighting.node)
        .bind(&sighting.stream_id)
        .bind(&sighting.instance)
        .bind(sighting.seen_ms)
        .execute(tx.connection())
        .await?;
    observed(tx, sighting).await
}

/// Gives a router's place to a stream that is still open, if the one that was recorded since has ended, or was lost with its
/// replica.
pub async fn resumed(tx: &mut Tx, sighting: &Sighting) -> Result<(), StoreError> {
    sqlx::query(
        "update nodes set stream_id = $2, instance = $3, opened_ms = $4 where id = $1 and stream_id <> $2 \
         and (stream_id = '' or last_seen_ms < $4 - 15000)",
    )
    .bind(&sighting.node)
    .bind(&sighting.stream_id)
    .bind(&sighting.instance)
    .bind(sighting.seen_ms)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Records what a stream taught, unless the router has opened another stream since.
pub async fn observed(tx: &mut Tx, sighting: &Sighting) -> Result<(), StoreError> {
    let rejection = sighting.rejection.as_ref();
    let gaps = listed(&sighting.gaps);
    let closed = sighting.closed_tokens.as_deref();
    let closed = closed.map(|it| serde_json::to_string(it).expect("strings always become JSON"));
    let errors =
        rejection.map(|rejection| serde_json::to_string(&rejection.errors).expect("strings always become JSON"));
    sqlx::query(
        "update nodes set region = $3, build = $4, last_seen_ms = $5, held_version = $6, rejected_version = $7, \
         rejected_ms = $8, rejection = $9, gaps = $10, closed_tokens = $11, problems = $12, unsent_events = $13 \
         where id = $1 and stream_id = $2",
    )
    .bind(&sighting.node)
    .bind(&sighting.stream_id)
    .bind(&sighting.region)
    .bind(&sighting.build)
    .bind(sighting.seen_ms)
    .bind(codec::stored(sighting.held_version))
    .bind(rejection.map(|rejection| codec::stored(rejection.version)))
    .bind(rejection.map(|rejection| rejection.at_ms))
    .bind(errors)
    .bind(gaps)
    .bind(closed)
    .bind(listed(&sighting.problems))
    .bind(sighting.unsent_events.map(codec::stored))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Records the end of a stream, unless the router has opened another since.
pub async fn closed(tx: &mut Tx, node: &str, stream_id: &str) -> Result<(), StoreError> {
    sqlx::query("update nodes set stream_id = '' where id = $1 and stream_id = $2")
        .bind(node)
        .bind(stream_id)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// `None`: nothing.
fn listed<T: Serialize>(list: &[T]) -> Option<String> {
    (!list.is_empty()).then(|| serde_json::to_string(list).expect("strings always become JSON"))
}
