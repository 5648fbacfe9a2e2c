//! Usage as reports and charts need it: whole days and whole hours from the roll-ups, the rest of a period from the rows, so
//! that every period is exact. Only names from closed sets become SQL; every value is bound.

mod attempts;
mod durations;
mod rolled;
mod segment;
mod source;

use std::collections::HashMap;

use control_plane_core::{
    insight::{Amounts, Buckets, Cell, Metric, Visible, by_figure, ranking},
    report::{Dimension, Filter, ReportRow, Request, hour},
    rollup::{ASKED_MINUTES_MS, Cube, Measures, Period},
};
use sqlx::{AssertSqlSafe, any::AnyRow};

use self::{
    rolled::RolledUp,
    segment::{Segment, SumsIn},
    source::Statement,
};
use super::{
    ReadTx, StoreError,
    backlog::has_backlog,
    codec,
    dimension::column,
    memory::{Keys, KeysAsked},
};
use crate::clock::now_ms;

pub use attempts::attempts;
pub use durations::tell_durations;

/// What is asked of usage.
#[derive(Clone, Copy)]
pub struct UsageQuestion<'a> {
    /// The period, and where it is cut.
    pub buckets: &'a Buckets,
    /// What amounts are told apart by; the hour is a bucket's.
    pub group_by: &'a [Dimension],
    /// What requests must be.
    pub filters: &'a [Filter],
    /// Of which projects.
    pub visible: &'a Visible,
    /// Only these values of the dimensions; `None`: all.
    pub only: Option<&'a [Vec<String>]>,
    /// How long each request was is asked for, too.
    pub sketches: bool,
}

/// One row for each combination of the values of [`Request::group_by`] that was used in the period.
pub async fn rows(tx: &mut ReadTx, request: &Request, visible: &Visible) -> Result<Vec<ReportRow>, StoreError> {
    report(tx, request, visible, Only { values: None, durations: true }).await
}

/// The same without how long requests took, which is most of what is read of many callers.
pub async fn sums(tx: &mut ReadTx, request: &Request, visible: &Visible) -> Result<Vec<ReportRow>, StoreError> {
    report(tx, request, visible, Only { values: None, durations: false }).await
}

/// What of a report is asked for.
struct Only<'a> {
    /// These values of what rows are told apart by but the hour; `None`: all.
    values: Option<&'a [Vec<String>]>,
    /// How long requests took, too.
    durations: bool,
}

async fn report(
    tx: &mut ReadTx,
    request: &Request,
    visible: &Visible,
    only: Only<'_>,
) -> Result<Vec<ReportRow>, StoreError> {
    // Nothing is behind what lasts until now.
    let is_open = request.until_ms >= now_ms();
    let by_hour = request.group_by.iter().position(|it| *it == Dimension::Hour);
    let buckets = match by_hour {
        Some(_) => Buckets::hours(request.since_ms, request.until_ms, is_open),
        None => Buckets::whole(request.since_ms, request.until_ms, is_open),
    };
    let group_by: Vec<Dimension> = request.group_by.iter().copied().filter(|it| *it != Dimension::Hour).collect();
    let question = UsageQuestion {
        buckets: &buckets,
        group_by: &group_by,
        filters: &request.filters,
        visible,
        only: only.values,
        sketches: only.durations,
    };
    let row = |cell: Cell| {
        let Cell { bucket, mut values, amounts: Amounts { measures, latency, first_byte } } = cell;
        if let Some(place) = by_hour {
            values.insert(place, hour(buckets.starts()[bucket]));
        }
        ReportRow { values, measures, latency, first_byte, ..ReportRow::default() }
    };
    Ok(cells(tx, &question).await?.into_iter().map(row).collect())
}

/// The amounts of each bucket and combination of values that was used, each once, in no order.
pub async fn cells(tx: &mut ReadTx, question: &UsageQuestion<'_>) -> Result<Vec<Cell>, StoreError> {
    Ok(Box::pin(found(tx, question)).await?.into_cells())
}

/// The values with most of a metric, the most first, and of how many they are. The question has one bucket.
pub async fn top(
    tx: &mut ReadTx,
    question: &UsageQuestion<'_>,
    (by, most): (Metric, usize),
) -> Result<(Vec<Vec<String>>, usize), StoreError> {
    Ok(Box::pin(found(tx, question)).await?.into_top(by, most))
}

async fn found<'a>(tx: &mut ReadTx, question: &'a UsageQuestion<'a>) -> Result<Gathered<'a>, StoreError> {
    let mut found = Gathered { question, cells: HashMap::new(), rolled: None };
    if matches!(question.visible, Visible::Projects(names) if names.is_empty()) {
        return Ok(found);
    }
    // What is not in the roll-ups yet is in the rows.
    let cube = if has_backlog(tx.connection()).await? { None } else { Cube::with(&asked(question)) };
    if let Some(cube) = cube {
        let keys = keys(tx, cube, question).await?;
        let rolled = RolledUp::new(question.buckets.count(), keys.count());
        found.rolled = Some((keys, rolled));
    }
    for segment in segment::segments(question.buckets, &levels(cube, question)) {
        if let (SumsIn::Rollup(period), Some((keys, rolled))) = (segment.table, &mut found.rolled) {
            Box::pin(rolled::add(tx, question, (&segment, period), keys, rolled)).await?;
            continue;
        }
        found.add_sums(tx, &segment).await?;
        if question.sketches {
            for measure in Histogram::ALL {
                found.add_counts(tx, &segment, measure).await?;
            }
        }
    }
    Ok(found)
}

async fn keys(tx: &mut ReadTx, cube: Cube, question: &UsageQuestion<'_>) -> Result<Keys, StoreError> {
    let UsageQuestion { group_by, filters, visible, only, sketches, .. } = *question;
    let asked = KeysAsked { group_by, filters, visible, only, sketches };
    let memory = tx.rollups();
    Box::pin(memory.keys.of(tx.connection(), cube, &asked)).await
}

/// All dimensions that a question names.
fn asked(question: &UsageQuestion<'_>) -> Vec<Dimension> {
    let filters = question.filters.iter().map(|it| it.dimension);
    let mut asked: Vec<Dimension> = question.group_by.iter().copied().chain(filters).collect();
    if matches!(question.visible, Visible::Projects(_)) {
        asked.push(Dimension::Project);
    }
    asked
}

/// The periods of roll-ups that a question may be answered from. Those of minutes are kept for a while.
fn levels(cube: Option<Cube>, question: &UsageQuestion<'_>) -> Vec<Period> {
    let minutes = question.buckets.since_ms() >= now_ms() - ASKED_MINUTES_MS;
    let periods = cube.map_or(&[][..], Cube::periods);
    periods.iter().copied().filter(|it| *it != Period::Minute || minutes).collect()
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

struct Gathered<'a> {
    question: &'a UsageQuestion<'a>,
    /// Of single requests.
    cells: HashMap<(usize, Vec<String>), Amounts>,
    /// Of roll-ups.
    rolled: Option<(Keys, RolledUp)>,
}

impl Gathered<'_> {
    /// Each bucket and combination of values once.
    fn into_cells(mut self) -> Vec<Cell> {
        let mut cells = Vec::new();
        if let Some((keys, rolled)) = self.rolled {
            cells.reserve(rolled.amounts().len());
            for (bucket, place, mut amounts) in rolled.into_amounts() {
                let mut values = keys.values(place);
                if !self.cells.is_empty() {
                    let cell = (bucket, values);
                    if let Some(more) = self.cells.remove(&cell) {
                        amounts.add(&more);
                    }
                    values = cell.1;
                }
                cells.push(Cell { bucket, values, amounts });
            }
        }
        cells.extend(self.cells.into_iter().map(|((bucket, values), amounts)| Cell { bucket, values, amounts }));
        cells
    }

    /// The values with most of a metric, and of how many they are.
    fn into_top(self, by: Metric, most: usize) -> (Vec<Vec<String>>, usize) {
        let Some((keys, rolled)) = self.rolled.as_ref().filter(|_| self.cells.is_empty()) else {
            return ranking(&self.into_cells(), by, most);
        };
        let mut ranked: Vec<(Option<f64>, usize)> =
            rolled.amounts().iter().map(|(_, place, amounts)| (by.value(amounts), *place)).collect();
        let count = ranked.len();
        let order =
            |a: &(Option<f64>, usize), b: &(Option<f64>, usize)| by_figure(a.0, b.0).then_with(|| keys.order(a.1, b.1));
        if most < count {
            ranked.select_nth_unstable_by(most, order);
            ranked.truncate(most);
        }
        ranked.sort_unstable_by(order);
        (ranked.into_iter().map(|(_, place)| keys.values(place)).collect(), count)
    }

    async fn add_sums(&mut self, tx: &mut ReadTx, segment: &Segment) -> Result<(), StoreError> {
        for row in fetch(tx, source::sums(segment, self.question)).await? {
            let measures = measures(&row)?;
            if let Some(amounts) = self.of(segment, &row)? {
                amounts.measures.add(&measures);
            }
        }
        Ok(())
    }

    async fn add_counts(&mut self, tx: &mut ReadTx, segment: &Segment, histogram: Histogram) -> Result<(), StoreError> {
        for row in fetch(tx, source::counts(segment, self.question, histogram)).await? {
            let bucket = codec::unsigned(&row, "bucket")? as u32;
            let count = codec::unsigned(&row, "observations")?;
            if let Some(amounts) = self.of(segment, &row)? {
                match histogram {
                    Histogram::Latency => amounts.latency.add(bucket, count),
                    Histogram::FirstByte => amounts.first_byte.add(bucket, count),
                }
            }
        }
        Ok(())
    }

    /// Where a row of an answer belongs; `None`: it was not asked for.
    fn of(&mut self, segment: &Segment, row: &AnyRow) -> Result<Option<&mut Amounts>, StoreError> {
        let UsageQuestion { buckets, group_by, only, .. } = self.question;
        let values = group_by.iter().map(|&it| codec::text(row, column(it))).collect::<Result<Vec<_>, _>>()?;
        if only.is_some_and(|only| !only.contains(&values)) {
            return Ok(None);
        }
        let at_ms = if segment.step_ms.is_some() { codec::bigint(row, "at_ms")? } else { segment.from_ms };
        // The first part of a segment may have begun before it.
        let bucket = buckets.index(at_ms.max(segment.from_ms)).unwrap_or(buckets.count() - 1);
        Ok(Some(self.cells.entry((bucket, values)).or_default()))
    }
}

async fn fetch(tx: &mut ReadTx, statement: Statement) -> Result<Vec<AnyRow>, StoreError> {
    let Statement { sql, arguments } = statement;
    Ok(sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(tx.connection()).await?)
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
