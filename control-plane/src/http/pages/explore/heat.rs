use std::collections::HashMap;

use control_plane_core::insight::{Band, Heat, HeatMap, Metric, Series, Zone};
use web::{
    Screen,
    chart::{self, HeatCell, HeatColumn, HeatRow, Unit},
    show::Millis,
};

use super::{Question, choices::capital};
use crate::http::{
    moment::rfc3339,
    pages::{
        address::Address,
        charts::{figure, name_of, unit},
    },
};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const HOUR_MS: i64 = 3_600_000;
/// Over every so many columns stands when they begin.
const MARKED: usize = 6;

/// The answer as a map.
pub fn view(question: &Question<'_>, found: &Series) -> chart::Heat {
    let metric = question.metric;
    match Heat::of(found) {
        Heat::Week(map) => week(question.address, found, &map, metric),
        Heat::Bands { bounds, bands } => over_time(question.address, &found.request.zone, &bounds, &bands, metric),
    }
}

fn requests(address: &Address, from_ms: i64, to_ms: i64, more: &[String]) -> String {
    let mut here = Address { since: rfc3339(from_ms), until: rfc3339(to_ms), ..address.clone() };
    here.compare = false;
    here.filters.extend(more.iter().cloned());
    here.href_with::<&str>(Screen::Requests.path(), &[])
}

fn week(address: &Address, found: &Series, map: &HeatMap, metric: Metric) -> chart::Heat {
    let zone = &found.request.zone;
    // Which hours a cell is made of: one hour has an address, several have none.
    let mut hours: HashMap<(usize, usize), Vec<i64>> = HashMap::new();
    for &start in found.request.buckets.starts() {
        hours.entry(zone.hour_of_week(start)).or_default().push(start);
    }
    let cell = |day: usize, hour: usize| {
        let amounts = &map.cells[day][hour];
        let href = match hours.get(&(day, hour)).map(Vec::as_slice) {
            Some([start]) if amounts.measures.requests > 0 => requests(address, *start, next_hour(*start), &[]),
            _ => String::new(),
        };
        HeatCell { value: figure(metric, amounts).filter(|_| amounts.measures.requests > 0), href }
    };
    let row = |(day, name): (usize, &str)| HeatRow {
        name: name.to_owned(),
        cells: (0..24).map(|hour| cell(day, hour)).collect(),
    };
    chart::Heat {
        caption: format!("{} by weekday and hour", capital(&name_of(metric))),
        unit: unit(metric),
        columns: (0..24).map(|it| HeatColumn { name: format!("{it}:00"), mark: it.to_string() }).collect(),
        rows: DAYS.into_iter().enumerate().map(row).collect(),
    }
}

fn next_hour(start_ms: i64) -> i64 {
    start_ms.div_euclid(HOUR_MS) * HOUR_MS + HOUR_MS
}

fn over_time(address: &Address, zone: &Zone, bounds: &[i64], bands: &[Band], metric: Metric) -> chart::Heat {
    let field = if metric.is_first_byte() { "first_byte" } else { "latency" };
    let row = |band: &Band| {
        let cells = bounds.windows(2).zip(&band.counts).map(|(column, &count)| HeatCell {
            value: Some(count as f64),
            href: if count > 0 {
                requests(address, column[0], column[1], &between(field, band))
            } else {
                String::new()
            },
        });
        HeatRow { name: length(band), cells: cells.collect() }
    };
    let days = bounds.last().zip(bounds.first()).is_some_and(|(end, start)| end - start > 48 * HOUR_MS);
    let column = |(at, start): (usize, &i64)| {
        let name = zone.rfc3339(*start).chars().take(16).collect::<String>().replace('T', " ");
        let mark = if days { name[5..10].to_owned() } else { name[11..].to_owned() };
        HeatColumn { mark: if at % MARKED == 0 { mark } else { String::new() }, name }
    };
    chart::Heat {
        caption: format!("Requests by {} over time", field.replace('_', " ")),
        unit: Unit::Count,
        columns: bounds[..bounds.len() - 1].iter().enumerate().map(column).collect(),
        // The longest on top, as on an axis.
        rows: bands.iter().rev().map(row).collect(),
    }
}

fn length(band: &Band) -> String {
    let words = |us: u64| Millis(Some(us as f64 / 1000.0)).short();
    format!("{} to {}", words(band.from_us), words(band.to_us))
}

/// What finds the requests of a band; filters have whole milliseconds.
fn between(field: &str, band: &Band) -> [String; 2] {
    [format!("{field}>={}ms", band.from_us / 1000), format!("{field}<{}ms", band.to_us.div_ceil(1000))]
}
