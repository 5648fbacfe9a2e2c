//! The project's chores: `cargo xtask test`, `bench`, `chaos`, `package`, `image`, `usage`, `tidy` and `ci`.
//!
//! Never here: anything that the product needs.

mod bench;
mod chaos;
mod ci;
mod command;
mod image;
mod install;
mod package;
mod postgres;
mod redis;
mod steps;
mod test;
mod tidy;
mod totals;
mod usage;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// The project's chores
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Chore {
    /// Installs what the tests need, starts a throw-away PostgreSQL and Redis, and runs all tests
    Test {
        /// Only tests that need nothing but Rust: units, and both planes in one process on SQLite
        #[arg(long)]
        fast: bool,
    },
    Bench(bench::BenchArgs),
    Chaos(chaos::ChaosArgs),
    Package(package::PackageArgs),
    Image(image::ImageArgs),
    Usage(usage::UsageArgs),
    /// Checks sizes, imports, layers, links, words and the contract between the planes
    Tidy {
        /// Records what was added to the contract, in proto/contract.txt
        #[arg(long)]
        accept_contract: bool,
    },
    /// Runs everything that a change must pass
    Ci,
}

fn main() -> ExitCode {
    let chore = Chore::parse();
    if let Err(error) = command::enter_workspace() {
        eprintln!("{error:#}");
        return ExitCode::FAILURE;
    }
    match chore {
        Chore::Test { fast: true } => test::run_fast(),
        Chore::Test { fast: false } => test::run(),
        Chore::Bench(args) => report(bench::run(&args)),
        Chore::Chaos(args) => report(chaos::run(&args)),
        Chore::Package(args) => report(package::run(&args)),
        Chore::Image(args) => report(image::run(&args)),
        Chore::Usage(args) => report(usage::run(&args)),
        Chore::Tidy { accept_contract: true } => report(tidy::accept_contract()),
        Chore::Tidy { accept_contract: false } => tidy::run(),
        Chore::Ci => ci::run(),
    }
}

fn report(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
