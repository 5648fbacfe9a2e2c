use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::command::find;

const PATIENCE: Duration = Duration::from_secs(30);

/// A Valkey or Redis server of its own, on a free port, that keeps nothing.
pub struct Redis {
    port: u16,
    process: Child,
}

impl Redis {
    /// Starts it and waits until it takes connections.
    pub fn start() -> Result<Self> {
        let program = program().context("neither `valkey-server` nor `redis-server` is installed")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new(&program);
        command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
        command.current_dir(std::env::temp_dir()).stdout(Stdio::null());
        let process = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Self { port, process };
        server.wait()?;
        Ok(server)
    }

    /// Of an empty database.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    fn wait(&mut self) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("the server ended at once with {status}: see its messages above");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("the server does not answer on port {} after {PATIENCE:?}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let stopped = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = stopped {
            eprintln!("the server on port {} could not be stopped: {error}", self.port);
        }
    }
}

/// Whichever of the two is installed.
pub fn program() -> Option<PathBuf> {
    find("valkey-server").or_else(|| find("redis-server"))
}
