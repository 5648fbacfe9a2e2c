//! `ci`: everything that a change must pass.

use std::process::ExitCode;

use anyhow::Result;

use crate::command::{cargo, find, succeed};
use crate::steps::Steps;
use crate::{test, tidy};

/// What licences, bans and sources are checked with.
const CARGO_DENY: &str = "^0.18";

/// The planes' own sources, compiled with another contract: the linter has seen them, and their tests need more crates.
const OTHER_CONTRACTS: &[&str] =
    &["--exclude", "old-control-plane", "--exclude", "old-router", "--exclude", "next-router"];

/// Runs everything, whatever fails on the way.
pub fn run() -> ExitCode {
    let mut steps = Steps::default();
    steps.check("formatting", || succeed(&mut cargo(&["fmt", "--all", "--check"])));
    steps.check("clippy", || clippy(&[&["--workspace", "--all-targets"], OTHER_CONTRACTS].concat()));
    // `--all-targets` leaves out what plain `cargo test` leaves out.
    steps.check("clippy on whole-system tests", || clippy(&["--package", "smart-router", "--test", "*"]));
    steps.run("tidy", tidy::check);
    steps.check("dependencies", dependencies);
    test::steps(&mut steps);
    steps.finish()
}

fn clippy(selection: &[&str]) -> Result<()> {
    succeed(cargo(&["clippy"]).args(selection).args(["--", "-D", "warnings"]))
}

/// Advisories are left out: they would fail a tree that did not change, and need the network. `cargo deny check
/// advisories` belongs into a job of its own.
fn dependencies() -> Result<()> {
    if find("cargo-deny").is_none() {
        // It runs once: an optimised build would take minutes more than it saves.
        let install = &["install", "--locked", "--debug", "cargo-deny", "--version", CARGO_DENY];
        succeed(cargo(install).env("CARGO_PROFILE_DEV_DEBUG", "false"))?;
    }
    succeed(&mut cargo(&["deny", "--locked", "check", "bans", "licenses", "sources"]))
}
