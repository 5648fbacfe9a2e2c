//! `bench`: direct to the upstream, through nginx, and through the router, side by side in one run.
//!
//! The load generator and the upstream share one core and do as little as they can, so that the system under test, which
//! has the other core, is what is saturated. Absolute times differ from machine to machine: quote ratios within one run.

mod answer;
mod load;
mod memory;
mod payload;
mod poll;
mod procstat;
mod recording;
mod report;
mod scenario;
mod system;
mod translation;
mod upstream;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use self::memory::{Memory, mib};
use self::report::Measurement;
use self::scenario::Scenario;
use self::system::{Binary, System, SystemKind, Upstream};

/// The name of the scenario with many streams at the same time.
const OPEN_STREAMS: &str = "open streams";

/// Measures the router against nginx and against no gateway at all
#[derive(Args)]
pub struct BenchArgs {
    /// How often each system is measured; the medians are printed
    #[arg(long, default_value_t = 3)]
    repetitions: usize,
    /// Seconds per scenario
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Only scenarios whose name contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Use this binary instead of building one
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Measure this router beside it, as `before`
    #[arg(long)]
    baseline: Option<PathBuf>,
    /// Also write every measurement to this file, one JSON object per line
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What was measured in a run.
#[derive(Default)]
struct Measured {
    scenarios: Vec<Measurement>,
    memory: Vec<Memory>,
}

/// Runs the scenarios on every system and prints a Markdown report.
pub fn run(args: &BenchArgs) -> Result<()> {
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    let binary = Binary::find_or_build(args.binary.as_deref())?;
    let baseline = args.baseline.as_deref().map(|path| Binary::find_or_build(Some(path))).transpose()?;
    // Threads and processes inherit both: the load generator stays off the measured core, and sockets suffice.
    system::pin_self_to_load_core()?;
    system::allow_many_sockets()?;
    let upstream = Upstream::start(&binary)?;
    let mut kinds = vec![SystemKind::Direct, SystemKind::Nginx];
    kinds.extend(baseline.as_ref().map(|it| SystemKind::Router("before", it)));
    kinds.push(SystemKind::Router("router", &binary));
    let measured = measure_all(args, &kinds, upstream)?;
    let translated = translation::measure_all(args, &binary, upstream)?;
    if let Some(file) = &args.json {
        let mut lines: Vec<String> = measured.scenarios.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        for memory in &measured.memory {
            lines.push(serde_json::to_string(memory)?);
        }
        std::fs::write(file, lines.join("\n") + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    print!("{}\n{}", report::markdown(&measured.scenarios, &measured.memory), translation::markdown(&translated));
    Ok(())
}

/// The load generator must not be what is measured: the same command again, in an optimised build.
fn run_optimised() -> Result<()> {
    let mut command = std::process::Command::new("cargo");
    command.args(["run", "--quiet", "--release", "--package", "xtask", "--"]).args(std::env::args_os().skip(1));
    anyhow::ensure!(command.status()?.success(), "the benchmark failed");
    Ok(())
}

fn measure_all(args: &BenchArgs, kinds: &[SystemKind], upstream: Upstream) -> Result<Measured> {
    let scenarios: Vec<Scenario> = Scenario::all().into_iter().filter(|it| it.name.contains(&args.only)).collect();
    let mut measured = Measured::default();
    for repetition in 0..args.repetitions {
        let announce = |kind: &SystemKind, what: &str| {
            eprintln!("run {} of {}: {} {what}", repetition + 1, args.repetitions, kind.name());
        };
        for kind in kinds {
            let system = System::start(*kind, upstream)?;
            let mut memory = Memory {
                system: system.name().to_owned(),
                start_ms: system.start_ms(),
                idle: mib(system.memory_kib()),
                ..Memory::default()
            };
            for scenario in &scenarios {
                announce(kind, scenario.name);
                measured.scenarios.push(scenario.measure(&system, args.seconds)?);
            }
            if system.pid().is_some() {
                memory.peak = mib(system.peak_kib());
                memory.after = memory::rested(&system);
                // Once is enough: it takes long, and memory differs less than time does.
                if repetition == 0 && system.is_router() && OPEN_STREAMS.contains(&args.only) {
                    announce(kind, OPEN_STREAMS);
                    memory.streams = Some(memory::open_streams(&system)?);
                }
                measured.memory.push(memory);
            }
            system.stop()?;
        }
    }
    Ok(measured)
}
