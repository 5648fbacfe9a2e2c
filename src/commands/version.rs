//! `version`: what this binary is.

use clap::Args;
use data_plane::Build;
use serde_json::json;

use crate::build::BUILD;
use crate::exit::Failure;
use crate::output::{self, Output};

/// Prints the version, and what it was built from
#[derive(Args)]
pub struct VersionArgs {
    /// How it is printed
    #[arg(short, long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// The version as `--version` prints it, and what it was built from.
pub fn run(args: &VersionArgs) -> Result<(), Failure> {
    let Build { version, commit, date } = BUILD;
    let about = json!({"name": "smart-router", "version": version, "commit": commit, "build_date": date});
    output::tell(&about, &["name", "version", "commit", "build_date"], args.output, || {
        output::print(&format!("smart-router {version}\ncommit {commit}\nbuilt {date}\n"))
    })
}
