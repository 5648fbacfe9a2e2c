//! PostgreSQL for the tests: a fresh database in the shared server, or a server of the test's own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::{eventually, free_address};

static NEXT: AtomicU32 = AtomicU32::new(1);

/// The URL of a fresh, empty database in the server that `cargo xtask test` started.
pub fn fresh_postgres() -> String {
    let server = std::env::var("SMART_ROUTER_TEST_POSTGRES_URL")
        .expect("SMART_ROUTER_TEST_POSTGRES_URL names a PostgreSQL server; `cargo xtask test` starts one and sets it");
    let name = format!("system_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let status = Command::new("psql").args([&server, "-qc", &format!("create database {name}")]).status().unwrap();
    assert!(status.success(), "cannot create the database {name}");
    let (base, _) = server.rsplit_once('/').expect("the URL ends with a database's name");
    format!("{base}/{name}")
}

/// Rows of the database with that URL as psql prints them: fields with `|` between.
pub fn query(url: &str, sql: &str) -> String {
    let output = Command::new("psql").args([url, "-Atc", sql]).output().unwrap();
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A server of the test's own, because it is going to be killed.
pub struct Server {
    directory: TempDir,
    port: u16,
    process: Child,
}

impl Server {
    pub async fn start() -> Self {
        Self::start_in(&std::env::temp_dir()).await
    }

    /// With its files below that directory.
    pub async fn start_in(place: &Path) -> Self {
        let directory = TempDir::new_in(place).unwrap();
        if running_as_root() {
            let status = Command::new("chown").arg("postgres").arg(directory.path()).status().unwrap();
            assert!(status.success(), "PostgreSQL refuses to run as root, and there is no user `postgres`");
        }
        let mut initdb = server_command("initdb");
        initdb.args(["-A", "trust", "-U", "postgres", "--no-sync", "-D"]).arg(directory.path().join("data"));
        assert!(initdb.stdout(Stdio::null()).status().unwrap().success(), "initdb failed");
        let port = free_address().port();
        let process = spawn(directory.path(), port);
        let this = Self { directory, port, process };
        this.ready().await;
        this
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Rows as psql prints them: fields with `|` between.
    pub fn query(&self, sql: &str) -> String {
        query(&self.url(), sql)
    }

    /// `kill -9`: the backends first, then the server.
    pub fn kill(&mut self) {
        if let Some(pid) = self.pid() {
            Command::new("pkill").args(["-9", "-P", &pid]).status().unwrap();
            Command::new("kill").args(["-9", &pid]).status().unwrap();
        }
        self.process.wait().unwrap();
    }

    /// Sends a signal to the server and all its backends.
    pub fn signal(&self, name: &str) {
        if let Some(pid) = self.pid() {
            Command::new("pkill").args([&format!("-{name}"), "-P", &pid]).status().unwrap();
            // `runuser` stops with what it has started, and does not go on with it.
            let runuser = self.process.id().to_string();
            let also = (name == "CONT").then_some(runuser);
            Command::new("kill").arg(format!("-{name}")).arg(&pid).args(also).status().unwrap();
        }
    }

    /// Ends it in good order, however many are connected.
    pub fn stop(&mut self) {
        if let Some(pid) = self.pid() {
            Command::new("kill").args(["-INT", &pid]).status().unwrap();
        }
        self.process.wait().unwrap();
    }

    /// Whether it ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.process.try_wait().unwrap().is_some()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    pub async fn restart(&mut self) {
        std::fs::remove_file(self.pid_file()).ok();
        self.process = spawn(self.directory.path(), self.port);
        self.ready().await;
    }

    fn pid_file(&self) -> PathBuf {
        self.directory.path().join("data/postmaster.pid")
    }

    /// Of the server itself: `runuser` stands between. Its own file may be lost on a full disk.
    fn pid(&self) -> Option<String> {
        let child = self.process.id();
        let below = std::fs::read_to_string(format!("/proc/{child}/task/{child}/children")).ok()?;
        let server = if running_as_root() { below.split_whitespace().next()?.to_owned() } else { child.to_string() };
        Some(server)
    }

    async fn ready(&self) {
        eventually("PostgreSQL answers", || async {
            let mut command = Command::new("psql");
            command.args([&self.url(), "-Atc", "select 1"]).stderr(Stdio::null()).stdout(Stdio::null());
            command.status().unwrap().success()
        })
        .await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(pid) = self.pid() {
            Command::new("kill").args(["-9", &pid]).status().ok();
        }
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn spawn(directory: &Path, port: u16) -> Child {
    let mut command = server_command("postgres");
    command.arg("-D").arg(directory.join("data")).arg("-k").arg(directory).args([
        "-h",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        // Little room is enough for its log.
        "-c",
        "min_wal_size=32MB",
        "-c",
        "max_wal_size=128MB",
    ]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A program of the server's package, as a user that it accepts.
fn server_command(program: &str) -> Command {
    let path = find(program);
    if running_as_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
        return command;
    }
    Command::new(path)
}

/// Debian keeps the server's programs out of the search path.
fn find(program: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let packaged = versions.flatten().map(|version| version.path().join("bin").join(program));
    packaged.filter(|path| path.exists()).max().unwrap_or_else(|| PathBuf::from(program))
}

fn running_as_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout == b"0\n"
}
