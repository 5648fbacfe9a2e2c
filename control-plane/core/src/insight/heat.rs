use super::{Amounts, SeriesLine, Zone};
use crate::rollup::{Sketch, lowest};

/// A week as a map: one row for each day from Monday on, one column for each hour of the time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeatMap {
    /// By day of the week and hour.
    pub cells: [[Amounts; 24]; 7],
}

impl HeatMap {
    /// Adds up a line of hours. `starts` are the starts of its points.
    pub fn of(line: &SeriesLine, starts: &[i64], zone: &Zone) -> Self {
        let mut cells: [[Amounts; 24]; 7] = Default::default();
        for (start, point) in starts.iter().zip(&line.points) {
            let (day, hour) = zone.hour_of_week(*start);
            cells[day][hour].add(point);
        }
        Self { cells }
    }
}

/// How many durations of each point lie within two bounds: a row of a histogram over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Microseconds.
    pub from_us: u64,
    /// Microseconds; not included.
    pub to_us: u64,
    /// One for each point.
    pub counts: Vec<u64>,
}

/// How many buckets of a sketch make a band: half a power of two.
const STEPS: u32 = 8;

/// A histogram of each point, `latency` or `first_byte` for instance, in bands from the shortest to the longest that any has.
pub fn bands(points: &[Amounts], of: fn(&Amounts) -> &Sketch) -> Vec<Band> {
    let seen = |point| of(point).counts().map(|(bucket, _)| bucket / STEPS);
    let (Some(first), Some(last)) = (points.iter().flat_map(seen).min(), points.iter().flat_map(seen).max()) else {
        return Vec::new();
    };
    let mut bands: Vec<Band> = (first..=last)
        .map(|at| Band { from_us: lowest(at * STEPS), to_us: lowest((at + 1) * STEPS), counts: vec![0; points.len()] })
        .collect();
    for (at, point) in points.iter().enumerate() {
        for (bucket, count) in of(point).counts() {
            bands[(bucket / STEPS - first) as usize].counts[at] += count;
        }
    }
    bands
}
