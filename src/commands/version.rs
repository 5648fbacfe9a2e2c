//! `version`: what this binary is.

use crate::exit::Failure;
use crate::output;

/// The version as `--version` and `version` print it.
pub fn run() -> Result<(), Failure> {
    output::print(concat!("smart-router ", env!("CARGO_PKG_VERSION"), "\n"))
}
