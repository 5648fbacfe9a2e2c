//! One process of the installation, which may be killed, frozen, starved and started again.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::clock::Clock;
use crate::support::client;
use crate::support::process::{self, Process};

/// One that is frozen gives none.
const ANSWER: Duration = Duration::from_secs(2);

pub struct Member {
    pub name: String,
    pub directory: PathBuf,
    /// Where it tells how it is.
    pub address: SocketAddr,
    pub environment: Vec<(String, String)>,
    pub clock: Clock,
    arguments: Vec<String>,
    process: Option<Process>,
}

impl Member {
    /// Not started yet.
    pub fn new(name: &str, directory: &Path, address: SocketAddr, arguments: &[&str]) -> Self {
        std::fs::create_dir_all(directory).unwrap();
        let parent = directory.parent().expect("it lies below the run's directory");
        let clocks = parent.join(format!("{name}-clock"));
        std::fs::create_dir_all(&clocks).unwrap();
        Self {
            name: name.to_owned(),
            directory: directory.to_owned(),
            address,
            environment: Vec::new(),
            clock: Clock::new(&clocks),
            arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
            process: None,
        }
    }

    pub fn start(&mut self) {
        self.start_with(&[]);
    }

    /// With more arguments, for this time.
    pub fn start_with(&mut self, more: &[&str]) {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let mut command = process::command(&arguments);
        command.envs(self.environment.iter().cloned()).envs(self.clock.environment());
        self.process = Some(Process::start(command, &self.log_file()));
    }

    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill();
        }
    }

    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let pid = self.pid().expect("it runs").to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    pub async fn is_ready(&self) -> bool {
        let asked = client().get(self.url("/readyz")).timeout(ANSWER).send().await;
        asked.is_ok_and(|it| it.status() == 200)
    }

    pub async fn ready(&self) {
        while !self.is_ready().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it says of itself, for a failed round.
    pub async fn health(&self) -> String {
        let asked = client().get(self.url("/healthz")).timeout(ANSWER).send().await;
        match asked {
            Ok(response) => response.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    /// The end of its log.
    pub fn last_words(&self, lines: usize) -> String {
        let log = String::from_utf8_lossy(&std::fs::read(self.log_file()).unwrap_or_default()).into_owned();
        let all: Vec<&str> = log.lines().collect();
        all[all.len().saturating_sub(lines)..].join("\n")
    }

    /// Outside of its data directory, which may be full.
    fn log_file(&self) -> PathBuf {
        self.directory.with_extension("log")
    }
}
