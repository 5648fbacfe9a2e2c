//! `test`: all tests, with what they need.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Result, ensure};

use crate::chaos::{self, ChaosArgs};
use crate::command::{cargo, count_tests, find, succeed};
use crate::image::{self, ImageArgs};
use crate::package::{self, PackageArgs};
use crate::postgres::Postgres;
use crate::redis::Redis;
use crate::steps::Steps;
use crate::{install, workspace};

/// Where tests find the PostgreSQL server that this chore starts.
const POSTGRES_URL: &str = "SMART_ROUTER_TEST_POSTGRES_URL";

/// The same for Valkey or Redis.
const REDIS_URL: &str = "SMART_ROUTER_TEST_REDIS_URL";

/// Set for tests that try many made-up cases: some of them will do.
const FAST: &str = "SMART_ROUTER_TEST_FAST";

/// Installs, starts, runs, and stops.
pub fn run() -> ExitCode {
    let mut steps = Steps::default();
    self::steps(&mut steps);
    steps.finish()
}

/// Runs what needs neither servers nor an optimised build, with a tenth of the made-up cases.
pub fn run_fast() -> ExitCode {
    let mut steps = Steps::default();
    steps.run("unit and integration tests", || count_tests(runner(&["--workspace"]).env(FAST, "1")));
    steps.finish()
}

/// The same as a part of another chore.
pub fn steps(steps: &mut Steps) {
    let mut servers = None;
    steps.check("what the tests need", || {
        install::missing()?;
        servers = Some((Postgres::start()?, Redis::start()?));
        succeed(Command::new("python3").args(["tests/clients/run.py", "--prepare"]))?;
        succeed(Command::new("python3").args(["tests/openapi/run.py", "--prepare"]))?;
        for folder in ["tests/web", "web/vendor"] {
            succeed(Command::new("npm").args(["ci", "--no-audit", "--no-fund", "--prefix", folder]))?;
        }
        succeed(Command::new("python3").args(["tests/login/run.py", "--prepare"]))?;
        // Builds a real server from its source, once.
        succeed(Command::new("python3").arg("tests/llama/prepare.py"))
    });
    steps.check("files of others in web/assets", || {
        succeed(Command::new("node").args(["web/vendor/build.mjs", "--check"]))
    });
    let Some((postgres, redis)) = servers else { return };
    let run = |selection: &[&str]| {
        count_tests(runner(selection).env(POSTGRES_URL, postgres.url()).env(REDIS_URL, redis.url()))
    };
    steps.run("unit and integration tests", || run(&["--workspace"]));
    // They measure and kill the binary that users run, so they run alone, and optimised.
    steps.run("whole-system tests", || {
        let mut selection = vec!["--release", "--package", "smart-router"];
        let names = whole_system_tests()?;
        selection.extend(names.iter().flat_map(|name| ["--test", name]));
        run(&selection)
    });
    // Of the binary that was just tested.
    let binary = Path::new("target/release/smart-router");
    steps.check("packages", || package::run(&PackageArgs::of(binary)));
    steps.check("image", || image::run(&ImageArgs::of(binary)));
    steps.check("three minutes of chaos", || chaos::run(&ChaosArgs::SHORT));
}

/// The tests that plain `cargo test` leaves out: they need more than Rust.
fn whole_system_tests() -> Result<Vec<String>> {
    let packages = workspace::packages()?;
    let targets = packages.into_iter().filter(|it| it.name == "smart-router").flat_map(|it| it.targets);
    let names: Vec<String> = targets.filter(|it| it.kind == ["test"] && !it.test).map(|it| it.name).collect();
    ensure!(!names.is_empty(), "no test of `smart-router` has `test = false`: which ones test the whole system?");
    Ok(names)
}

/// nextest where it is installed: it runs tests in parallel across binaries and ends those that hang.
fn runner(selection: &[&str]) -> Command {
    let mut command = if find("cargo-nextest").is_some() {
        // A third of the time a test waits for a process or a clock.
        let threads = (cores() * 3).div_ceil(2).to_string();
        let mut command = cargo(&["nextest", "run", "--no-fail-fast", "--test-threads"]);
        command.arg(threads);
        command
    } else {
        cargo(&["test", "--no-fail-fast"])
    };
    command.args(selection);
    command
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
