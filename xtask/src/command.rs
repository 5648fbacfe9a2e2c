//! Other programs.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::totals::Totals;

/// Chores run in the workspace's own directory, wherever they are called from.
pub fn enter_workspace() -> Result<()> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies outside of the workspace")?;
    std::env::set_current_dir(workspace).with_context(|| format!("cannot enter {}", workspace.display()))
}

/// The cargo that runs this chore, as if it was called by hand: what `cargo run` says about the chore's own package would
/// have build scripts that look at it run again, and all that depends on them compiled again, each time.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let of_the_chore = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_the_chore) {
            command.env_remove(name);
        }
    }
    command.args(arguments);
    command
}

/// Where a program is found, if it is installed.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|it| it.join(program)).find(|it| it.is_file())
}

/// Whether this process runs as root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    Path::new("/proc/self").metadata().is_ok_and(|it| it.uid() == 0)
}

/// Runs a program to its end; whatever is not success is an error that names the command.
pub fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}

/// What a program prints; whatever is not success is an error that names the command.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} printed something else than text"))
}

/// Runs tests, shows what they print as it comes, and counts them. Tests that did not even build, and no
/// tests at all, are one failure.
pub fn count_tests(command: &mut Command) -> Result<Totals> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
    let messages = child.stderr.take().context("stderr is piped")?;
    let messages = thread::spawn(move || count_lines(messages, &mut std::io::stderr()));
    let mut totals = count_lines(child.stdout.take().context("stdout is piped")?, &mut std::io::stdout())?;
    totals += messages.join().unwrap_or_else(|_| Ok(Totals::ONE_FAILED))?;
    let suspicious = !child.wait()?.success() || totals.passed == 0;
    if suspicious && totals.failed == 0 {
        totals += Totals::ONE_FAILED;
    }
    Ok(totals)
}

fn count_lines(from: impl Read, to: &mut impl Write) -> Result<Totals> {
    let mut totals = Totals::default();
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        totals += Totals::of_line(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(totals)
}
