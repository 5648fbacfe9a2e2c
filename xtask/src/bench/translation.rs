//! What translation costs: the same conversation to a target of the caller's dialect and to targets of the others, one
//! after the other on the same router.

use std::time::Duration;

use anyhow::Result;

use super::load::{self, Load, Pace};
use super::recording::{STREAM, WHOLE};
use super::scenario::percentile;
use super::system::{Binary, MESSAGES, RESPONSES, System, SystemKind, Upstream};
use super::{BenchArgs, payload, procstat};

/// A caller's dialect and a target's.
struct Pair {
    name: &'static str,
    messages_caller: bool,
    /// What the group's name ends in.
    target: &'static str,
}

/// The native pair of each caller comes first: the others are compared with it.
const PAIRS: [Pair; 5] = [
    Pair { name: "Chat to Chat, native", messages_caller: false, target: "" },
    Pair { name: "Chat to Responses", messages_caller: false, target: RESPONSES },
    Pair { name: "Chat to Messages", messages_caller: false, target: MESSAGES },
    Pair { name: "Messages to Messages, native", messages_caller: true, target: MESSAGES },
    Pair { name: "Messages to Chat", messages_caller: true, target: "" },
];

/// One pair under one load, once.
pub struct Translated {
    scenario: String,
    pair: usize,
    cpu_ms_per_1000: f64,
    per_second: f64,
    p50_ms: f64,
}

/// Measures every pair, whole and streamed, at two sizes of the request.
pub fn measure_all(args: &BenchArgs, binary: &Binary, upstream: Upstream) -> Result<Vec<Translated>> {
    let mut measured = Vec::new();
    if !"translated".contains(&args.only) {
        return Ok(measured);
    }
    for repetition in 0..args.repetitions {
        let system = System::start(SystemKind::Router("router", binary), upstream)?;
        for (size, bytes) in [("20 KB", 20_000), ("200 KB", 200_000)] {
            for stream in [false, true] {
                let scenario = format!("translated, {}, {size}", if stream { "streamed" } else { "whole" });
                for (number, pair) in PAIRS.iter().enumerate() {
                    eprintln!("run {} of {}: {scenario}, {}", repetition + 1, args.repetitions, pair.name);
                    let load = pair.load(&system, bytes, stream, Duration::from_secs(args.seconds));
                    measured.push(measure(&system, load, scenario.clone(), number)?);
                }
            }
        }
        system.stop()?;
    }
    Ok(measured)
}

impl Pair {
    fn load(&self, system: &System, bytes: usize, stream: bool, duration: Duration) -> Load {
        let behaviour = if stream { STREAM } else { WHOLE };
        let group = format!("{}{}", behaviour.name, self.target);
        let (api, body) = if self.messages_caller {
            ("/v1/messages", payload::messages(&group, bytes, stream))
        } else {
            ("/v1/chat/completions", payload::chat(&group, bytes, stream))
        };
        Load {
            address: system.address(),
            request: system.request(&group, behaviour, api, &body),
            connections: 16,
            pace: Pace::Saturating,
            duration,
        }
    }
}

fn measure(system: &System, mut load: Load, scenario: String, pair: usize) -> Result<Translated> {
    let duration = std::mem::replace(&mut load.duration, Duration::from_millis(300));
    load::apply(&load)?;
    load.duration = duration;
    let cpu = || system.pid().map_or(0.0, procstat::cpu_seconds);
    let before = cpu();
    let seen = load::apply(&load)?;
    Ok(Translated {
        scenario,
        pair,
        cpu_ms_per_1000: (cpu() - before) * 1e6 / seen.requests.max(1) as f64,
        per_second: seen.requests as f64 / seen.seconds,
        p50_ms: percentile(&seen.latencies_us, 0.5),
    })
}

/// The report: medians, and the ratio to the native path in the same scenario.
pub fn markdown(all: &[Translated]) -> String {
    let mut text = String::from(
        "| scenario | pair | CPU ms per 1,000 requests | × native | requests/s | p50 ms |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    let mut scenarios: Vec<&str> = all.iter().map(|it| it.scenario.as_str()).collect();
    scenarios.dedup();
    scenarios.truncate(4);
    for scenario in scenarios {
        let mut native = f64::NAN;
        for (number, pair) in PAIRS.iter().enumerate() {
            let of = |value: fn(&Translated) -> f64| {
                median(all.iter().filter(|it| it.scenario == scenario && it.pair == number).map(value).collect())
            };
            let cpu = of(|it| it.cpu_ms_per_1000);
            if pair.name.ends_with("native") {
                native = cpu;
            }
            text.push_str(&format!(
                "| {scenario} | {} | {cpu:.1} | {:.2} | {:.0} | {:.2} |\n",
                pair.name,
                cpu / native,
                of(|it| it.per_second),
                of(|it| it.p50_ms),
            ));
        }
    }
    text
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
