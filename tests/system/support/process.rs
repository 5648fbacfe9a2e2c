//! The binary under test as a process that is killed when the test ends.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::secrets;

/// Names another binary than the one that was built with the tests.
const BINARY: &str = "SMART_ROUTER_TEST_BINARY";

/// Where the binary under test is.
pub fn binary() -> OsString {
    std::env::var_os(BINARY).unwrap_or_else(|| env!("CARGO_BIN_EXE_smart-router").into())
}

/// A command of the binary under test, without the variables of the machine that runs the tests.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SMART_ROUTER_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end; its messages may not contain planted secrets.
pub fn run(arguments: &[&str]) -> Output {
    let output = command(arguments).output().unwrap();
    secrets::assert_clean(&arguments.join(" "), &output.stderr);
    output
}

/// Runs a command that must succeed, and returns what it printed.
pub fn stdout(arguments: &[&str]) -> String {
    let output = run(arguments);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?} ended with {}: {message}", output.status);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A running process; its log is searched for planted secrets when it ends.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it, with stdout and stderr in that file.
    pub fn start(mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log: log.to_owned() }
    }

    /// What it has printed so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// The kernel's number of it.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().unwrap();
    }

    /// `kill -TERM`, and waits for its end.
    pub fn terminate(&mut self) -> std::process::ExitStatus {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status().unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if !std::thread::panicking() {
            secrets::assert_clean(&self.log.display().to_string(), &std::fs::read(&self.log).unwrap_or_default());
        }
    }
}
