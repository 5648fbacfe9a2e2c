//! `version`: what this binary is.

use clap::Args;
use serde_json::json;

use crate::exit::Failure;
use crate::output::{self, Output};

/// Prints the version
#[derive(Args)]
pub struct VersionArgs {
    /// How it is printed
    #[arg(long, env = "SMART_ROUTER_OUTPUT", value_enum, default_value_t)]
    output: Output,
}

/// The version as `--version` and `version` print it.
pub fn run(args: &VersionArgs) -> Result<(), Failure> {
    let about = json!({"name": "smart-router", "version": env!("CARGO_PKG_VERSION")});
    output::tell(&about, &["name", "version"], args.output, || {
        output::print(concat!("smart-router ", env!("CARGO_PKG_VERSION"), "\n"))
    })
}
