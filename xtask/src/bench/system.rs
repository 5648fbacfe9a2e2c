//! The systems under test: none at all, nginx as a plain reverse proxy, and the router with token check, limits, prices
//! and usage log on.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::load;
use super::procstat;
use super::recording::{self, APIS, BEHAVIOURS, Behaviour};
use super::upstream;

/// The load generator and the upstream run here.
const LOAD_CORE: &str = "0";
/// The system under test runs here.
const SYSTEM_CORE: &str = "1";

/// What the names of groups end in whose targets speak Responses.
pub const RESPONSES: &str = "-responses";
/// What the names of groups end in whose targets speak Messages.
pub const MESSAGES: &str = "-messages";

/// What stands between the load generator and the upstream.
#[derive(Clone, Copy)]
pub enum SystemKind<'a> {
    /// Nothing.
    Direct,
    /// nginx, one worker.
    Nginx,
    /// A data plane, fed by a control plane; with the name that it has in the report.
    Router(&'static str, &'a Binary),
}

impl SystemKind<'_> {
    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Nginx => "nginx",
            Self::Router(name, _) => name,
        }
    }
}

/// The router as it is packaged.
pub struct Binary(PathBuf);

impl Binary {
    /// The given one, or a fresh build as it is packaged.
    pub fn find_or_build(given: Option<&Path>) -> Result<Self> {
        if let Some(path) = given {
            return Ok(Self(path.to_owned()));
        }
        let status = Command::new("cargo").args(["build", "--profile", "dist", "--bin", "smart-router"]).status()?;
        ensure!(status.success(), "the build failed");
        let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
        Ok(Self(Path::new(&target).join("dist/smart-router")))
    }

    /// A command of the binary, on that core, told where its state is.
    fn command(&self, core: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("taskset");
        command.args(["-c", core]).arg(&self.0).args(arguments).stdin(Stdio::null());
        command
    }

    fn output(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(LOAD_CORE, arguments).output()?;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "smart-router {} failed: {error}", arguments.join(" "));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// Puts this process, and the threads it makes from now on, on the load core.
pub fn pin_self_to_load_core() -> Result<()> {
    let pid = std::process::id().to_string();
    let status = Command::new("taskset").args(["-apc", LOAD_CORE, &pid]).stdout(Stdio::null()).status()?;
    ensure!(status.success(), "taskset failed; it is in the package util-linux");
    Ok(())
}

/// Raises the limit of open files as far as it goes.
pub fn allow_many_sockets() -> Result<()> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    Ok(rustix::process::setrlimit(rustix::process::Resource::Nofile, raised)?)
}

/// A child that does not outlive the run.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// The upstream, which answers until the process ends.
#[derive(Clone, Copy)]
pub struct Upstream(SocketAddr);

impl Upstream {
    /// Records the answers of that binary's sandbox.
    pub fn start(binary: &Binary) -> Result<Self> {
        let address = free_address()?;
        let arguments = ["sandbox", "--listen", &address.to_string()];
        let _sandbox = Guarded(binary.command(LOAD_CORE, &arguments).stderr(Stdio::null()).spawn()?);
        wait_for(address, "/livez")?;
        Ok(Self(upstream::start(recording::record(address)?)?))
    }
}

/// One system under test, running.
pub struct System {
    name: &'static str,
    address: SocketAddr,
    /// Of callers; a system without one is no router.
    token: Option<String>,
    start_ms: f64,
    process: Option<Guarded>,
    /// Dropped after the process: what it needs.
    _control_plane: Option<Guarded>,
    directory: PathBuf,
}

impl System {
    /// Starts it in front of the upstream.
    pub fn start(kind: SystemKind, upstream: Upstream) -> Result<Self> {
        let directory = std::env::temp_dir().join(format!("smart-router-bench-{}-{}", std::process::id(), kind.name()));
        fs::create_dir_all(&directory)?;
        match kind {
            SystemKind::Direct => Ok(Self {
                name: kind.name(),
                address: upstream.0,
                token: None,
                start_ms: 0.0,
                process: None,
                _control_plane: None,
                directory,
            }),
            SystemKind::Nginx => Self::start_nginx(upstream, directory),
            SystemKind::Router(name, binary) => Self::start_router(name, binary, upstream, directory),
        }
    }

    fn start_nginx(upstream: Upstream, directory: PathBuf) -> Result<Self> {
        let address = free_address()?;
        let file = directory.join("nginx.conf");
        fs::write(&file, nginx_configuration(address, upstream.0, &directory))?;
        let started = Instant::now();
        let child = Command::new("taskset").args(["-c", SYSTEM_CORE, "nginx", "-c"]).arg(&file).spawn();
        let process = Guarded(child.context("nginx is needed: apt-get install nginx-light")?);
        wait_for(address, "/livez")?;
        let start_ms = started.elapsed().as_secs_f64() * 1000.0;
        Ok(Self {
            name: SystemKind::Nginx.name(),
            address,
            token: None,
            start_ms,
            process: Some(process),
            _control_plane: None,
            directory,
        })
    }

    fn start_router(name: &'static str, binary: &Binary, upstream: Upstream, directory: PathBuf) -> Result<Self> {
        let (address, admin, grpc) = (free_address()?, free_address()?, free_address()?);
        let state = directory.join("control-plane").display().to_string();
        let database = format!("sqlite://{state}/control-plane.db");
        let log = fs::File::create(directory.join("control-plane.log"))?;
        let arguments = [
            "control-plane",
            "--data-dir",
            &state,
            "--database-url",
            &database,
            "--admin-listen",
            &admin.to_string(),
            "--grpc-listen",
            &grpc.to_string(),
        ];
        let control_plane = Guarded(binary.command(LOAD_CORE, &arguments).stderr(log).spawn()?);
        wait_for(admin, "/readyz")?;
        let file = directory.join("smart-router.yaml");
        fs::write(&file, router_configuration(upstream.0))?;
        binary.output(&["config", "apply", &file.display().to_string(), "--data-dir", &state])?;
        let token = binary.output(&["token", "create", "--caller", "bench", "--data-dir", &state])?;
        let join_token = binary.output(&["node", "join-token", "--data-dir", &state])?;

        let log = fs::File::create(directory.join("data-plane.log"))?;
        let data_dir = directory.join("data-plane").display().to_string();
        let control_plane_url = format!("http://{grpc}");
        let arguments = [
            "data-plane",
            "--data-dir",
            &data_dir,
            "--control-plane",
            &control_plane_url,
            "--join-token",
            &join_token,
            "--listen",
            &address.to_string(),
        ];
        let started = Instant::now();
        let process = Guarded(binary.command(SYSTEM_CORE, &arguments).stderr(log).spawn()?);
        wait_for(address, "/readyz")?;
        let start_ms = started.elapsed().as_secs_f64() * 1000.0;
        let control_plane = Some(control_plane);
        Ok(Self {
            name,
            address,
            token: Some(token),
            start_ms,
            process: Some(process),
            _control_plane: control_plane,
            directory,
        })
    }

    /// Its name in the report.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it is a router.
    pub fn is_router(&self) -> bool {
        self.token.is_some()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The bytes of a request for that behaviour. Only a router knows it by the name of its group.
    pub fn request(&self, group: &str, behaviour: Behaviour, api: &str, body: &[u8]) -> Vec<u8> {
        debug_assert!(group.starts_with(behaviour.name));
        match &self.token {
            Some(token) => load::request(api, token, body),
            None => load::request(&format!("/{}{api}", behaviour.name), "", body),
        }
    }

    /// From the process's start to its first answer.
    pub fn start_ms(&self) -> f64 {
        self.start_ms
    }

    /// The process whose CPU and memory count.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(|process| process.0.id())
    }

    /// Resident memory now, KiB.
    pub fn memory_kib(&self) -> u64 {
        self.pid().map_or(0, procstat::resident_kib)
    }

    /// Forgets the most memory that was ever resident: it is measured anew from here.
    pub fn reset_peak(&self) {
        if let Some(pid) = self.pid() {
            fs::write(format!("/proc/{pid}/clear_refs"), "5").ok();
        }
    }

    /// The most that was resident since the start or the last reset, KiB.
    pub fn peak_kib(&self) -> u64 {
        self.pid().map_or(0, procstat::peak_kib)
    }

    /// Ends it and removes its files.
    pub fn stop(self) -> Result<()> {
        let directory = self.directory.clone();
        drop(self);
        fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))
    }
}

/// A provider for each dialect and behaviour, so that a group's target speaks that dialect alone; groups of Chat targets
/// bear the behaviour's plain name.
fn router_configuration(upstream: SocketAddr) -> String {
    let (mut providers, mut groups, mut allowed) = (String::new(), String::new(), Vec::new());
    for ((dialect, _), suffix) in APIS.into_iter().zip(["", RESPONSES, MESSAGES]) {
        for Behaviour { name, .. } in BEHAVIOURS {
            let provider = format!("{dialect}-{name}");
            providers.push_str(&format!(
                "  {provider}:\n    base_url: http://{upstream}/{name}/v1\n    dialects: [{dialect}]\n    network: private\n    \
                 models:\n      {name}: {{model: {name}, state: active, prices: [{{input: 0.25, output: 2.00}}]}}\n"
            ));
            groups.push_str(&format!(
                "  {name}{suffix}: {{policy: {{kind: failover}}, targets: [{{model: {provider}/{name}}}]}}\n"
            ));
            allowed.push(format!("{name}{suffix}"));
        }
    }
    format!(
        "version: 1\nproviders:\n{providers}groups:\n{groups}callers:\n  - {{id: bench, allow: [{}], \
         limits: {{rpm: 100000000, tpm: 1000000000000, concurrency: 10000}}}}\n",
        allowed.join(", ")
    )
}

fn nginx_configuration(address: SocketAddr, upstream: SocketAddr, directory: &Path) -> String {
    format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\nworker_rlimit_nofile 20000;\npid {0}/nginx.pid;\nerror_log {0}/nginx.log;\n\
         events {{ worker_connections 19000; }}\n\
         http {{\n  access_log off;\n  client_max_body_size 64m;\n  client_body_buffer_size 1m;\n  \
         client_body_temp_path {0}/body;\n  proxy_temp_path {0}/proxy;\n  fastcgi_temp_path {0}/fastcgi;\n  \
         uwsgi_temp_path {0}/uwsgi;\n  scgi_temp_path {0}/scgi;\n  keepalive_requests 100000000;\n  \
         upstream models {{ server {upstream}; keepalive 256; keepalive_requests 100000000; }}\n  \
         server {{\n    listen {address};\n    location / {{\n      proxy_pass http://models;\n      proxy_http_version 1.1;\n      \
         proxy_set_header Connection \"\";\n      proxy_buffering off;\n    }}\n  }}\n}}\n",
        directory.display()
    )
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Polls until that path answers 200.
fn wait_for(address: SocketAddr, path: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while Instant::now() < deadline {
        if answers(address, path).unwrap_or(false) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    bail!("http://{address}{path} did not answer 200 within 20 s")
}

fn answers(address: SocketAddr, path: &str) -> Result<bool> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    Ok(&head == b"HTTP/1.1 200")
}
