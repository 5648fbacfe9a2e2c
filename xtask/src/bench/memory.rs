//! What a system takes of the machine's memory: at rest, after the scenarios, and with thousands of streams open.

use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use super::load::{self, Load, Pace};
use super::payload;
use super::recording::OPEN;
use super::system::System;

/// How many streams are open at the same time.
pub const STREAMS: usize = 9_000;
/// Connections that are opened per second.
const PER_SECOND: f64 = 1_000.0;
/// How long a system rests before what stays with it is read.
const REST: Duration = Duration::from_secs(3);

/// Resident memory of one system, in MiB.
#[derive(Clone, Default, Serialize)]
pub struct Memory {
    /// Its name in the report.
    pub system: String,
    /// From the process's start to its first answer, milliseconds.
    pub start_ms: f64,
    /// Before any load.
    pub idle: f64,
    /// The most under load.
    pub peak: f64,
    /// After all scenarios and a rest.
    pub after: f64,
    /// With the streams open; none if they were not measured.
    pub streams: Option<Streams>,
}

/// What many open streams took.
#[derive(Clone, Default, Serialize)]
pub struct Streams {
    /// Before.
    pub before: f64,
    /// The most.
    pub peak: f64,
    /// After them and a rest.
    pub after: f64,
}

impl Streams {
    /// Of each stream, in KB.
    pub fn each(&self) -> f64 {
        (self.peak - self.before) * 1.048_576 * 1e3 / STREAMS as f64
    }
}

/// What is resident after a rest.
pub fn rested(system: &System) -> f64 {
    std::thread::sleep(REST);
    mib(system.memory_kib())
}

/// Kibibytes as mebibytes.
pub fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

/// Holds the streams open for their twenty events.
pub fn open_streams(system: &System) -> Result<Streams> {
    let body = payload::chat(OPEN.name, 300, true);
    let before = mib(system.memory_kib());
    system.reset_peak();
    load::apply(&Load {
        address: system.address(),
        request: system.request(OPEN.name, OPEN, "/v1/chat/completions", &body),
        connections: STREAMS,
        pace: Pace::OnceEach(PER_SECOND),
        duration: Duration::ZERO,
    })?;
    let peak = mib(system.peak_kib());
    Ok(Streams { before, peak, after: rested(system) })
}
