//! `usage`: a database full of made-up usage; `control-plane/examples/usage.rs` makes it.

use anyhow::Result;
use clap::Args;

use crate::command::{cargo, succeed};

/// Fills a database with made-up usage, through ingestion itself
#[derive(Args)]
pub struct UsageArgs {
    /// `sqlite://<path>` or `postgres://…`; it is migrated
    #[arg(long)]
    database_url: String,
    /// How many requests
    #[arg(long, default_value_t = 100_000)]
    rows: u64,
    /// Of how many callers
    #[arg(long, default_value_t = 2_000)]
    callers: u64,
    /// Over how many days, until now
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// `wide`: every caller uses everything; `kind`: few callers ask most, each with one group and one client
    #[arg(long, default_value = "wide", value_parser = ["wide", "kind"])]
    sort: String,
    /// Decides everything but the time
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs it.
pub fn run(args: &UsageArgs) -> Result<()> {
    let mut command = cargo(&["run", "--release", "--quiet", "--package", "control-plane", "--example", "usage", "--"]);
    command.args(["--database-url", &args.database_url, "--sort", &args.sort]);
    for (name, value) in
        [("--rows", args.rows), ("--callers", args.callers), ("--days", args.days.into()), ("--seed", args.seed)]
    {
        command.args([name, &value.to_string()]);
    }
    succeed(&mut command)
}
