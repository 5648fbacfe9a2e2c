use std::collections::HashMap;

use super::{Dimension, Request};
use crate::document;
use crate::rollup::{Measures, Sketch};

/// The sums of the rows that have the same values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportRow {
    /// One for each of [`Request::group_by`]; the hour as RFC 3339 or as [`Dimension::value`] writes it.
    pub values: Vec<String>,
    /// What was added up.
    pub measures: Measures,
    /// The part of it that models served that have no price: see [`Report::tell_unpriced`].
    pub unpriced: Measures,
    /// How long they took.
    pub latency: Sketch,
    /// How long their first byte took, of those that had one.
    pub first_byte: Sketch,
}

/// A report: what was asked, and the rows that answer it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was asked.
    pub request: Request,
    /// By the hour where hours are asked for, then the dearest first.
    pub rows: Vec<ReportRow>,
    /// All rows added up, those that were left out, too.
    pub total: ReportRow,
    /// How many rows are not told: see [`Report::shorten`].
    pub left_out: usize,
    /// What savings are measured against.
    pub baseline: Option<ReportBaseline>,
}

/// What the same tokens would have cost elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportBaseline {
    /// Its name.
    pub id: String,
    input_nanousd_per_mtok: u64,
    output_nanousd_per_mtok: u64,
}

impl From<&document::Baseline> for ReportBaseline {
    fn from(it: &document::Baseline) -> Self {
        Self {
            id: it.id.clone(),
            input_nanousd_per_mtok: it.input_usd_per_mtok.nanos(),
            output_nanousd_per_mtok: it.output_usd_per_mtok.nanos(),
        }
    }
}

impl ReportBaseline {
    /// What the tokens of models with a price would have cost, in nano-dollars, each part rounded half up.
    pub fn cost_nanousd(&self, row: &ReportRow) -> i128 {
        const MTOK: u128 = 1_000_000;
        let ReportRow { measures, unpriced, .. } = row;
        let part = |tokens: u64, price: u64| (u128::from(tokens) * u128::from(price) + MTOK / 2) / MTOK;
        let sum = part(measures.input_tokens.saturating_sub(unpriced.input_tokens), self.input_nanousd_per_mtok)
            + part(measures.output_tokens.saturating_sub(unpriced.output_tokens), self.output_nanousd_per_mtok);
        i128::try_from(sum).unwrap_or(i128::MAX)
    }
}

impl Report {
    /// Sorts the rows and adds them up. `rows` must have the columns of the request, each combination once.
    pub fn new(request: Request, mut rows: Vec<ReportRow>, baseline: Option<ReportBaseline>) -> Self {
        let hour = request.group_by.iter().position(|it| *it == Dimension::Hour);
        rows.sort_by(|a, b| {
            let by_hour = hour.map(|at| a.values[at].cmp(&b.values[at]));
            let by_cost = b.measures.cost_nanousd.cmp(&a.measures.cost_nanousd);
            by_hour.unwrap_or(std::cmp::Ordering::Equal).then(by_cost).then_with(|| a.values.cmp(&b.values))
        });
        let mut total = ReportRow::default();
        for row in &rows {
            total.measures.add(&row.measures);
            total.latency.merge(&row.latency);
            total.first_byte.merge(&row.first_byte);
        }
        Self { request, rows, total, left_out: 0, baseline }
    }

    /// Keeps the first rows alone. Nobody reads tens of thousands, and whoever works with them reads them one after the other.
    pub fn shorten(&mut self, most: usize) {
        self.left_out += self.rows.len().saturating_sub(most);
        self.rows.truncate(most);
    }

    /// Says which part of the rows was served by models that have no price: what they cost is not known, so that they
    /// cannot have saved anything. `rows` answer the same request, for those models alone.
    pub fn tell_unpriced(&mut self, rows: Vec<ReportRow>) {
        // Where something was paid for, there was a price then.
        let unpaid = rows.into_iter().filter(|it| it.measures.cost_nanousd == 0);
        let unpaid: HashMap<Vec<String>, Measures> = unpaid.map(|it| (it.values, it.measures)).collect();
        for row in &mut self.rows {
            if let Some(measures) = unpaid.get(&row.values) {
                self.total.unpriced.add(measures);
                row.unpriced = *measures;
            }
        }
    }
}

impl ReportRow {
    /// How fast output came, of the requests of which that can be said: see [`crate::usage::UsageRecord::output_us`].
    pub fn output_tokens_per_second(&self) -> Option<f64> {
        per_second(self.measures.timed_output_tokens, self.measures.output_us)
    }

    /// Whether all of it was served by models that have no price.
    pub fn is_unpriced(&self) -> bool {
        self.measures.requests > 0 && self.unpriced.requests == self.measures.requests
    }

    /// The latency in milliseconds that a share of the requests did not exceed.
    pub fn latency_ms(&self, p: f64) -> Option<f64> {
        self.latency.percentile(p).map(millis)
    }

    /// The time to the first byte in milliseconds that a share of the requests did not exceed.
    pub fn first_byte_ms(&self, p: f64) -> Option<f64> {
        self.first_byte.percentile(p).map(millis)
    }
}

/// To a tenth; `None`: no time passed.
pub(crate) fn per_second(count: u64, micros: u64) -> Option<f64> {
    (micros > 0).then(|| (count as f64 * 10e6 / micros as f64).round() / 10.0)
}

/// Milliseconds to a tenth, which is finer than the buckets are.
pub(crate) fn millis(micros: u64) -> f64 {
    (micros as f64 / 100.0).round() / 10.0
}
