use control_plane_core::insight::{self, Amounts, Metric, SeriesLine, Unit};
use web::{
    Screen,
    chart::{self, Kind, Series},
};

use super::address::Address;

/// How a chart is drawn.
#[derive(Clone, Copy)]
pub struct Drawing {
    /// Unique on its page.
    pub id: &'static str,
    /// What it shows.
    pub caption: &'static str,
    /// Lines or stacks.
    pub kind: Kind,
}

/// A chart as a view draws it: the lines of its first metric, or, where nothing is told apart, a line for each metric.
pub fn series(found: &insight::Series, drawing: Drawing, asked: &Address) -> Series {
    let request = &found.request;
    let metric = request.metrics[0];
    let lines = if request.group_by.is_empty() {
        request.metrics.iter().map(|&it| line(name_of(it), &found.now.total, it, false)).collect()
    } else {
        let top = found.now.top.iter().map(|it| line(name(it), it, metric, false));
        let other = found.now.other.iter().map(|it| line("Other".to_owned(), it, metric, false));
        top.chain(other).collect()
    };
    let starts_ms = request.buckets.starts().to_vec();
    let mut drill = asked.clone();
    "{since}".clone_into(&mut drill.since);
    "{until}".clone_into(&mut drill.until);
    Series {
        id: drawing.id,
        caption: drawing.caption.to_owned(),
        kind: drawing.kind,
        unit: unit(metric),
        bucket_ms: starts_ms.windows(2).map(|it| it[1] - it[0]).max().unwrap_or(0),
        starts_ms,
        lines,
        drill: drill.href_with::<&str>(Screen::Requests.path(), &[]).replace("%7B", "{").replace("%7D", "}"),
    }
}

fn line(name: String, line: &SeriesLine, metric: Metric, before: bool) -> chart::Line {
    let value =
        |it: &Amounts| metric.value(it).map(|figure| if metric.unit() == Unit::Usd { figure * 1e9 } else { figure });
    chart::Line { name, values: line.points.iter().map(value).collect(), before }
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
