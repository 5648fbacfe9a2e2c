//! Calls of targets, added up: a dead first target is blamed here, whatever other target served its requests.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::sheet::{Figure, Sheet, SheetLine};
use super::table::millis;
use super::{Dimension, Format, Request};
use crate::rollup::percentile;

/// The attempts that have the same values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptRow {
    /// One for each of [`Request::group_by`].
    pub values: Vec<String>,
    /// How many ended how: `ok`, or why they failed.
    pub classes: BTreeMap<String, u64>,
    /// Until the end: pairs of [`crate::rollup::bucket`] and count.
    pub latency: Vec<(u32, u64)>,
    /// Until the head of an answer, where there was one: pairs of [`crate::rollup::bucket`] and count.
    pub first_byte: Vec<(u32, u64)>,
}

/// What was asked, and the rows that answer it.
#[derive(Clone, Debug)]
pub struct AttemptReport {
    /// What was asked.
    pub request: Request,
    /// By the hour where hours are asked for, then where most failed first.
    pub rows: Vec<AttemptRow>,
    /// All rows added up.
    pub total: AttemptRow,
}

/// What says nothing about a target: the caller went away, or the router did.
const UNKNOWN: [&str; 2] = ["client-closed", "interrupted"];
/// What is the request's own fault.
const OF_REQUEST: [&str; 2] = ["bad-request", "policy"];

type AttemptColumn = (&'static str, &'static str, fn(&AttemptRow) -> Figure);

const COLUMNS: [AttemptColumn; 11] = [
    ("attempts", "attempts", |row| count(row.attempts())),
    ("ok", "ok", |row| count(row.ok())),
    ("failed", "failed", |row| count(row.failed())),
    ("failed_ratio", "failed (%)", |row| ratio(row.failed_ratio())),
    ("refused", "refused", |row| count(row.of(&OF_REQUEST))),
    ("left", "left", |row| count(row.of(&UNKNOWN))),
    ("classes", "failures by class", |row| row.by_class()),
    ("latency_p50_ms", "latency p50 (ms)", |row| time(&row.latency, 0.5)),
    ("latency_p95_ms", "latency p95 (ms)", |row| time(&row.latency, 0.95)),
    ("first_byte_p50_ms", "first byte p50 (ms)", |row| time(&row.first_byte, 0.5)),
    ("first_byte_p95_ms", "first byte p95 (ms)", |row| time(&row.first_byte, 0.95)),
];

impl AttemptReport {
    /// Sorts the rows and adds them up. `rows` must have the columns of the request, each combination once.
    pub fn new(request: Request, mut rows: Vec<AttemptRow>) -> Self {
        let hour = request.group_by.iter().position(|it| *it == Dimension::Hour);
        rows.sort_by(|a, b| {
            let by_hour = hour.map(|at| a.values[at].cmp(&b.values[at]));
            let by_failures = (b.failed(), b.attempts()).cmp(&(a.failed(), a.attempts()));
            by_hour.unwrap_or(std::cmp::Ordering::Equal).then(by_failures).then_with(|| a.values.cmp(&b.values))
        });
        let mut total = AttemptRow::default();
        for row in &rows {
            for (class, count) in &row.classes {
                *total.classes.entry(class.clone()).or_default() += count;
            }
            total.latency.extend(&row.latency);
            total.first_byte.extend(&row.first_byte);
        }
        Self { request, rows, total }
    }

    /// The report as text, ending in a line break.
    pub fn render(&self, format: Format) -> String {
        let figures = |row| COLUMNS.iter().map(|(_, _, figure)| figure(row)).collect();
        let sheet = Sheet {
            title: "Attempts",
            request: &self.request,
            more: Vec::new(),
            columns: COLUMNS.iter().map(|(key, title, _)| (*key, *title)).collect(),
            lines: self.rows.iter().map(|row| SheetLine { values: &row.values, figures: figures(row) }).collect(),
            total: figures(&self.total),
        };
        sheet.render(format)
    }
}

impl AttemptRow {
    /// All of them.
    pub fn attempts(&self) -> u64 {
        self.classes.values().sum()
    }

    /// Those whose answer reached the caller.
    pub fn ok(&self) -> u64 {
        self.of(&["ok"])
    }

    /// Those that the target is to blame for.
    pub fn failed(&self) -> u64 {
        self.attempts() - self.ok() - self.of(&OF_REQUEST) - self.of(&UNKNOWN)
    }

    /// Of those that say something about the target; `None`: there are none.
    pub fn failed_ratio(&self) -> Option<f64> {
        let known = self.attempts() - self.of(&UNKNOWN);
        (known > 0).then(|| (self.failed() as f64 / known as f64 * 1000.0).round() / 1000.0)
    }

    /// The time until the head of an answer that this share of the attempts did not exceed, in milliseconds; `None`: there was none.
    pub fn first_byte_ms(&self, share: f64) -> Option<f64> {
        percentile(self.first_byte.iter().copied(), share).map(millis)
    }

    fn of(&self, classes: &[&str]) -> u64 {
        classes.iter().filter_map(|it| self.classes.get(*it)).sum()
    }

    fn by_class(&self) -> Figure {
        let failures = || self.classes.iter().filter(|(class, _)| *class != "ok");
        let text: Vec<String> = failures().map(|(class, count)| format!("{class} {count}")).collect();
        Figure {
            text: text.join(", "),
            value: failures().map(|(class, count)| (class.clone(), json!(count))).collect(),
        }
    }
}

fn count(count: u64) -> Figure {
    Figure { text: count.to_string(), value: json!(count) }
}

fn ratio(ratio: Option<f64>) -> Figure {
    let text = ratio.map(|it| format!("{:.1}", it * 100.0)).unwrap_or_default();
    Figure { text, value: json!(ratio) }
}

fn time(buckets: &[(u32, u64)], p: f64) -> Figure {
    let millis = percentile(buckets.iter().copied(), p).map(millis);
    Figure {
        text: millis.map_or_else(String::new, |it| it.to_string()),
        value: millis.map_or(Value::Null, |it| json!(it)),
    }
}
