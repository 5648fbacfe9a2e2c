//! `chaos`: an installation of processes under a seeded plan of faults; `tests/system/chaos.rs` has what is done and asserted.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;

use crate::command::{cargo, succeed};
use crate::install;

/// The test that it is.
const TEST: &str = "chaos::an_installation_heals_from_every_fault";

/// Kills, starves, cuts and sets back an installation under load, and asserts that it heals
#[derive(Args)]
pub struct ChaosArgs {
    /// How long
    #[arg(long, default_value_t = 3.0)]
    minutes: f64,
    /// Decides the order of faults and how long each lasts
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only faults whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Use this binary instead of building one
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Also write the report to this file
    #[arg(long)]
    report: Option<PathBuf>,
}

impl ChaosArgs {
    /// What every change must pass.
    pub const SHORT: Self = Self { minutes: 3.0, seed: 1, only: None, binary: None, report: None };
}

/// Runs it; its report goes to standard output.
pub fn run(args: &ChaosArgs) -> Result<()> {
    install::missing()?;
    let mut command = cargo(&[
        "test",
        "--release",
        "--package",
        "smart-router",
        "--test",
        "system",
        "--",
        "--ignored",
        "--nocapture",
    ]);
    command.args(["--exact", TEST]);
    command.env("SMART_ROUTER_CHAOS_MINUTES", args.minutes.to_string());
    command.env("SMART_ROUTER_CHAOS_SEED", args.seed.to_string());
    if let Some(only) = &args.only {
        command.env("SMART_ROUTER_CHAOS_ONLY", only);
    }
    for (name, path) in [("SMART_ROUTER_TEST_BINARY", &args.binary), ("SMART_ROUTER_CHAOS_REPORT", &args.report)] {
        if let Some(path) = path {
            let path = std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?;
            command.env(name, path);
        }
    }
    succeed(&mut command)
}
