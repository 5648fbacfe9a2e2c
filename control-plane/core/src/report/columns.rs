use serde_json::{Value, json};

use super::sheet::Figure;
use super::{Format, Report, ReportRow, usd};

/// A column of figures.
pub(super) struct Column {
    /// In CSV and JSON.
    pub key: &'static str,
    /// In Markdown.
    pub title: &'static str,
    /// In CSV, tables and Markdown; empty: nothing was measured, `–`: not known.
    text: fn(&Report, &ReportRow) -> String,
    /// In JSON.
    value: fn(&Report, &ReportRow) -> Value,
}

/// All columns of figures; those about savings only where there is a baseline.
pub(super) fn columns(with_baseline: bool) -> &'static [Column] {
    if with_baseline { &COLUMNS } else { &COLUMNS[..COLUMNS.len() - OF_BASELINE] }
}

impl Column {
    /// The cell of a row, in JSON or as text: of thousands of rows each takes its time.
    pub fn figure(&self, report: &Report, row: &ReportRow, format: Format) -> Figure {
        match format {
            Format::Json | Format::Ndjson => Figure { text: String::new(), value: (self.value)(report, row) },
            Format::Csv | Format::Table | Format::Markdown => {
                Figure { text: (self.text)(report, row), value: Value::Null }
            }
        }
    }
}

/// How many of the last columns are about the baseline.
const OF_BASELINE: usize = 2;

macro_rules! count {
    ($key:ident, $title:literal) => {
        Column {
            key: stringify!($key),
            title: $title,
            text: |_, row| row.measures.$key.to_string(),
            value: |_, row| json!(row.measures.$key),
        }
    };
}

macro_rules! money {
    ($key:literal, $title:literal, $nanos:expr) => {
        Column {
            key: $key,
            title: $title,
            text: |report, row| if row.is_unpriced() { "–".to_owned() } else { usd($nanos(report, row)) },
            value: |report, row| json!((!row.is_unpriced()).then(|| usd($nanos(report, row)))),
        }
    };
}

macro_rules! time {
    ($key:literal, $title:literal, $millis:expr) => {
        Column {
            key: $key,
            title: $title,
            text: |_, row| $millis(row).map_or_else(String::new, |it: f64| it.to_string()),
            value: |_, row| json!($millis(row)),
        }
    };
}

static COLUMNS: [Column; 17] = [
    count!(requests, "requests"),
    count!(errors, "errors"),
    count!(fallbacks, "fallbacks"),
    count!(input_tokens, "input tokens"),
    count!(cached_input_tokens, "cached input"),
    count!(cache_write_tokens, "cache writes"),
    count!(output_tokens, "output tokens"),
    count!(reasoning_tokens, "reasoning"),
    money!("cost_usd", "cost (USD)", cost),
    Column {
        key: "unpriced_requests",
        title: "unpriced",
        text: |_, row| row.unpriced.requests.to_string(),
        value: |_, row| json!(row.unpriced.requests),
    },
    time!("latency_p50_ms", "latency p50 (ms)", |row: &ReportRow| row.latency_ms(0.5)),
    time!("latency_p95_ms", "latency p95 (ms)", |row: &ReportRow| row.latency_ms(0.95)),
    time!("first_byte_p50_ms", "first byte p50 (ms)", |row: &ReportRow| row.first_byte_ms(0.5)),
    time!("first_byte_p95_ms", "first byte p95 (ms)", |row: &ReportRow| row.first_byte_ms(0.95)),
    time!("output_tokens_per_second", "output tokens/s", ReportRow::output_tokens_per_second),
    money!("baseline_usd", "baseline (USD)", baseline),
    money!("saved_usd", "saved (USD)", |report: &Report, row: &ReportRow| baseline(report, row) - cost(report, row)),
];

fn cost(_: &Report, row: &ReportRow) -> i128 {
    i128::from(row.measures.cost_nanousd)
}

fn baseline(report: &Report, row: &ReportRow) -> i128 {
    report.baseline.as_ref().map_or(0, |it| it.cost_nanousd(row))
}
