//! A path's parts: each is followed in one index, and together they have every row of the path once.

use super::path::Path;
use crate::store::places::Places;

/// The length of a day; days are those of UTC.
pub(super) const DAY_MS: i64 = 86_400_000;

/// A part of a path: rows `s` of requests, reached by rows `k` that have their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    /// The keys are those of what failed.
    failed: bool,
    /// What holds of the keys; empty: nothing is demanded.
    holds: String,
    /// All of it lies within the period.
    pub within_period: bool,
}

impl Branch {
    /// Where the key and the moment of a row are.
    pub fn keys(&self) -> &'static str {
        if self.failed { "e" } else { "s" }
    }

    /// The keys alone.
    pub fn table_of_keys(&self) -> &'static str {
        if self.failed { "usage_errors e" } else { "usage_requests s" }
    }

    /// Whole rows. A cross join is done as it is written.
    pub fn table_of_rows(&self) -> &'static str {
        if self.failed { "usage_errors e cross join usage_requests s" } else { "usage_requests s" }
    }

    /// What holds of the keys.
    pub fn holds(&self) -> &str {
        if self.holds.is_empty() { "1 = 1" } else { &self.holds }
    }

    /// What ties rows to their keys.
    pub fn joined(&self) -> &'static str {
        if self.failed { " and s.node = e.node and s.epoch = e.epoch and s.sequence = e.sequence" } else { "" }
    }
}

/// The parts of a path by time.
pub(super) fn by_time(path: &Path, places: &mut Places) -> Vec<Branch> {
    let branch = |failed, holds: String| Branch { failed, holds, within_period: false };
    match path {
        Path::Time => vec![branch(false, String::new())],
        Path::Failed => vec![branch(true, String::new())],
        Path::Values { column, values } => {
            values.iter().map(|it| branch(false, has(column, &places.text(it)))).collect()
        }
        Path::FailedValues { column, values } => {
            values.iter().map(|it| branch(true, format!("e.{column} = {}", places.text(it)))).collect()
        }
        Path::Id { id, token_caller } => {
            let id = places.text(id);
            let columns = ["request_id", "client_request_id", "session"];
            // A row that has it twice is in the first of them alone.
            let mut branches: Vec<Branch> = (0..columns.len())
                .map(|at| branch(false, format!("{}{}", has(columns[at], &id), has_not(&columns[..at], &id))))
                .collect();
            branches.extend(token_caller.as_ref().map(|caller| {
                let caller = has("caller", &places.text(caller));
                branch(false, format!("{caller} and s.token = {id}{}", has_not(&columns, &id)))
            }));
            branches
        }
    }
}

/// The parts of a period by rank: its days, each of which has an index of its own by cost and by latency. No rank is negative; to
/// demand it tells these indexes apart, of which SQLite would else take either for both.
pub(super) fn by_day(since_ms: i64, until_ms: i64, rank: &str) -> Vec<Branch> {
    let (first, last) = (since_ms.div_euclid(DAY_MS), (until_ms - 1).div_euclid(DAY_MS));
    let day = |day: i64| {
        let (start, end) = (day * DAY_MS, (day + 1) * DAY_MS);
        let mut holds = format!("s.started_ms / {DAY_MS} = {day} and {rank} >= 0");
        if start < since_ms || end > until_ms {
            // Of this day alone, whichever index is taken: the period is longer.
            let (start, end) = (start.max(since_ms), end.min(until_ms));
            holds += &format!(" and s.started_ms >= {start} and s.started_ms < {end}");
        }
        Branch { failed: false, holds, within_period: true }
    };
    (first.max(0)..=last).map(day).collect()
}

fn has(column: &str, value: &str) -> String {
    // The words of the partial indexes.
    match column {
        "session" | "client_request_id" => format!("s.{column} = {value} and s.{column} <> ''"),
        _ => format!("s.{column} = {value}"),
    }
}

fn has_not(columns: &[&str], value: &str) -> String {
    columns.iter().fold(String::new(), |text, column| text + " and s." + column + " <> " + value)
}
