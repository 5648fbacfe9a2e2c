use std::{cmp::Ordering, collections::HashMap};

use super::{Amounts, Metric, SeriesRequest};

/// What a store has found: the amounts of a bucket that have the same values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its place among the buckets that were asked for.
    pub bucket: usize,
    /// One for each dimension that was asked for.
    pub values: Vec<String>,
    /// All of them.
    pub amounts: Amounts,
}

/// A line of a chart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesLine {
    /// One for each dimension; none for the rest and for all together.
    pub values: Vec<String>,
    /// The whole period; of cumulative lines, too.
    pub total: Amounts,
    /// One for each bucket.
    pub points: Vec<Amounts>,
}

/// The lines of a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesLines {
    /// At most as many as were asked for, the one with most of the first metric at the top.
    pub top: Vec<SeriesLine>,
    /// All that is in none of them; `None`: nothing is.
    pub other: Option<SeriesLine>,
    /// Everything.
    pub total: SeriesLine,
}

/// A chart: what was asked, and the lines that answer it.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What was asked.
    pub request: SeriesRequest,
    /// How many lines there would be without a limit.
    pub groups: usize,
    /// The period.
    pub now: SeriesLines,
    /// The period before, where it was asked for: the same lines.
    pub before: Option<SeriesLines>,
}

impl SeriesLine {
    fn of(values: Vec<String>, buckets: usize) -> Self {
        Self { values, total: Amounts::default(), points: vec![Amounts::default(); buckets] }
    }

    fn finish(&mut self, cumulative: bool) {
        self.total = Amounts::sum(&self.points);
        if cumulative {
            let mut sum = Amounts::default();
            for point in &mut self.points {
                sum.add(point);
                point.clone_from(&sum);
            }
        }
    }
}

impl SeriesLines {
    /// Lines of these values, in this order, with what else there is. `all`: everything of each bucket, where `cells` are of those
    /// values alone; left out, `cells` are everything.
    pub fn new(
        request: &SeriesRequest,
        values: &[Vec<String>],
        cells: impl IntoIterator<Item = Cell>,
        all: Option<Vec<Cell>>,
    ) -> Self {
        let buckets = request.buckets.count();
        let mut lines: Vec<SeriesLine> = values.iter().map(|it| SeriesLine::of(it.clone(), buckets)).collect();
        let places: HashMap<&[String], usize> = values.iter().enumerate().map(|(at, it)| (it.as_slice(), at)).collect();
        let (mut other, mut total) = (SeriesLine::of(Vec::new(), buckets), SeriesLine::of(Vec::new(), buckets));
        for cell in cells {
            let line = places.get(cell.values.as_slice()).map_or(&mut other, |&at| &mut lines[at]);
            line.points[cell.bucket].add(&cell.amounts);
            total.points[cell.bucket].add(&cell.amounts);
        }
        if let Some(all) = all {
            let known = std::mem::replace(&mut total, SeriesLine::of(Vec::new(), buckets));
            for cell in all {
                total.points[cell.bucket].add(&cell.amounts);
            }
            for ((rest, all), known) in other.points.iter_mut().zip(&total.points).zip(&known.points) {
                rest.clone_from(all);
                rest.subtract(known);
            }
        }
        for line in lines.iter_mut().chain([&mut other, &mut total]) {
            line.finish(request.cumulative);
        }
        let other = (other.total.measures.requests > 0).then_some(other);
        Self { top: lines, other, total }
    }
}

/// The values with most of a metric, the most first, and of how many they are.
pub fn ranking(totals: &[Cell], by: Metric, top: usize) -> (Vec<Vec<String>>, usize) {
    let mut ranked: Vec<(Option<f64>, &Vec<String>)> =
        totals.iter().map(|it| (by.value(&it.amounts), &it.values)).collect();
    ranked.sort_by(|a, b| by_figure(a.0, b.0).then_with(|| a.1.cmp(b.1)));
    (ranked.into_iter().take(top).map(|(_, values)| values.clone()).collect(), totals.len())
}

/// The order of lines by their figures: most first, and last what was not measured.
pub fn by_figure(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}
