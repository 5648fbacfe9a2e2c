//! Changes and requests of administrators, found by what they are.

use std::collections::{BTreeMap, BTreeSet};

use control_plane_core::permission::Visible;
use sqlx::{AnyConnection, AssertSqlSafe, any::AnyRow};

use super::{AuditEntry, stored};
use crate::store::{StoreError, codec, places::Places};

/// What is asked of the changes; empty texts: anything.
#[derive(Clone, Debug)]
pub struct AuditQuery {
    /// Of which projects.
    pub visible: Visible,
    /// Those below this number only.
    pub before: u64,
    /// By whom, as it is recorded.
    pub actor: String,
    /// What was done: `token.revoke`, or `token.` for all that is done to tokens.
    pub action: String,
    /// To what, as `token/<id>`.
    pub target: String,
    /// What must stand in the actor, the target or the detail.
    pub text: String,
    /// From then on.
    pub since_ms: Option<i64>,
    /// Before then.
    pub until_ms: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// The changes that are asked for, the newest first, each with the projects that it is about. Without a project stands what concerns
/// all.
pub async fn search(
    db: &mut AnyConnection,
    asked: &AuditQuery,
) -> Result<Vec<(AuditEntry, BTreeSet<String>)>, StoreError> {
    let mut places = Places::default();
    let before = places.number(codec::stored(asked.before));
    let mut sql =
        format!("select id, at_ms, actor, action, target, version, detail from audit_events where id < {before}");
    if let Visible::Projects(names) = &asked.visible {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let names = places.texts(names);
        sql += &format!(" and id in (select event_id from audit_event_projects where project in ({names}))");
    }
    for (column, value) in [("actor", &asked.actor), ("target", &asked.target)] {
        if !value.is_empty() {
            sql += &format!(" and {column} = {}", places.text(value));
        }
    }
    if asked.action.ends_with('.') {
        // All words that begin so: a full stop is followed by a slash in no name.
        let above = format!("{}/", asked.action.trim_end_matches('.'));
        sql += &format!(" and action >= {} and action < {}", places.text(&asked.action), places.text(&above));
    } else if !asked.action.is_empty() {
        sql += &format!(" and action = {}", places.text(&asked.action));
    }
    if !asked.text.is_empty() {
        let like = places.text(&contains(&asked.text));
        let columns = ["actor", "target", "detail"].map(|it| format!("lower({it}) like {like} escape '!'"));
        sql += &format!(" and ({})", columns.join(" or "));
    }
    if let Some(since) = asked.since_ms {
        sql += &format!(" and at_ms >= {}", places.number(since));
    }
    if let Some(until) = asked.until_ms {
        sql += &format!(" and at_ms < {}", places.number(until));
    }
    sql += &format!(" order by id desc limit {}", places.number(i64::from(asked.limit)));
    let rows = sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false).fetch_all(&mut *db).await?;
    let entries = rows.iter().map(stored).collect::<Result<Vec<_>, _>>()?;
    let mut projects = projects(db, &entries).await?;
    Ok(entries
        .into_iter()
        .map(|it| {
            let of = projects.remove(&it.id).unwrap_or_default();
            (it, of)
        })
        .collect())
}

/// A pattern for what has a text in it.
fn contains(text: &str) -> String {
    let text = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{text}%")
}

async fn projects(
    db: &mut AnyConnection,
    entries: &[AuditEntry],
) -> Result<BTreeMap<u64, BTreeSet<String>>, StoreError> {
    let mut found: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    if entries.is_empty() {
        return Ok(found);
    }
    let mut places = Places::default();
    let ids: Vec<String> = entries.iter().map(|it| places.number(codec::stored(it.id))).collect();
    let sql = format!("select event_id, project from audit_event_projects where event_id in ({})", ids.join(", "));
    let rows = sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false).fetch_all(db).await?;
    for row in &rows {
        found.entry(codec::unsigned(row, "event_id")?).or_default().insert(codec::text(row, "project")?);
    }
    Ok(found)
}

/// What is asked of the requests of administrators; empty texts: anything.
#[derive(Clone, Debug, Default)]
pub struct AccessQuery {
    /// Those before this moment only.
    pub before_ms: Option<i64>,
    /// From whom, as it is recorded.
    pub actor: String,
    /// The template of a route.
    pub route: String,
    /// Refused and failed ones only.
    pub failed: bool,
    /// From then on.
    pub since_ms: Option<i64>,
    /// At most so many, and those of the same millisecond as the last one.
    pub limit: u32,
}

/// A request of an administrator, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessLine {
    /// When it came.
    pub at_ms: i64,
    /// From whom.
    pub actor: String,
    /// Its HTTP method.
    pub method: String,
    /// The route's template.
    pub route: String,
    /// The answer's status.
    pub status: i64,
}

/// The requests that are asked for, the newest first. A page ends with a whole millisecond, so that the next one begins before it.
pub async fn accesses(db: &mut AnyConnection, asked: &AccessQuery) -> Result<Vec<AccessLine>, StoreError> {
    let mut lines = access_page(db, asked, None).await?;
    if lines.len() >= asked.limit as usize
        && let Some(last) = lines.last().map(|it| it.at_ms)
    {
        lines.retain(|it| it.at_ms > last);
        lines.extend(access_page(db, asked, Some(last)).await?);
    }
    Ok(lines)
}

/// A page, or all of one millisecond.
async fn access_page(
    db: &mut AnyConnection,
    asked: &AccessQuery,
    at: Option<i64>,
) -> Result<Vec<AccessLine>, StoreError> {
    let mut places = Places::default();
    let mut sql = "select at_ms, actor, method, route, status from admin_access_events where ".to_owned();
    match (at, asked.before_ms) {
        (Some(at), _) => sql += &format!("at_ms = {}", places.number(at)),
        (None, Some(before)) => sql += &format!("at_ms < {}", places.number(before)),
        (None, None) => sql += "at_ms >= 0",
    }
    for (column, value) in [("actor", &asked.actor), ("route", &asked.route)] {
        if !value.is_empty() {
            sql += &format!(" and {column} = {}", places.text(value));
        }
    }
    if asked.failed {
        sql += " and status >= 400";
    }
    if let Some(since) = asked.since_ms {
        sql += &format!(" and at_ms >= {}", places.number(since));
    }
    sql += " order by at_ms desc, actor, method, route, status";
    if at.is_none() {
        sql += &format!(" limit {}", places.number(i64::from(asked.limit)));
    }
    let rows = sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false).fetch_all(db).await?;
    rows.iter().map(access).collect()
}

fn access(row: &AnyRow) -> Result<AccessLine, StoreError> {
    Ok(AccessLine {
        at_ms: codec::bigint(row, "at_ms")?,
        actor: codec::text(row, "actor")?,
        method: codec::text(row, "method")?,
        route: codec::text(row, "route")?,
        status: codec::bigint(row, "status")?,
    })
}
