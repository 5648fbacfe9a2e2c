use control_plane_core::insight::{self, Amounts, Metric, SeriesLine, Unit, Zone};
use web::{
    Screen,
    chart::{self, Kind, Series},
};

use super::address::Address;

/// So many lines have a colour of their own.
pub const DRAWN: usize = 7;

/// How a chart is drawn.
#[derive(Clone, Copy)]
pub struct Drawing<'a> {
    /// Unique on its page.
    pub id: &'static str,
    /// What it shows.
    pub caption: &'a str,
    /// Lines or stacks.
    pub kind: Kind,
}

/// A chart as a view draws it: the lines of its first metric, or, where nothing is told apart, a line for each metric.
pub fn series(found: &insight::Series, drawing: Drawing<'_>, asked: &Address) -> Series {
    let request = &found.request;
    let metric = request.metrics[0];
    let mut lines: Vec<chart::Line> = if request.group_by.is_empty() {
        request.metrics.iter().map(|&it| line(name_of(it), &found.now.total, it, false)).collect()
    } else {
        let top = found.now.top.iter().take(DRAWN).map(|it| line(name(it), it, metric, false));
        let other = rest(found).map(|it| line("Other".to_owned(), &it, metric, false));
        top.chain(other).collect()
    };
    // What is told apart stands on itself: only a whole has one line to compare it with.
    if let Some(before) = found.before.as_ref().filter(|_| request.group_by.is_empty() || drawing.kind != Kind::Lines) {
        lines.push(line("Period before".to_owned(), &before.total, metric, true));
    }
    let starts_ms = request.buckets.starts().to_vec();
    let mut drill = Address { compare: false, ..asked.clone() };
    "{since}".clone_into(&mut drill.since);
    "{until}".clone_into(&mut drill.until);
    Series {
        id: drawing.id,
        caption: drawing.caption.to_owned(),
        kind: drawing.kind,
        unit: unit(metric),
        starts: if request.zone.name() == Zone::UTC_NAME {
            Vec::new()
        } else {
            starts_ms
                .iter()
                .map(|it| request.zone.rfc3339(*it).chars().take(16).collect::<String>().replace('T', " "))
                .collect()
        },
        zone: if request.zone.name() == Zone::UTC_NAME { String::new() } else { request.zone.name().to_owned() },
        bucket_ms: starts_ms.windows(2).map(|it| it[1] - it[0]).max().unwrap_or(0),
        starts_ms,
        lines,
        failures: false,
        drill: drill.href_with::<&str>(Screen::Requests.path(), &[]).replace("%7B", "{").replace("%7D", "}"),
    }
}

/// What is drawn as one line with all that has none of its own.
fn rest(found: &insight::Series) -> Option<SeriesLine> {
    let undrawn = found.now.top.get(DRAWN..).unwrap_or_default();
    let mut rest = match (&found.now.other, undrawn) {
        (Some(other), _) => other.clone(),
        (None, []) => return None,
        (None, [first, ..]) => {
            SeriesLine { points: vec![Amounts::default(); first.points.len()], ..SeriesLine::default() }
        }
    };
    for line in undrawn {
        rest.points.iter_mut().zip(&line.points).for_each(|(all, it)| all.add(it));
    }
    Some(rest)
}

fn line(name: String, line: &SeriesLine, metric: Metric, before: bool) -> chart::Line {
    chart::Line { name, values: line.points.iter().map(|it| figure(metric, it)).collect(), before }
}

/// A figure as charts have it: dollars by the billionth.
pub fn figure(metric: Metric, of: &Amounts) -> Option<f64> {
    metric.value(of).map(|it| if metric.unit() == Unit::Usd { it * 1e9 } else { it })
}

fn name(line: &SeriesLine) -> String {
    let values = line.values.iter().map(|it| if it.is_empty() { "none" } else { it.as_str() });
    values.collect::<Vec<_>>().join(" · ")
}

/// A metric as people call it.
pub fn name_of(metric: Metric) -> String {
    let (what, percentile) = match metric.as_str().rsplit_once("_p") {
        Some((what, number)) if number.parse::<u8>().is_ok() => (what, Some(number)),
        _ => (metric.as_str(), None),
    };
    let what = what.replace('_', " ");
    percentile.map_or(what.clone(), |number| format!("{what} p{number}"))
}

/// What its figures are.
pub fn unit(metric: Metric) -> chart::Unit {
    match metric.unit() {
        Unit::Usd => chart::Unit::Money,
        Unit::Count => chart::Unit::Count,
        Unit::Ratio => chart::Unit::Share,
        Unit::Milliseconds => chart::Unit::Millis,
        Unit::PerSecond => chart::Unit::PerSecond,
    }
}
