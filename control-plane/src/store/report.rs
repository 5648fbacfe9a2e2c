//! Usage as reports need it: whole days and whole hours from the roll-ups, the rest of a period from the rows, so that
//! every period is exact. Only names from closed sets become SQL; every value is bound.

mod attempts;
mod segment;
mod source;

use std::collections::HashMap;

use control_plane_core::{
    report::{Dimension, ReportRow, Request, hour},
    rollup::Measures,
};
use sqlx::{AssertSqlSafe, any::AnyRow};

use self::{
    segment::{Segment, SumsIn},
    source::Statement,
};
use super::{ReadTx, StoreError, codec, dimension::column};

pub use attempts::attempts;

/// One row for each combination of the values of [`Request::group_by`] that was used in the period.
pub async fn rows(tx: &mut ReadTx, request: &Request) -> Result<Vec<ReportRow>, StoreError> {
    let mut rows = Rows { group_by: &request.group_by, found: HashMap::new() };
    for segment in segments(request) {
        rows.add_sums(tx, &segment, request).await?;
        for measure in Histogram::ALL {
            rows.add_counts(tx, &segment, request, measure).await?;
        }
    }
    Ok(rows.found.into_iter().map(|(values, row)| ReportRow { values, ..row }).collect())
}

/// What roll-ups do not know is asked of the rows.
fn segments(request: &Request) -> Vec<Segment> {
    let Request { since_ms, until_ms, .. } = *request;
    if request.only_in_rows().next().is_some() {
        return vec![Segment { from_ms: since_ms, to_ms: until_ms, table: SumsIn::Rows }];
    }
    segment::segments(since_ms, until_ms, request.group_by.contains(&Dimension::Hour))
}

/// What is counted in buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Histogram {
    Latency,
    FirstByte,
}

impl Histogram {
    const ALL: [Self; 2] = [Self::Latency, Self::FirstByte];
}

struct Rows<'a> {
    group_by: &'a [Dimension],
    found: HashMap<Vec<String>, ReportRow>,
}

impl Rows<'_> {
    async fn add_sums(&mut self, tx: &mut ReadTx, segment: &Segment, request: &Request) -> Result<(), StoreError> {
        for row in fetch(tx, source::sums(segment, request)).await? {
            let measures = measures(&row)?;
            self.of(&row)?.measures.add(&measures);
        }
        Ok(())
    }

    async fn add_counts(
        &mut self,
        tx: &mut ReadTx,
        segment: &Segment,
        request: &Request,
        histogram: Histogram,
    ) -> Result<(), StoreError> {
        for row in fetch(tx, source::counts(segment, request, histogram)).await? {
            let bucket = codec::unsigned(&row, "bucket")? as u32;
            let count = (bucket, codec::unsigned(&row, "observations")?);
            let found = self.of(&row)?;
            match histogram {
                Histogram::Latency => found.latency.push(count),
                Histogram::FirstByte => found.first_byte.push(count),
            }
        }
        Ok(())
    }

    /// The row of the report that a row of an answer belongs to.
    fn of(&mut self, row: &AnyRow) -> Result<&mut ReportRow, StoreError> {
        let values = self.group_by.iter().map(|&dimension| value(row, dimension)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.found.entry(values).or_default())
    }
}

async fn fetch(tx: &mut ReadTx, statement: Statement) -> Result<Vec<AnyRow>, StoreError> {
    let Statement { sql, arguments } = statement;
    Ok(sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(tx.connection()).await?)
}

fn value(row: &AnyRow, dimension: Dimension) -> Result<String, StoreError> {
    match dimension {
        Dimension::Hour => Ok(hour(codec::bigint(row, column(dimension))?)),
        _ => codec::text(row, column(dimension)),
    }
}

fn measures(row: &AnyRow) -> Result<Measures, StoreError> {
    let sum = |column| codec::unsigned(row, column);
    Ok(Measures {
        requests: sum("requests")?,
        errors: sum("errors")?,
        fallbacks: sum("fallbacks")?,
        input_tokens: sum("input_tokens")?,
        output_tokens: sum("output_tokens")?,
        cached_input_tokens: sum("cached_input_tokens")?,
        cache_write_tokens: sum("cache_write_tokens")?,
        reasoning_tokens: sum("reasoning_tokens")?,
        cost_nanousd: sum("cost_total_nanousd")?,
        image_tokens: sum("image_tokens")?,
        cost_input_nanousd: sum("cost_input_nanousd")?,
        cost_cached_input_nanousd: sum("cost_cached_input_nanousd")?,
        cost_cache_write_nanousd: sum("cost_cache_write_nanousd")?,
        cost_output_nanousd: sum("cost_output_nanousd")?,
        baseline_cost_nanousd: sum("baseline_cost_nanousd")?,
        timed_output_tokens: sum("timed_output_tokens")?,
        output_us: sum("output_us")?,
    })
}
