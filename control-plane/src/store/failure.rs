//! What failed, in groups: by code, the class of the last failure, its target and the group that was called.

use std::fmt::Write;

use control_plane_core::{
    permission::Visible,
    search::{Condition, FlagField, Search, TextField},
};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use super::{ReadTx, StoreError, codec, places::Places};

/// Of what failed so much is looked at, the newest.
pub const NEWEST: u32 = 100_000;
/// So many groups are told, those of most failures.
const MOST_GROUPS: i64 = 100;
/// Into so many parts a period is cut to tell its trend.
pub const BUCKETS: i64 = 24;

/// Failures that have all of this in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureGroup {
    /// A code of the error registry, `client-closed` or `interrupted`.
    pub code: String,
    /// The class of the last failure of a target; empty: none was tried.
    pub class: String,
    /// That target.
    pub target: String,
    /// The group that was called.
    pub group: String,
    /// How many there are.
    pub failures: u64,
    /// How many callers they hit.
    pub callers: u64,
    /// When the first of them started.
    pub first_ms: i64,
    /// When the last of them started.
    pub last_ms: i64,
    /// How many there are in each part of the period.
    pub trend: Vec<u64>,
    /// The newest of them.
    pub request_ids: Vec<String>,
}

/// What failed in a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailureGroups {
    /// Those of most failures first.
    pub groups: Vec<FailureGroup>,
    /// How many failed, in groups that are told or not.
    pub failures: u64,
    /// How many callers they hit.
    pub callers: u64,
    /// The start of the first part of each trend.
    pub since_ms: i64,
    /// How long such a part is.
    pub bucket_ms: i64,
    /// All of the period was looked at; else the newest [`NEWEST`] failures.
    pub whole: bool,
}

/// The column of a field in the table of failures; `None`: it is not kept there.
pub const fn column(field: TextField) -> Option<&'static str> {
    Some(match field {
        TextField::Caller => "caller",
        TextField::Project => "project",
        TextField::Group => "group_name",
        TextField::Model => "model",
        TextField::Target => "target",
        TextField::Code => "code",
        TextField::Status => "status",
        TextField::Node => "node",
        TextField::Request => "request_id",
        _ => return None,
    })
}

/// The conditions of a search that failures cannot be asked for.
pub fn unknown(search: &Search) -> Vec<&'static str> {
    let name = |it: &Condition| match it {
        Condition::Text { field, .. } => column(*field).is_none().then_some(field.as_str()),
        Condition::Number { field, .. } => Some(field.as_str()),
        Condition::Flag { field: FlagField::Failed, .. } => None,
        Condition::Flag { field, .. } => Some(field.as_str()),
    };
    search.conditions.iter().filter_map(name).collect()
}

/// What failed, in groups. Conditions that are [unknown](unknown()) are not looked at.
pub async fn groups(tx: &mut ReadTx, search: &Search) -> Result<FailureGroups, StoreError> {
    let bucket_ms = ((search.until_ms - search.since_ms) / BUCKETS).max(1);
    let mut found = FailureGroups { since_ms: search.since_ms, bucket_ms, whole: true, ..FailureGroups::default() };
    if matches!(&search.visible, Visible::Projects(projects) if projects.is_empty()) {
        return Ok(found);
    }
    let mut search = search.clone();
    let sql = format!(
        "select e.started_ms as place from usage_errors e where {} order by e.started_ms desc limit 1 offset {NEWEST}",
        "{}"
    );
    if let Some(row) = fetch(tx, &search, &sql).await?.first() {
        found.whole = false;
        search.since_ms = row.try_get::<i64, _>("place")? + 1;
    }
    let all = "select count(*) as failures, count(distinct e.caller) as callers from usage_errors e where {}";
    if let Some(row) = fetch(tx, &search, all).await?.first() {
        (found.failures, found.callers) = (codec::unsigned(row, "failures")?, codec::unsigned(row, "callers")?);
    }
    let by_caller = "select e.code, e.class, e.target, e.group_name, e.caller, count(*) as failures, \
        min(e.started_ms) as first_ms, max(e.started_ms) as last_ms from usage_errors e where {} \
        group by e.code, e.class, e.target, e.group_name, e.caller";
    let sql = format!(
        "select code, class, target, group_name, cast(sum(failures) as bigint) as failures, \
         cast(count(*) as bigint) as callers, min(first_ms) as first_ms, max(last_ms) as last_ms from ({by_caller}) g \
         group by code, class, target, group_name order by 5 desc, code, class, target, group_name limit {MOST_GROUPS}"
    );
    for row in fetch(tx, &search, &sql).await? {
        found.groups.push(FailureGroup {
            failures: codec::unsigned(&row, "failures")?,
            callers: codec::unsigned(&row, "callers")?,
            first_ms: codec::bigint(&row, "first_ms")?,
            last_ms: codec::bigint(&row, "last_ms")?,
            trend: vec![0; BUCKETS as usize],
            ..key(&row)?
        });
    }
    trends(tx, &search, &mut found).await?;
    samples(tx, &search, &mut found).await?;
    Ok(found)
}

async fn trends(tx: &mut ReadTx, search: &Search, found: &mut FailureGroups) -> Result<(), StoreError> {
    let (since, bucket) = (found.since_ms, found.bucket_ms);
    let sql = format!(
        "select code, class, target, group_name, bucket, cast(count(*) as bigint) as failures from (select e.code, e.class, \
         e.target, e.group_name, (e.started_ms - {since}) / {bucket} as bucket from usage_errors e where {{}}) b \
         group by code, class, target, group_name, bucket"
    );
    for row in fetch(tx, search, &sql).await? {
        let (key, failures) = (key(&row)?, codec::unsigned(&row, "failures")?);
        // What is left of the division belongs to the last part.
        let at = codec::unsigned(&row, "bucket")?.min(BUCKETS.unsigned_abs() - 1) as usize;
        if let Some(group) = found.groups.iter_mut().find(|it| it.is(&key)) {
            group.trend[at] += failures;
        }
    }
    Ok(())
}

async fn samples(tx: &mut ReadTx, search: &Search, found: &mut FailureGroups) -> Result<(), StoreError> {
    let sql = "select code, class, target, group_name, request_id from (select e.code, e.class, e.target, e.group_name, \
        e.request_id, row_number() over (partition by e.code, e.class, e.target, e.group_name \
        order by e.started_ms desc, e.node desc, e.epoch desc, e.sequence desc) as place from usage_errors e where {}) n \
        where place <= 3 order by place";
    for row in fetch(tx, search, sql).await? {
        let key = key(&row)?;
        if let Some(group) = found.groups.iter_mut().find(|it| it.is(&key)) {
            group.request_ids.push(codec::text(&row, "request_id")?);
        }
    }
    Ok(())
}

impl FailureGroup {
    fn is(&self, other: &Self) -> bool {
        (&self.code, &self.class, &self.target, &self.group) == (&other.code, &other.class, &other.target, &other.group)
    }
}

fn key(row: &AnyRow) -> Result<FailureGroup, StoreError> {
    Ok(FailureGroup {
        code: codec::text(row, "code")?,
        class: codec::text(row, "class")?,
        target: codec::text(row, "target")?,
        group: codec::text(row, "group_name")?,
        ..FailureGroup::default()
    })
}

/// The rows of a statement in which `{}` is what holds of failures.
async fn fetch(tx: &mut ReadTx, search: &Search, sql: &str) -> Result<Vec<AnyRow>, StoreError> {
    let mut places = Places::default();
    let sql = sql.replace("{}", &holds(search, &mut places));
    let query = sqlx::query_with(AssertSqlSafe(sql), places.arguments).persistent(false);
    Ok(query.fetch_all(tx.connection()).await?)
}

fn holds(search: &Search, places: &mut Places) -> String {
    let (since, until) = (places.number(search.since_ms), places.number(search.until_ms));
    let mut text = format!("e.started_ms >= {since} and e.started_ms < {until}");
    for condition in &search.conditions {
        let Condition::Text { field, negated, values } = condition else { continue };
        let Some(column) = column(*field) else { continue };
        let not = if *negated { "not " } else { "" };
        let holds = if *field == TextField::Status {
            let each = values.iter().map(|value| match value.strip_suffix("xx").map(str::parse::<i64>) {
                Some(Ok(hundred)) => format!("e.status between {} and {}", hundred * 100, hundred * 100 + 99),
                _ => format!("e.status = {}", places.number(value.parse().unwrap_or(-1))),
            });
            each.collect::<Vec<_>>().join(" or ")
        } else {
            format!("e.{column} in ({})", places.texts(values))
        };
        write!(text, " and {not}({holds})").expect("writing to a String does not fail");
    }
    if let Visible::Projects(projects) = &search.visible {
        let projects: Vec<String> = projects.iter().cloned().collect();
        write!(text, " and e.project in ({})", places.texts(&projects)).expect("writing to a String does not fail");
    }
    text
}
