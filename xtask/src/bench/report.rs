//! Medians over the repetitions, as Markdown.

use serde::Serialize;

use super::memory::{Memory, Streams};

/// One scenario on one system, once.
#[derive(Clone, Serialize)]
pub struct Measurement {
    /// `direct`, `nginx`, `router`, or `before`: an older router.
    pub system: String,
    /// The scenario's name.
    pub scenario: String,
    /// CPU is per 1,000 events instead of requests.
    pub stream: bool,
    /// Requests per second.
    pub per_second: f64,
    /// CPU milliseconds of the system under test per 1,000 requests or events; `None` without a system in between.
    pub cpu_ms_per_1000: Option<f64>,
    /// How much of them the kernel spent.
    pub kernel_ms_per_1000: Option<f64>,
    /// Which part of its core the system used.
    pub core: Option<f64>,
    /// It should have used all of it: something else was the bottleneck, and the figures mean little.
    pub unsaturated: bool,
    /// Median latency.
    pub p50_ms: f64,
    /// 99th percentile of latency.
    pub p99_ms: f64,
    /// Median time to the first byte of the body.
    pub first_byte_p50_ms: f64,
    /// 99th percentile of the time to the first byte.
    pub first_byte_p99_ms: f64,
}

/// The report.
pub fn markdown(all: &[Measurement], memory: &[Memory]) -> String {
    let mut text = String::from(
        "| scenario | system | CPU ms per 1,000 | × nginx | kernel ms | core | requests/s | p50 ms | p99 ms | added p50 | added p99 | first byte p50 ms | added |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for scenario in names(all, |it| &it.scenario) {
        for system in names(all, |it| &it.system) {
            text.push_str(&row(all, scenario, system));
        }
    }
    text.push_str(&memory_table(memory));
    text
}

fn memory_table(all: &[Memory]) -> String {
    let mut text = format!(
        "\n| system | start ms | idle MiB | peak MiB | after load MiB | {0} streams open MiB | KB each | MiB after them |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        super::memory::STREAMS
    );
    for system in names(all, |it| &it.system) {
        let of = |value: fn(&Memory) -> f64| median(all, |it| (it.system == system).then(|| value(it)));
        let streams = all.iter().filter(|it| it.system == system).find_map(|it| it.streams.as_ref());
        text.push_str(&format!(
            "| {system} | {:.0} | {:.1} | {:.1} | {:.1} | {} | {} | {} |\n",
            of(|it| it.start_ms),
            of(|it| it.idle),
            of(|it| it.peak),
            of(|it| it.after),
            figure(streams.map_or(f64::NAN, |it| it.peak)),
            figure(streams.map_or(f64::NAN, Streams::each)),
            figure(streams.map_or(f64::NAN, |it| it.after)),
        ));
    }
    text
}

fn row(all: &[Measurement], scenario: &str, system: &str) -> String {
    let of = |system: &str, value: &dyn Fn(&Measurement) -> Option<f64>| {
        median(all, |it| (it.system == system && it.scenario == scenario).then(|| value(it)).flatten())
    };
    let added = |value: &dyn Fn(&Measurement) -> Option<f64>| of(system, value) - of("direct", value);
    let cpu = of(system, &|it| it.cpu_ms_per_1000);
    let ratio = cpu / of("nginx", &|it| it.cpu_ms_per_1000);
    let unsaturated = all.iter().any(|it| it.system == system && it.scenario == scenario && it.unsaturated);
    format!(
        "| {scenario} | {system} | {} | {} | {} | {}{} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |\n",
        figure(cpu),
        figure(ratio),
        figure(of(system, &|it| it.kernel_ms_per_1000)),
        figure(of(system, &|it| it.core)),
        if unsaturated { " **not saturated**" } else { "" },
        of(system, &|it| Some(it.per_second)),
        of(system, &|it| Some(it.p50_ms)),
        of(system, &|it| Some(it.p99_ms)),
        added(&|it| Some(it.p50_ms)),
        added(&|it| Some(it.p99_ms)),
        of(system, &|it| Some(it.first_byte_p50_ms)),
        added(&|it| Some(it.first_byte_p50_ms)),
    )
}

fn figure(value: f64) -> String {
    if value.is_finite() { format!("{value:.2}") } else { "–".to_owned() }
}

/// Distinct names in the order of their first appearance.
fn names<'a, T>(all: &'a [T], name: impl Fn(&'a T) -> &'a String) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for measurement in all {
        if !names.contains(&name(measurement).as_str()) {
            names.push(name(measurement));
        }
    }
    names
}

/// Not a number when nothing was measured.
fn median<T>(all: &[T], value: impl Fn(&T) -> Option<f64>) -> f64 {
    let mut values: Vec<f64> = all.iter().filter_map(value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
