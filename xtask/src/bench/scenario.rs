//! What is measured.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::load::{self, Load, Pace, Seen};
use super::payload;
use super::procstat;
use super::recording::{Behaviour, PACED, STREAM, WHOLE};
use super::report::Measurement;
use super::system::System;

/// What a system that is the bottleneck uses of its core, at least.
const SATURATED: f64 = 0.95;

/// One kind of load.
pub struct Scenario {
    /// Its name in the report.
    pub name: &'static str,
    body_bytes: usize,
    behaviour: Behaviour,
    connections: usize,
    pace: Pace,
}

impl Scenario {
    /// All of them: saturation by body size, an open loop for latency, streams saturated and paced.
    pub fn all() -> Vec<Self> {
        let whole = |name, body_bytes, pace| Self { name, body_bytes, behaviour: WHOLE, connections: 64, pace };
        let stream = |name, behaviour, connections| Self {
            name,
            body_bytes: 300,
            behaviour,
            connections,
            pace: Pace::Saturating,
        };
        vec![
            whole("saturated 300 B", 300, Pace::Saturating),
            whole("saturated 20 KB", 20_000, Pace::Saturating),
            whole("saturated 200 KB", 200_000, Pace::Saturating),
            whole("200/s, 300 B", 300, Pace::PerSecond(200.0)),
            whole("200/s, 20 KB", 20_000, Pace::PerSecond(200.0)),
            whole("200/s, 200 KB", 200_000, Pace::PerSecond(200.0)),
            stream("streams saturated", STREAM, 16),
            stream("streams paced", PACED, 10),
        ]
    }

    /// Applies the load after a short warm-up, and reads what it cost the system.
    pub fn measure(&self, system: &System, seconds: u64) -> Result<Measurement> {
        let mut load = self.load(system, Duration::from_millis(500));
        load::apply(&load)?;
        load.duration = Duration::from_secs(seconds);
        let before = system.pid().map(Spent::until_now);
        let started = Instant::now();
        let seen = load::apply(&load)?;
        let wall = started.elapsed().as_secs_f64();
        let cpu = system.pid().zip(before).map(|(pid, before)| Spent::until_now(pid).since(&before));
        Ok(self.measurement(system, &seen, cpu.as_ref(), wall))
    }

    fn load(&self, system: &System, duration: Duration) -> Load {
        let Self { behaviour, connections, pace, .. } = *self;
        let body = payload::chat(behaviour.name, self.body_bytes, behaviour.pace.is_some());
        let request = system.request(behaviour.name, behaviour, "/v1/chat/completions", &body);
        Load { address: system.address(), request, connections, pace, duration }
    }

    fn measurement(&self, system: &System, seen: &Seen, cpu: Option<&Spent>, wall: f64) -> Measurement {
        let stream = self.behaviour.pace.is_some();
        let units = if stream { seen.events } else { seen.requests };
        let core = cpu.map(|cpu| cpu.seconds / wall);
        let of_each = |seconds: f64| seconds * 1e6 / units.max(1) as f64;
        Measurement {
            system: system.name().to_owned(),
            scenario: self.name.to_owned(),
            stream,
            per_second: seen.requests as f64 / seen.seconds,
            cpu_ms_per_1000: cpu.map(|cpu| of_each(cpu.seconds)),
            kernel_ms_per_1000: cpu.map(|cpu| of_each(cpu.seconds * cpu.kernel_share())),
            core,
            unsaturated: self.name.contains("saturated") && core.is_some_and(|it| it < SATURATED),
            p50_ms: percentile(&seen.latencies_us, 0.50),
            p99_ms: percentile(&seen.latencies_us, 0.99),
            first_byte_p50_ms: percentile(&seen.first_bytes_us, 0.50),
            first_byte_p99_ms: percentile(&seen.first_bytes_us, 0.99),
        }
    }
}

/// CPU time of a system.
struct Spent {
    seconds: f64,
    /// The same in coarse ticks, told apart: its own, and the kernel's for it.
    ticks: (u64, u64),
}

impl Spent {
    fn until_now(pid: u32) -> Self {
        Self { seconds: procstat::cpu_seconds(pid), ticks: procstat::user_and_kernel_ticks(pid) }
    }

    fn since(&self, before: &Self) -> Self {
        let ticks = (self.ticks.0 - before.ticks.0, self.ticks.1 - before.ticks.1);
        Self { seconds: self.seconds - before.seconds, ticks }
    }

    fn kernel_share(&self) -> f64 {
        let (own, kernel) = self.ticks;
        kernel as f64 / (own + kernel).max(1) as f64
    }
}

/// A percentile of ascending microseconds, in milliseconds.
pub fn percentile(sorted_us: &[u64], rank: f64) -> f64 {
    let last = sorted_us.len().saturating_sub(1);
    sorted_us.get((last as f64 * rank).round() as usize).copied().unwrap_or(0) as f64 / 1000.0
}
