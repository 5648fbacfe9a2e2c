use serde_json::{Value, json};

use super::{Amounts, Metric, Series, SeriesLine, Zone};
use crate::rollup::{Sketch, lowest};

/// Usage as a map: what adds up by the days and hours of a week, how long requests took by how many took how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heat {
    /// By day of the week and hour.
    Week(Box<HeatMap>),
    /// By length over time.
    Bands {
        /// The start of each column and the end of the last.
        bounds: Vec<i64>,
        /// From the shortest to the longest.
        bands: Vec<Band>,
    },
}

/// The most columns of a map over time: more are nothing that one looks at.
const COLUMNS: usize = 36;
/// As they are called.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Heat {
    /// A map of the first metric of a chart that tells nothing apart, which was asked for by [`super::SeriesRequest::for_heat`].
    pub fn of(series: &Series) -> Self {
        let (request, line) = (&series.request, &series.now.total);
        let metric = request.metrics[0];
        if !metric.needs_sketches() {
            return Self::Week(Box::new(HeatMap::of(line, request.buckets.starts(), &request.zone)));
        }
        let each = line.points.len().div_ceil(COLUMNS).max(1);
        let points: Vec<Amounts> = line.points.chunks(each).map(Amounts::sum).collect();
        let starts = request.buckets.starts().iter().copied().step_by(each);
        let bounds = starts.chain([request.buckets.until_ms()]).collect();
        let sketch: fn(&Amounts) -> &Sketch =
            if metric.is_first_byte() { |it| &it.first_byte } else { |it| &it.latency };
        Self::Bands { bounds, bands: bands(&points, sketch) }
    }

    /// As one JSON object.
    pub fn json(&self, series: &Series) -> Value {
        let request = &series.request;
        let mut object = json!({
            "since": request.zone.rfc3339(request.buckets.since_ms()),
            "until": request.zone.rfc3339(request.buckets.until_ms()),
            "timezone": request.zone.name(),
            "metric": request.metrics[0].as_str(),
        });
        match self {
            Self::Week(map) => object["week"] = map.json(request.metrics[0]),
            Self::Bands { bounds, bands } => {
                let moments: Vec<String> = bounds.iter().map(|it| request.zone.rfc3339(*it)).collect();
                object["bounds"] = json!(moments);
                let band = |it: &Band| json!({ "from_us": it.from_us, "to_us": it.to_us, "counts": it.counts });
                object["bands"] = bands.iter().map(band).collect();
            }
        }
        object
    }
}

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

    fn json(&self, metric: Metric) -> Value {
        let day = |(day, hours): (&str, &[Amounts; 24])| {
            let hours: Vec<Value> = hours.iter().map(|it| metric.json(it)).collect();
            json!({ "day": day, "hours": hours })
        };
        DAYS.into_iter().zip(&self.cells).map(day).collect()
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
