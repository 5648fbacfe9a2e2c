use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::command::{find, is_root, output, succeed};

/// The user that PostgreSQL's package makes; the server refuses to run as root.
const USER: &str = "postgres";
const PATIENCE: Duration = Duration::from_secs(30);

/// A server of its own, on a free port, with a directory that goes away with it.
pub struct Postgres {
    directory: TempDir,
    port: u16,
    process: Child,
}

impl Postgres {
    /// Starts it and waits until it answers.
    pub fn start() -> Result<Self> {
        let directory = TempDir::with_prefix("smart-router-test-")?;
        if is_root() {
            succeed(Command::new("chown").arg(USER).arg(directory.path()))?;
        }
        let data = directory.path().join("data");
        output(as_server("initdb")?.args(["-A", "trust", "-U", USER, "-E", "UTF8", "--no-sync", "-D"]).arg(&data))?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = serve(directory.path(), port)?;
        let mut server = Self { directory, port, process };
        server.wait()?;
        Ok(server)
    }

    /// Of an empty database.
    pub fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    fn wait(&mut self) -> Result<()> {
        let started = std::time::Instant::now();
        while started.elapsed() < PATIENCE {
            let mut ask = Command::new("psql");
            ask.args([&self.url(), "-Atqc", "select 1"]).stdout(Stdio::null()).stderr(Stdio::null());
            if ask.status().context("cannot start psql")?.success() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("PostgreSQL ended at once with {status}: see its messages above");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("PostgreSQL does not answer on port {} after {PATIENCE:?}", self.port)
    }
}

impl Drop for Postgres {
    /// Ends it with all its connections.
    fn drop(&mut self) {
        let data = self.directory.path().join("data");
        let stopped = as_server("pg_ctl").and_then(|mut pg_ctl| {
            output(pg_ctl.args(["stop", "--mode", "immediate", "-D"]).arg(data))?;
            Ok(self.process.wait()?)
        });
        if let Err(error) = stopped {
            eprintln!("PostgreSQL on port {} could not be stopped: {error:#}", self.port);
        }
    }
}

/// In the foreground, so that an interrupt of the chore reaches it too; what it holds need not outlive a power failure.
fn serve(directory: &Path, port: u16) -> Result<Child> {
    let mut command = as_server("postgres")?;
    command.arg("-D").arg(directory.join("data")).arg("-k").arg(directory);
    command.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    for setting in ["fsync=off", "max_connections=300", "log_min_messages=fatal"] {
        command.args(["-c", setting]);
    }
    command.stdout(Stdio::null()).spawn().with_context(|| format!("cannot start {command:?}"))
}

/// A program of the server's package, as a user that it accepts.
fn as_server(program: &str) -> Result<Command> {
    let path = self::program(program).with_context(|| format!("PostgreSQL's `{program}` is not installed"))?;
    if !is_root() {
        return Ok(Command::new(path));
    }
    let mut command = Command::new("runuser");
    command.args(["-u", USER, "--"]).arg(path).current_dir("/");
    Ok(command)
}

/// Debian keeps the server's programs out of the search path; of several versions the newest is taken.
pub fn program(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.map(|it| it.path().join("bin").join(name)).filter(|it| it.is_file());
    installed.max_by_key(|it| version(it)).or_else(|| find(name))
}

/// `9` is older than `15`.
fn version(program: &Path) -> Option<u32> {
    program.iter().rev().nth(2)?.to_str()?.parse().ok()
}
