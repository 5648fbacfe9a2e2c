//! Medians over the repetitions, as Markdown.

use serde::Serialize;

/// One scenario on one system, once.
#[derive(Clone, Serialize)]
pub struct Measurement {
    /// `direct`, `nginx` or `router`.
    pub system: String,
    /// The scenario's name.
    pub scenario: String,
    /// CPU is per 1,000 events instead of requests.
    pub stream: bool,
    /// Requests per second.
    pub per_second: f64,
    /// CPU milliseconds of the system under test per 1,000 requests or events; `None` without a system in between.
    pub cpu_ms_per_1000: Option<f64>,
    /// Median latency.
    pub p50_ms: f64,
    /// 99th percentile of latency.
    pub p99_ms: f64,
    /// Median time to the first byte of the body.
    pub first_byte_p50_ms: f64,
    /// 99th percentile of the time to the first byte.
    pub first_byte_p99_ms: f64,
    /// Resident memory before any load.
    pub idle_mib: f64,
    /// Resident memory after the scenario.
    pub after_mib: f64,
    /// The most that was resident since the start.
    pub peak_mib: f64,
    /// From the process's start to its first answer.
    pub start_ms: f64,
}

/// The report.
pub fn markdown(all: &[Measurement]) -> String {
    let mut text = String::from(
        "| scenario | system | CPU ms per 1,000 | × nginx | requests/s | p50 ms | p99 ms | added p50 | added p99 | first byte p50 ms | added |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for scenario in names(all, |it| &it.scenario) {
        for system in names(all, |it| &it.system) {
            text.push_str(&row(all, scenario, system));
        }
    }
    text.push_str("\n| system | start ms | idle MiB | after load MiB | peak MiB |\n| --- | --- | --- | --- | --- |\n");
    for system in names(all, |it| &it.system).into_iter().filter(|it| *it != "direct") {
        let of = |value: fn(&Measurement) -> f64| median(all, |it| (it.system == system).then(|| value(it)));
        let after = all.iter().filter(|it| it.system == system).map(|it| it.after_mib).fold(0.0, f64::max);
        text.push_str(&format!(
            "| {system} | {:.0} | {:.1} | {after:.1} | {:.1} |\n",
            of(|it| it.start_ms),
            of(|it| it.idle_mib),
            all.iter().filter(|it| it.system == system).map(|it| it.peak_mib).fold(0.0, f64::max),
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
    format!(
        "| {scenario} | {system} | {} | {} | {:.0} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |\n",
        figure(cpu),
        figure(ratio),
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
fn names<'a>(all: &'a [Measurement], name: impl Fn(&'a Measurement) -> &'a String) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for measurement in all {
        if !names.contains(&name(measurement).as_str()) {
            names.push(name(measurement));
        }
    }
    names
}

/// Not a number when nothing was measured.
fn median(all: &[Measurement], value: impl Fn(&Measurement) -> Option<f64>) -> f64 {
    let mut values: Vec<f64> = all.iter().filter_map(value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
