//! What failed, in groups: by code, the class of the last failure, its target and the group that was called.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
};

use control_plane_core::{
    permission::Visible,
    search::{Condition, FlagField, Search, TextField},
};
use sqlx::{AssertSqlSafe, Row, any::AnyRow};

use super::{ReadTx, StoreError, codec, places::Places};

/// Of what failed so much is looked at, the newest.
pub const NEWEST: u32 = 100_000;
/// So many groups are told, those of most failures.
const MOST_GROUPS: usize = 100;
/// So many of a group's requests are named.
const SAMPLES: usize = 3;
/// Those are found among so many of the newest failures.
const LOOKED_THROUGH: u32 = 1_000;
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
    counted(tx, &search, &mut found).await?;
    samples(tx, &search, &mut found).await?;
    Ok(found)
}

/// The groups of most failures, with their parts of the period. All is read once, and of each group when its failures were and whom
/// they hit as one text: whom failures hit is no sum, and a database that tells a hundred thousand callers apart takes longer than
/// one that does not. An id has no line feed.
async fn counted(tx: &mut ReadTx, search: &Search, found: &mut FailureGroups) -> Result<(), StoreError> {
    let sql = "select e.code, e.class, e.target, e.group_name, string_agg(cast(e.started_ms as text) || ' ' || e.caller, '\n') as each \
        from usage_errors e where {} group by e.code, e.class, e.target, e.group_name";
    let mut callers = CallersHit::default();
    for row in fetch(tx, search, sql).await? {
        let [code, class, target, group] = key(&row)?;
        let (first_ms, last_ms, trend) = (i64::MAX, i64::MIN, vec![0; BUCKETS as usize]);
        let mut group =
            FailureGroup { code, class, target, group, first_ms, last_ms, trend, ..FailureGroup::default() };
        let mut hit: HashSet<u32> = HashSet::new();
        for line in row.try_get::<&str, _>("each")?.split('\n') {
            let Some((at, caller)) = line.split_once(' ') else { continue };
            let at_ms: i64 = at.parse().unwrap_or(found.since_ms);
            // What is left of the division belongs to the last part.
            let part = ((at_ms - found.since_ms) / found.bucket_ms).clamp(0, BUCKETS - 1);
            group.trend[part as usize] += 1;
            group.failures += 1;
            group.first_ms = group.first_ms.min(at_ms);
            group.last_ms = group.last_ms.max(at_ms);
            hit.insert(callers.number(caller));
        }
        group.callers = hit.len() as u64;
        found.groups.push(group);
    }
    found.failures = found.groups.iter().map(|it| it.failures).sum();
    found.callers = callers.0.len() as u64;
    found.groups.sort_by(|a, b| b.failures.cmp(&a.failures).then_with(|| a.key().cmp(&b.key())));
    found.groups.truncate(MOST_GROUPS);
    Ok(())
}

/// Callers by number, as they are met.
#[derive(Default)]
struct CallersHit(HashMap<String, u32>);

impl CallersHit {
    fn number(&mut self, caller: &str) -> u32 {
        if let Some(known) = self.0.get(caller) {
            return *known;
        }
        let next = self.0.len() as u32;
        self.0.insert(caller.to_owned(), next);
        next
    }
}

/// The newest of each group: those among the newest of all, or the one that tells when the group was last seen.
async fn samples(tx: &mut ReadTx, search: &Search, found: &mut FailureGroups) -> Result<(), StoreError> {
    let columns = "select e.code, e.class, e.target, e.group_name, e.request_id from usage_errors e where {}";
    let order = "order by e.started_ms desc, e.node desc, e.epoch desc, e.sequence desc";
    for row in fetch(tx, search, &format!("{columns} {order} limit {LOOKED_THROUGH}")).await? {
        if let Some(group) = found.group(&key(&row)?).filter(|it| it.request_ids.len() < SAMPLES) {
            group.request_ids.push(codec::text(&row, "request_id")?);
        }
    }
    for group in found.groups.iter_mut().filter(|it| it.request_ids.is_empty()) {
        let exactly = Search { since_ms: group.last_ms, until_ms: group.last_ms + 1, ..search.clone() };
        for row in fetch(tx, &exactly, &format!("{columns} {order}")).await? {
            if key(&row)?.each_ref().map(String::as_str) == group.key() && group.request_ids.len() < SAMPLES {
                group.request_ids.push(codec::text(&row, "request_id")?);
            }
        }
    }
    Ok(())
}

impl FailureGroups {
    fn group(&mut self, key: &[String; 4]) -> Option<&mut FailureGroup> {
        self.groups.iter_mut().find(|it| it.key() == key.each_ref().map(String::as_str))
    }
}

impl FailureGroup {
    fn key(&self) -> [&str; 4] {
        [&self.code, &self.class, &self.target, &self.group]
    }
}

fn key(row: &AnyRow) -> Result<[String; 4], StoreError> {
    Ok([
        codec::text(row, "code")?,
        codec::text(row, "class")?,
        codec::text(row, "target")?,
        codec::text(row, "group_name")?,
    ])
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
