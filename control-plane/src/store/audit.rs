//! What was changed, by whom; and who looked.

mod search;

use control_plane_core::audit::AuditEvent;
use sqlx::{AnyExecutor, any::AnyRow};

use super::{StoreError, Tx, codec};

pub use search::{AccessLine, AccessQuery, AuditQuery, accesses, search};

/// A recorded change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// From 1, without gaps.
    pub id: u64,
    /// When.
    pub at_ms: i64,
    /// By whom, as `admin-token/<id>`.
    pub actor: String,
    /// As `token.revoke`.
    pub action: String,
    /// What was changed, as `token/<id>`.
    pub target: String,
    /// The version under which it reached routers.
    pub version: Option<u64>,
    /// What changed, in words.
    pub detail: String,
}

/// Records a change and answers its number. The last statement of a transaction: it holds the numbering against all
/// other changes until the commit, so that numbers have no gaps.
pub async fn record(tx: &mut Tx, event: &AuditEvent) -> Result<u64, StoreError> {
    let id = next(tx).await?;
    sqlx::query(
        "insert into audit_events (id, at_ms, actor, action, target, version, detail) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(codec::stored(id))
    .bind(event.at_ms)
    .bind(event.actor.label())
    .bind(event.action.as_str())
    .bind(&event.target)
    .bind(event.version.map(codec::stored))
    .bind(&event.detail)
    .execute(tx.connection())
    .await?;
    Ok(id)
}

/// Records a change with the projects that it is about; an empty name: it is about what all share.
pub async fn record_about<'a>(
    tx: &mut Tx,
    event: &AuditEvent,
    projects: impl IntoIterator<Item = &'a str>,
) -> Result<u64, StoreError> {
    let id = record(tx, event).await?;
    for project in projects {
        sqlx::query("insert into audit_event_projects (project, event_id) values ($1, $2)")
            .bind(project)
            .bind(codec::stored(id))
            .execute(tx.connection())
            .await?;
    }
    Ok(id)
}

/// The newest changes of one thing, at most `limit`.
pub async fn of_target(db: impl AnyExecutor<'_>, target: &str, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
    let rows = sqlx::query(
        "select id, at_ms, actor, action, target, version, detail from audit_events where target = $1 \
         order by id desc limit $2",
    )
    .bind(target)
    .bind(i64::from(limit))
    .fetch_all(db)
    .await?;
    rows.iter().map(stored).collect()
}

/// So long are requests to the admin API kept.
pub const KEPT_ACCESS_MS: i64 = 400 * 86_400_000;

/// One request to the admin API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessEvent {
    /// When it came.
    pub at_ms: i64,
    /// From whom, as `admin-token/<id>`.
    pub actor: String,
    /// Its HTTP method.
    pub method: String,
    /// The route's template.
    pub route: &'static str,
    /// The answer's status.
    pub status: u16,
}

/// Records one request to the admin API.
pub async fn record_access(tx: &mut Tx, event: &AccessEvent) -> Result<(), StoreError> {
    sqlx::query("insert into admin_access_events (at_ms, actor, method, route, status) values ($1, $2, $3, $4, $5)")
        .bind(event.at_ms)
        .bind(&event.actor)
        .bind(&event.method)
        .bind(event.route)
        .bind(i64::from(event.status))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Removes records of requests that are older than a point in time.
pub async fn prune_access(tx: &mut Tx, before_ms: i64) -> Result<(), StoreError> {
    sqlx::query("delete from admin_access_events where at_ms < $1").bind(before_ms).execute(tx.connection()).await?;
    Ok(())
}

async fn next(tx: &mut Tx) -> Result<u64, StoreError> {
    let row = sqlx::query("update sequences set value = value + 1 where name = 'audit' returning value")
        .fetch_one(tx.connection())
        .await?;
    codec::unsigned(&row, "value")
}

fn stored(row: &AnyRow) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: codec::unsigned(row, "id")?,
        at_ms: codec::bigint(row, "at_ms")?,
        actor: codec::text(row, "actor")?,
        action: codec::text(row, "action")?,
        target: codec::text(row, "target")?,
        version: codec::optional_bigint(row, "version")?.map(i64::unsigned_abs),
        detail: codec::text(row, "detail")?,
    })
}
