//! The services of the Compose file as processes of this machine: each has an address of its own on the loopback, under the
//! file's ports; names of services and paths of volumes are written out, the image's variables and program stand as they are.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{deployed, yaml};
use crate::support::database::Server;
use crate::support::process::{self, Process};

/// What an engine would be told in `.env`.
const SETTINGS: &[(&str, &str)] = &[
    ("POSTGRES_PASSWORD", "postgres-password-of-the-stack"),
    ("VALKEY_PASSWORD", "valkey-password-of-the-stack"),
    ("GRAFANA_PASSWORD", "grafana-password-of-the-stack"),
    ("ADMIN_TOKEN", "an-administrator-of-the-stack-and-nobody-else"),
    ("MASTER_KEY", "c3RhY2stc3RhY2stc3RhY2stc3RhY2stc3RhY2stc3Q="),
];

pub struct Stack {
    compose: Value,
    /// `smart-router` and nothing else, found by scripts.
    programs: PathBuf,
    pub database: Server,
    pub running: BTreeMap<String, Process>,
    directory: TempDir,
}

impl Stack {
    /// Its database runs, and nothing else.
    pub async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let compose = yaml::parse(&std::fs::read_to_string(deployed("compose/compose.yaml")).unwrap());
        let programs = directory.path().join("bin");
        std::fs::create_dir(&programs).unwrap();
        let binary = process::command(&[]).get_program().to_owned();
        std::os::unix::fs::symlink(binary, programs.join("smart-router")).unwrap();
        Self { compose, programs, database: Server::start().await, running: BTreeMap::new(), directory }
    }

    /// The names of services that run this product's image.
    pub fn own(&self) -> Vec<String> {
        let services = self.compose["services"].as_object().unwrap();
        let own = services.iter().filter(|(_, it)| it["image"] == "smart-router");
        own.map(|(name, _)| name.clone()).collect()
    }

    pub fn service(&self, name: &str) -> &Value {
        &self.compose["services"][name]
    }

    /// Starts a service, in the background.
    pub fn start(&mut self, name: &str) {
        let command = self.command(name);
        let log = self.directory.path().join(format!("{name}.log"));
        self.running.insert(name.to_owned(), Process::start(command, &log));
    }

    /// Runs a service to its end; what it printed.
    pub fn run(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.command(name).args(arguments).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name}: {told}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The health check that an engine would run.
    pub fn is_healthy(&self, name: &str) -> bool {
        let test = &self.service(name)["healthcheck"]["test"];
        let mut words: Vec<String> = match test.as_array() {
            Some(words) => words[1..].iter().map(|it| self.placed(name, it.as_str().unwrap())).collect(),
            None => dockerfile("HEALTHCHECK").split_once("CMD ").map(|(_, it)| words(it)).unwrap(),
        };
        let mut command = self.program(name, &words.remove(0));
        command.args(words).output().unwrap().status.success()
    }

    /// Where a service listens under that port.
    pub fn address(&self, name: &str, port: u16) -> SocketAddr {
        if name == "postgres" {
            return self.database.address();
        }
        let services = self.compose["services"].as_object().unwrap();
        let number = services.keys().position(|it| it == name).expect("it is a service") as u8;
        ([127, 0, 77, number + 1], port).into()
    }

    /// As an engine would start it, with the image's settings below the file's.
    fn command(&self, name: &str) -> Command {
        let service = self.service(name);
        let list = |key: &str| service[key].as_array().map(|all| all.iter().map(|it| it.as_str().unwrap()));
        let mut words: Vec<String> = match list("entrypoint") {
            Some(words) => words.map(|it| self.placed(name, it)).collect(),
            None if service["image"] == "smart-router" => words(&dockerfile("ENTRYPOINT")),
            None => Vec::new(),
        };
        words.extend(list("command").into_iter().flatten().map(|it| self.placed(name, it)));
        let mut command = self.program(name, &words.remove(0));
        command.args(words);
        command
    }

    fn program(&self, name: &str, program: &str) -> Command {
        let own = self.programs.join("smart-router");
        let mut command = match program {
            "smart-router" => Command::new(own),
            // The same server under the name that it had before.
            "valkey-server" if !installed(program) => Command::new("redis-server"),
            // The image's program is its name.
            program if program.starts_with("--config.file") => {
                let mut command = Command::new("prometheus");
                command.arg(program);
                command
            }
            program => Command::new(program),
        };
        let path = format!("{}:{}", self.programs.display(), std::env::var("PATH").unwrap());
        command.env_clear().env("PATH", path).current_dir(self.directory.path());
        for (variable, value) in self.environment(name) {
            command.env(variable, value);
        }
        command
    }

    fn environment(&self, name: &str) -> BTreeMap<String, String> {
        let service = self.service(name);
        let mut all = BTreeMap::new();
        if service["image"] == "smart-router" {
            for pair in dockerfile("ENV").split_whitespace().filter_map(|it| it.split_once('=')) {
                all.insert(pair.0.to_owned(), pair.1.to_owned());
            }
        }
        for (variable, value) in service["environment"].as_object().into_iter().flatten() {
            all.insert(variable.clone(), value.as_str().unwrap_or_default().to_owned());
        }
        all.into_iter().map(|(variable, value)| (variable, self.placed(name, &value))).collect()
    }

    /// A text of the file with settings, names and paths filled in.
    fn placed(&self, service: &str, text: &str) -> String {
        let mut text = text.replace("$$", "$");
        for (name, value) in SETTINGS {
            text = text.replace(&format!("${{{name}:?}}"), value);
        }
        for name in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"] {
            text = text.replace(&format!("${{{name}:-}}"), "");
        }
        text = self.addressed(&text);
        let own = self.address(service, 0).ip().to_string();
        // All addresses of its container are this one, and so is the one that its health check asks.
        text = text.replace("//127.0.0.1:", &format!("//{own}:")).replace("0.0.0.0:", &format!("{own}:"));
        if text == "0.0.0.0" {
            return own;
        }
        for (source, target) in self.volumes(service) {
            text = text.replace(&target, &source.display().to_string());
        }
        let kept = self.directory.path().join("prometheus");
        text = text.replace("=/prometheus", &format!("={}", kept.display()));
        text
    }

    /// `postgres:5432` becomes where the database listens, `router-1:8801` the same port of that service's address.
    fn addressed(&self, text: &str) -> String {
        let mut text = text.replace("@postgres:5432", &format!("@{}", self.database.address()));
        let services = self.compose["services"].as_object().unwrap();
        for name in services.keys() {
            let address = self.address(name, 0).ip();
            for before in ["//", "@", "\""] {
                text = text.replace(&format!("{before}{name}:"), &format!("{before}{address}:"));
            }
        }
        text
    }

    /// What of this machine stands for the paths that a service sees.
    fn volumes(&self, service: &str) -> Vec<(PathBuf, String)> {
        let listed = self.service(service)["volumes"].as_array();
        let volumes = listed.into_iter().flatten().map(|it| {
            let parts: Vec<&str> = it.as_str().unwrap().split(':').collect();
            let source = match parts[0] {
                "./" => self.written(),
                relative if relative.starts_with("../") => deployed(&relative[3..]),
                relative if relative.starts_with("./") => deployed("compose").join(&relative[2..]),
                volume => self.directory.path().join("volumes").join(volume),
            };
            if !source.exists() {
                std::fs::create_dir_all(&source).unwrap();
            }
            (source, parts[1].to_owned())
        });
        volumes.collect()
    }

    /// The stack's own files, with addresses instead of names.
    fn written(&self) -> PathBuf {
        let directory = self.directory.path().join("config");
        if !directory.exists() {
            std::fs::create_dir(&directory).unwrap();
            for entry in std::fs::read_dir(deployed("compose")).unwrap().flatten().filter(|it| it.path().is_file()) {
                let text = self.addressed(&std::fs::read_to_string(entry.path()).unwrap());
                std::fs::write(directory.join(entry.file_name()), text).unwrap();
            }
            self.place_paths(&directory.join("prometheus.yml"));
            // Prometheus keeps what it scraped in memory there, and here in a directory.
            std::fs::create_dir(self.directory.path().join("prometheus")).unwrap();
        }
        directory
    }

    /// Prometheus reads paths of its volumes from its file.
    fn place_paths(&self, file: &Path) {
        let shared = self.directory.path().join("volumes/shared");
        let text = std::fs::read_to_string(file).unwrap();
        let text = text.replace("/shared/", &format!("{}/", shared.display()));
        let text = text.replace("/rules/", &format!("{}/", deployed("prometheus").display()));
        std::fs::write(file, text).unwrap();
    }
}

fn installed(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|it| it.join(program).exists())
}

/// An instruction of the Dockerfile's first stage, with the lines that go on.
pub fn dockerfile(instruction: &str) -> String {
    let text = std::fs::read_to_string(deployed("Dockerfile")).unwrap().replace("\\\n", " ");
    let found = text.lines().find_map(|it| it.strip_prefix(instruction)?.strip_prefix(' ').map(ToOwned::to_owned));
    found.unwrap_or_else(|| panic!("the Dockerfile has no {instruction}"))
}

/// `["a", "b"]`.
fn words(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap()
}
