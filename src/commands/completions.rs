//! `completions`: a script for the user's shell.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit::Failure;
use crate::output;

/// Prints a completion script
#[derive(Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Prints the script of that command line to stdout.
pub fn run(args: &CompletionsArgs, command_line: &mut Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command_line, "smart-router", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
