//! What is measured.

use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;

use super::load::{self, Load, Seen};
use super::payload;
use super::procstat;
use super::report::Measurement;
use super::system::System;

/// One kind of load.
pub struct Scenario {
    /// Its name in the report.
    pub name: &'static str,
    body_bytes: usize,
    /// The upstream's model, which is also the group's name: it says how the sandbox behaves.
    model: &'static str,
    stream: bool,
    connections: usize,
    rate: Option<f64>,
}

/// Answers of 1.5 KB, at once.
pub const WHOLE: &str = "whole";
/// Streams of 100 chunks, as fast as they go.
pub const STREAM: &str = "stream";
/// Streams of 100 chunks, 10 ms between them.
pub const PACED: &str = "paced";

impl Scenario {
    /// All of them: saturation by body size, an open loop for latency, streams saturated and paced.
    pub fn all() -> Vec<Self> {
        let whole = |name, body_bytes, connections, rate| Self {
            name,
            body_bytes,
            model: WHOLE,
            stream: false,
            connections,
            rate,
        };
        let stream =
            |name, model, connections| Self { name, body_bytes: 300, model, stream: true, connections, rate: None };
        vec![
            whole("saturated 300 B", 300, 64, None),
            whole("saturated 20 KB", 20_000, 64, None),
            whole("saturated 200 KB", 200_000, 64, None),
            whole("200/s, 300 B", 300, 64, Some(200.0)),
            whole("200/s, 20 KB", 20_000, 64, Some(200.0)),
            whole("200/s, 200 KB", 200_000, 64, Some(200.0)),
            stream("streams saturated", STREAM, 16),
            stream("streams paced", PACED, 10),
        ]
    }

    /// Applies the load after a short warm-up, and reads what it cost the system.
    pub async fn measure(&self, system: &System, idle_kib: u64, seconds: u64) -> Result<Measurement> {
        let mut load = self.load(system, Duration::from_millis(500));
        load::apply(&load).await?;
        load.duration = Duration::from_secs(seconds);
        let before = system.pid().map(procstat::cpu_seconds);
        let seen = load::apply(&load).await?;
        let cpu = system.pid().zip(before).map(|(pid, before)| procstat::cpu_seconds(pid) - before);
        Ok(self.measurement(system, idle_kib, &seen, cpu))
    }

    fn load(&self, system: &System, duration: Duration) -> Load {
        Load {
            address: system.address(),
            path: "/v1/chat/completions",
            token: system.token().to_owned(),
            body: Bytes::from(payload::chat(&system.model(self.model), self.body_bytes, self.stream)),
            connections: self.connections,
            rate: self.rate,
            duration,
        }
    }

    fn measurement(&self, system: &System, idle_kib: u64, seen: &Seen, cpu: Option<f64>) -> Measurement {
        let units = if self.stream { seen.events } else { seen.requests };
        Measurement {
            system: system.name().to_owned(),
            scenario: self.name.to_owned(),
            stream: self.stream,
            per_second: seen.requests as f64 / seen.seconds,
            cpu_ms_per_1000: cpu.map(|cpu| cpu * 1e6 / units.max(1) as f64),
            p50_ms: percentile(&seen.latencies_us, 0.50),
            p99_ms: percentile(&seen.latencies_us, 0.99),
            first_byte_p50_ms: percentile(&seen.first_bytes_us, 0.50),
            first_byte_p99_ms: percentile(&seen.first_bytes_us, 0.99),
            idle_mib: idle_kib as f64 / 1024.0,
            after_mib: system.memory_kib() as f64 / 1024.0,
            peak_mib: system.pid().map_or(0, procstat::peak_kib) as f64 / 1024.0,
            start_ms: system.start_ms(),
        }
    }
}

/// A percentile of ascending microseconds, in milliseconds.
pub fn percentile(sorted_us: &[u64], rank: f64) -> f64 {
    let last = sorted_us.len().saturating_sub(1);
    sorted_us.get((last as f64 * rank).round() as usize).copied().unwrap_or(0) as f64 / 1000.0
}
