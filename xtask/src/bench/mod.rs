//! `bench`: direct to the sandbox, through nginx, and through the router, side by side in one run.
//!
//! The load generator and the sandbox share one core, the system under test has the other, so that its CPU time is its
//! own. Absolute times differ from machine to machine: quote ratios within one run.

mod load;
mod payload;
mod procstat;
mod report;
mod scenario;
mod system;
mod translation;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use self::report::Measurement;
use self::scenario::Scenario;
use self::system::{Binary, System};

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
    /// Also write every measurement to this file, one JSON object per line
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Runs the scenarios on every system and prints a Markdown report.
pub fn run(args: &BenchArgs) -> Result<()> {
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    let binary = Binary::find_or_build(args.binary.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    // Threads inherit the affinity: the load generator stays off the measured core.
    system::pin_self_to_load_core()?;
    let measurements = runtime.block_on(measure_all(args, &binary))?;
    let translated = runtime.block_on(translation::measure_all(args, &binary))?;
    if let Some(file) = &args.json {
        let lines: Vec<String> = measurements.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        std::fs::write(file, lines.join("\n") + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    print!("{}\n{}", report::markdown(&measurements), translation::markdown(&translated));
    Ok(())
}

/// The load generator must not be what is measured: the same command again, in an optimised build.
fn run_optimised() -> Result<()> {
    let mut command = std::process::Command::new("cargo");
    command.args(["run", "--quiet", "--release", "--package", "xtask", "--"]).args(std::env::args_os().skip(1));
    anyhow::ensure!(command.status()?.success(), "the benchmark failed");
    Ok(())
}

async fn measure_all(args: &BenchArgs, binary: &Binary) -> Result<Vec<Measurement>> {
    let scenarios: Vec<Scenario> = Scenario::all().into_iter().filter(|it| it.name.contains(&args.only)).collect();
    let sandbox = system::Sandbox::start(binary).await?;
    let mut measurements = Vec::new();
    for repetition in 0..args.repetitions {
        for kind in system::Kind::ALL {
            let system = System::start(kind, binary, &sandbox).await?;
            let idle_kib = system.memory_kib();
            for scenario in &scenarios {
                eprintln!("run {} of {}: {} {}", repetition + 1, args.repetitions, kind.name(), scenario.name);
                measurements.push(scenario.measure(&system, idle_kib, args.seconds).await?);
            }
            system.stop().await?;
        }
    }
    Ok(measurements)
}
