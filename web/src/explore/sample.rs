use super::{ChoiceGroup, Drawing, Explore, ExploreRow};
use crate::{
    Icon, PickOption, Range, Sample, Sampled, Screen, Switch,
    chart::{Bar, Heat, HeatCell, HeatColumn, HeatRow, Kind, Unit},
    parts::{Absent, Exports, Why},
    sample::series,
    show::{Delta, Percent, Wish},
};

impl Sampled for Explore {
    fn sample(of: Sample) -> Self {
        let some = of != Sample::Empty;
        let href = |format: &str| format!("/explore/export.{format}?metric=spend&group_by=group&since=7d");
        Self {
            range: Range::sample(of, Screen::Explore),
            kept: vec![("since".to_owned(), "7d".to_owned()), ("filter".to_owned(), of.name(&["group=fast"], 0))],
            metrics: metrics(),
            groups: choices(&[
                "Model group",
                "Model",
                "Provider",
                "Caller",
                "Project",
                "Client",
                "Code",
                "Region",
                "Nothing",
            ]),
            subgroups: choices(&["Nothing", "Model", "Caller", "Status"]),
            buckets: choices(&["Hour", "Minute", "Day", "Week", "Month", "Whole period"]),
            tops: choices(&["10", "5", "20", "50"]),
            cumulative: Some(false),
            kinds: kinds(of),
            title: "Spend by model group per hour".to_owned(),
            total: some.then_some(1_284_502_310_000.0),
            delta: some.then_some(Delta { now: 112.0, before: 100.0, wish: Wish::Neither }),
            unit: Unit::Money,
            drawing: match of {
                Sample::Hostile => Drawing::Heat(heat(of)),
                _ => Drawing::Series(series(of, "answer", "Spend by model group", Kind::Stack, Unit::Money)),
            },
            heads: if of == Sample::Huge {
                vec!["Model group".to_owned(), "Caller".to_owned()]
            } else {
                vec!["Model group".to_owned()]
            },
            rows: rows(of),
            rest: if of == Sample::Huge {
                "4,812 more are in Other: ask for more lines, or export them all.".to_owned()
            } else {
                String::new()
            },
            exports: Exports { csv: href("csv"), json: href("json"), ndjson: href("ndjson") },
            points: (of != Sample::Hostile).then(|| Exports {
                csv: href("csv"),
                json: href("json"),
                ndjson: href("ndjson"),
            }),
            command: "smart-router report --since 7d --group-by group --output csv".to_owned(),
            nothing: (!some).then(|| {
                Absent::new(
                    Why::NotYet,
                    "Nothing was spent yet",
                    "What requests cost stands here as soon as the first one has ended.",
                )
            }),
        }
    }
}

fn choices(labels: &[&str]) -> Vec<PickOption> {
    let choice = |(at, label): (usize, &&str)| PickOption {
        value: label.to_lowercase().replace(' ', "_"),
        label: (*label).to_owned(),
        current: at == 0,
    };
    labels.iter().enumerate().map(choice).collect()
}

fn metrics() -> Vec<ChoiceGroup> {
    let group = |title, labels: &[&str]| ChoiceGroup { title, choices: choices(labels) };
    let mut all = vec![
        group("Money", &["Spend"]),
        group("Requests", &["Requests", "Errors", "Error rate", "Fallbacks"]),
        group("Tokens", &["Tokens", "Input tokens", "Output tokens", "Cached input tokens", "Tokens per second"]),
        group("Latency", &["Latency p50", "Latency p90", "Latency p95", "Latency p99"]),
        group("Time to first byte", &["First byte p50", "First byte p90", "First byte p95", "First byte p99"]),
    ];
    for choice in all.iter_mut().skip(1).flat_map(|it| &mut it.choices) {
        choice.current = false;
    }
    all
}

fn kinds(of: Sample) -> Vec<Switch> {
    let current = if of == Sample::Hostile { "Heat map" } else { "Stack" };
    let kind = |(label, icon): (&str, &'static str)| Switch {
        label: label.to_owned(),
        icon: Some(Icon(icon)),
        href: format!("/explore?kind={}", label.to_lowercase().replace(' ', "-")),
        current: label == current,
    };
    [
        ("Lines", "chart-line"),
        ("Stack", "chart-area-line"),
        ("Bars", "chart-bar"),
        ("Heat map", "grid-4x4"),
        ("Table", "table"),
    ]
    .into_iter()
    .map(kind)
    .collect()
}

fn rows(of: Sample) -> Vec<ExploreRow> {
    let values: Vec<f64> = (0..of.rows(4, 51)).map(|at| of.count(642_251_155_000 / (at as u64 + 1)) as f64).collect();
    let all: f64 = values.iter().sum();
    let row = |(at, bar): (usize, Bar)| ExploreRow {
        names: match of {
            Sample::Huge if at == 50 => Vec::new(),
            Sample::Huge => vec![of.name(&["fast", "smart"], at), of.name(&["ana-search-dev", "ci"], at)],
            _ => vec![of.name(&["fast", "smart", "agent", ""], at)],
        },
        href: "/requests?since=7d&filter=group%3Dfast".to_owned(),
        only_href: if of == Sample::Huge && at == 50 {
            String::new()
        } else {
            "/explore?filter=group%3Dfast".to_owned()
        },
        series: (at < 8).then(|| at as u8 + 1),
        value: Some(values[at]),
        share: Some(Percent(values[at] / all)),
        bar,
        delta: Some(Delta {
            now: 100.0 + at as f64 * 9.0,
            before: if at == 2 { 0.0 } else { 110.0 },
            wish: Wish::Neither,
        }),
    };
    Bar::of(values.iter().copied()).into_iter().enumerate().map(row).collect()
}

fn heat(of: Sample) -> Heat {
    let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let cell = |count: u64| HeatCell {
        value: Some(of.count(count) as f64 * 1e7),
        href: "/requests?since=2026-11-16T10:00:00Z&until=2026-11-16T11:00:00Z".to_owned(),
    };
    let row = |day: &str| HeatRow {
        name: day.to_owned(),
        cells: (0..24_u64).map(|hour| cell(hour * 13 % 29 + day.len() as u64)).collect(),
    };
    Heat {
        caption: "Spend by weekday and hour".to_owned(),
        unit: Unit::Money,
        columns: (0..24).map(|it| HeatColumn { name: it.to_string(), mark: it.to_string() }).collect(),
        rows: days.map(row).into(),
    }
}
