//! Table `nodes`.

pub mod rotation;
mod sighting;

use std::sync::Arc;

use control_plane_core::node::NodeState;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{AnyExecutor, Row, any::AnyRow};

use self::rotation::NextCredential;
use super::{StoreError, Tx, codec};

pub use sighting::{Sighting, closed, is_doubled, observed, opened, resumed};

/// A router as the store knows it; its credential's digest stays inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Also the public part of its credential.
    pub id: String,
    /// What the operator recognises: the host's name, unless set.
    pub name: String,
    /// Where it runs.
    pub region: String,
    /// Its build, as it told.
    pub build: String,
    /// Whether its credential is valid.
    pub state: NodeState,
    /// When it enrolled, milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When its credential was revoked; `None`: never.
    pub revoked_ms: Option<i64>,
    /// Whether a control plane recorded an open stream that it has not recorded as closed.
    pub stream_open: bool,
    /// When a control plane last knew it connected; `None`: never.
    pub last_seen_ms: Option<i64>,
    /// The snapshot that it said it holds; 0: none.
    pub held_version: u64,
    /// What of that it does not understand.
    pub gaps: Vec<Gap>,
    /// The newest snapshot that it refused and has not replaced since.
    pub rejection: Option<Rejection>,
    /// What it says is wrong with itself.
    pub problems: Vec<String>,
    /// Usage events that it had not sent when it was last heard of; `None`: it does not say.
    pub unsent_events: Option<u64>,
    /// Usage events that said more than was understood when they came.
    pub newer_usage_events: u64,
    /// The tokens that are closed in what it holds, where that is newer than the database.
    pub closed_tokens: Option<Arc<ClosedTokens>>,
    /// Whether it proves by a key of its own that a call is its own.
    pub has_key: bool,
    /// When its credential was last used by somebody else; `None`: never.
    pub second_use_ms: Option<i64>,
    /// Callers are to be sent elsewhere.
    pub drained: bool,
    /// When it was asked to replace its credential and has not yet; `None`: it was not.
    pub rotation_ms: Option<i64>,
    /// Since when its credential is in force.
    pub credential_ms: i64,
}

/// Tokens that a router knows to be closed, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedTokens {
    /// For good.
    pub revoked: Vec<String>,
    /// Until they are resumed.
    pub suspended: Vec<String>,
}

/// What a router does not understand of the snapshot that it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// `<kind>/<id>`.
    pub resource: String,
    /// The router's words.
    pub message: String,
    /// What is closed because of it; empty: it is left out.
    pub closes: Vec<String>,
}

/// A snapshot that a router refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The snapshot's version.
    pub version: u64,
    /// When.
    pub at_ms: i64,
    /// Why.
    pub errors: Vec<ResourceError>,
}

/// Why a router refused one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceError {
    /// `<kind>/<id>`; empty: the whole snapshot is at fault.
    pub resource: String,
    /// The router's words.
    pub message: String,
}

/// What authentication compares.
pub struct NodeCredential {
    /// SHA-256 of the whole credential.
    pub digest: [u8; 32],
    /// Whether it is still valid.
    pub state: NodeState,
    /// The key that has to sign each call; `None`: it joined before there were keys.
    pub public_key: Option<Vec<u8>>,
    /// What takes the place of both when it is first used.
    pub next: Option<NextCredential>,
    /// Grows with every credential that was replaced.
    pub generation: i64,
}

/// A router that enrols.
pub struct NewNode<'a> {
    /// Also the public part of its credential.
    pub id: &'a str,
    /// What the operator recognises.
    pub name: &'a str,
    /// Where it runs.
    pub region: &'a str,
    /// Its build.
    pub build: &'a str,
    /// SHA-256 of its whole credential.
    pub digest: [u8; 32],
    /// The key that it has made for itself.
    pub public_key: Option<&'a [u8]>,
    /// Now.
    pub created_ms: i64,
}

/// All routers, by id.
pub async fn list(db: impl AnyExecutor<'_>) -> Result<Vec<Node>, StoreError> {
    let rows = sqlx::query(
        "select id, name, region, build, state, created_ms, revoked_ms, stream_id, last_seen_ms, held_version, \
         gaps, rejected_version, rejected_ms, rejection, closed_tokens, second_use_ms, drained, problems, \
         unsent_events, rotation_ms, credential_ms, \
         case when public_key is null then 0 else 1 end as has_key, \
         (select cast(coalesce(sum(newer), 0) as bigint) from usage_watermarks where node = nodes.id) as newer_events \
         from nodes order by id",
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(node).collect()
}

/// How many routers that may connect hold a newer version than there is.
pub async fn ahead(db: impl AnyExecutor<'_>) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "select cast(count(*) as bigint) as ahead from nodes where state = 'active' and held_version > \
         (select value from sequences where name = 'version')",
    )
    .fetch_one(db)
    .await?;
    codec::unsigned(&row, "ahead")
}

/// What to compare a presented credential with; `None`: no such node.
pub async fn credential(db: impl AnyExecutor<'_>, id: &str) -> Result<Option<NodeCredential>, StoreError> {
    let row = sqlx::query("select credential_digest, state, public_key, next_digest, next_public_key, credential_ms from nodes where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(NodeCredential {
            digest: codec::digest(&row, "credential_digest")?,
            state: codec::word(&row, "state", NodeState::parse)?,
            public_key: row.try_get("public_key")?,
            next: match row.try_get("next_public_key")? {
                Some(public_key) => Some(NextCredential { digest: codec::digest(&row, "next_digest")?, public_key }),
                None => None,
            },
            generation: codec::bigint(&row, "credential_ms")?,
        })
    })
    .transpose()
}

/// Notes that a credential was used by somebody else. `false`: it was within the last hour, too.
pub async fn used_elsewhere(tx: &mut Tx, id: &str, now_ms: i64) -> Result<bool, StoreError> {
    let begun =
        sqlx::query("select id from nodes where id = $1 and (second_use_ms is null or second_use_ms < $2 - 3600000)")
            .bind(id)
            .bind(now_ms)
            .fetch_optional(tx.connection())
            .await?;
    sqlx::query("update nodes set second_use_ms = $2 where id = $1")
        .bind(id)
        .bind(now_ms)
        .execute(tx.connection())
        .await?;
    Ok(begun.is_some())
}

/// Forgets a router. `false`: there is none.
pub async fn forget(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("delete from nodes where id = $1").bind(id).execute(tx.connection()).await?;
    Ok(done.rows_affected() == 1)
}

/// Drains a router, or takes it back. `false`: there is none.
pub async fn drain(tx: &mut Tx, id: &str, drained: bool) -> Result<bool, StoreError> {
    let done = sqlx::query("update nodes set drained = $2 where id = $1")
        .bind(id)
        .bind(i64::from(drained))
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ids of all routers from which callers are to be sent elsewhere.
pub async fn drained(db: impl AnyExecutor<'_>) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("select id from nodes where drained = 1").fetch_all(db).await?;
    rows.iter().map(|row| codec::text(row, "id")).collect()
}

/// Ids of all routers whose credential is void.
pub async fn revoked(db: impl AnyExecutor<'_>) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("select id from nodes where state = 'revoked'").fetch_all(db).await?;
    rows.iter().map(|row| codec::text(row, "id")).collect()
}

/// Adds a router.
pub async fn insert(tx: &mut Tx, new: &NewNode<'_>) -> Result<(), StoreError> {
    sqlx::query(
        "insert into nodes (id, name, region, build, credential_digest, state, created_ms, revoked_ms, stream_id, \
         last_seen_ms, held_version, rejected_version, rejected_ms, rejection, public_key) \
         values ($1, $2, $3, $4, $5, 'active', $6, null, '', null, 0, null, null, null, $7)",
    )
    .bind(new.id)
    .bind(new.name)
    .bind(new.region)
    .bind(new.build)
    .bind(&new.digest[..])
    .bind(new.created_ms)
    .bind(new.public_key)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Voids a router's credential. `false`: no such node, or it was revoked before.
pub async fn revoke(tx: &mut Tx, id: &str, now_ms: i64) -> Result<bool, StoreError> {
    let done = sqlx::query("update nodes set state = 'revoked', revoked_ms = $2 where id = $1 and state = 'active'")
        .bind(id)
        .bind(now_ms)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected() == 1)
}

fn node(row: &AnyRow) -> Result<Node, StoreError> {
    Ok(Node {
        id: codec::text(row, "id")?,
        name: codec::text(row, "name")?,
        region: codec::text(row, "region")?,
        build: codec::text(row, "build")?,
        state: codec::word(row, "state", NodeState::parse)?,
        created_ms: codec::bigint(row, "created_ms")?,
        revoked_ms: codec::optional_bigint(row, "revoked_ms")?,
        stream_open: !row.try_get::<&str, _>("stream_id")?.is_empty(),
        last_seen_ms: codec::optional_bigint(row, "last_seen_ms")?,
        held_version: codec::unsigned(row, "held_version")?,
        gaps: list_of(row, "gaps")?,
        problems: list_of(row, "problems")?,
        unsent_events: codec::optional_bigint(row, "unsent_events")?.map(i64::unsigned_abs),
        rejection: rejection(row)?,
        newer_usage_events: codec::unsigned(row, "newer_events")?,
        closed_tokens: closed_tokens(row)?,
        has_key: codec::flag(row, "has_key")?,
        second_use_ms: codec::optional_bigint(row, "second_use_ms")?,
        drained: codec::flag(row, "drained")?,
        rotation_ms: codec::optional_bigint(row, "rotation_ms")?,
        credential_ms: match codec::bigint(row, "credential_ms")? {
            0 => codec::bigint(row, "created_ms")?,
            since => since,
        },
    })
}

fn closed_tokens(row: &AnyRow) -> Result<Option<Arc<ClosedTokens>>, StoreError> {
    let Some(text) = codec::optional_text(row, "closed_tokens")? else { return Ok(None) };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|error| StoreError::Unexpected { place: "column closed_tokens".into(), reason: error.to_string() })
}

fn list_of<T: DeserializeOwned>(row: &AnyRow, column: &str) -> Result<Vec<T>, StoreError> {
    let Some(text) = codec::optional_text(row, column)? else { return Ok(Vec::new()) };
    serde_json::from_str(&text)
        .map_err(|error| StoreError::Unexpected { place: format!("column {column}"), reason: error.to_string() })
}

fn rejection(row: &AnyRow) -> Result<Option<Rejection>, StoreError> {
    if codec::optional_bigint(row, "rejected_version")?.is_none() {
        return Ok(None);
    }
    let errors = serde_json::from_str(&codec::text(row, "rejection")?)
        .map_err(|error| StoreError::Unexpected { place: "column rejection".into(), reason: error.to_string() })?;
    let version = codec::unsigned(row, "rejected_version")?;
    Ok(Some(Rejection { version, at_ms: codec::bigint(row, "rejected_ms")?, errors }))
}
