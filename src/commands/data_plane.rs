//! `data-plane`: a router alone.

use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use data_plane::access_log::{AccessLogOptions, AccessLogTo};
use data_plane::sync::{ClientCertificate, SyncOptions};
use data_plane::usage_log::{OpenError, WhenFull};
use data_plane_core::config::Secret;
use listener::Shares;
use serde::{Deserialize, Serialize};

use crate::build::{self, BUILD};
use crate::commands::control_plane::SecretArgs;
use crate::commands::limits::RouterLimits;
use crate::defaults;
use crate::exit::{Exit, Failure};
use crate::fresh_dir::FreshDir;
use crate::input;
use crate::shutdown::{Files, Signalled, Signals};
use crate::values;

/// A router alone: serves callers from the control plane's snapshots
#[derive(Args)]
pub struct DataPlaneArgs {
    /// The control plane's gRPC address: a URL, or `localhost:50050`; by default that of the last start, or `http://127.0.0.1:50050`
    #[arg(long, env = "SMART_ROUTER_CONTROL_PLANE", value_parser = values::url)]
    control_plane: Option<String>,
    /// Certificates (PEM) that the control plane's must be signed by; those of the last start, or the system's without it
    #[arg(long, env = "SMART_ROUTER_CONTROL_PLANE_CA")]
    control_plane_ca: Option<PathBuf>,
    /// The certificate chain (PEM) that the router shows a control plane with `--grpc-tls-client-ca`; that of the last start without it
    #[arg(long, env = "SMART_ROUTER_CONTROL_PLANE_CERTIFICATE", requires = "control_plane_key")]
    control_plane_certificate: Option<PathBuf>,
    /// The private key (PEM) of that certificate
    #[arg(long, env = "SMART_ROUTER_CONTROL_PLANE_KEY", requires = "control_plane_certificate")]
    control_plane_key: Option<PathBuf>,
    /// For the first start, from `smart-router node join-token`; `@file` or `-` where others could read arguments
    #[arg(long, env = "SMART_ROUTER_JOIN_TOKEN", hide_env_values = true, value_parser = values::secret)]
    join_token: Option<String>,
    /// The same in a file, which need not be there any more once the router has joined
    #[arg(long, env = "SMART_ROUTER_JOIN_TOKEN_FILE", conflicts_with = "join_token")]
    join_token_file: Option<PathBuf>,
    /// What operators recognise in a list of routers; that of the last start, or the host's name without it
    #[arg(long, env = "SMART_ROUTER_NODE_NAME")]
    name: Option<String>,
    /// Where it runs; recorded with every request; that of the last start, or `local` without it
    #[arg(long, env = "SMART_ROUTER_REGION")]
    region: Option<String>,
    /// Where it keeps its credential, its last snapshots and unsent usage
    #[arg(long, env = "SMART_ROUTER_DATA_DIR", default_value = defaults::ROUTER_DATA_DIR)]
    data_dir: PathBuf,
    #[command(flatten)]
    router: RouterArgs,
}

/// What a router is set to, alone or in a standalone.
#[derive(Args)]
pub struct RouterArgs {
    /// Where callers connect
    #[arg(long, env = "SMART_ROUTER_LISTEN", default_value = "127.0.0.1:8801", value_parser = values::address)]
    pub listen: SocketAddr,
    /// The largest request body: `32MiB`, or bytes
    #[arg(long, env = "SMART_ROUTER_BODY_LIMIT", default_value = "32MiB", value_parser = values::memory_size)]
    body_limit: usize,
    /// How long a stream may be silent before its client gets a keep-alive: `15s`, or seconds
    #[arg(long, env = "SMART_ROUTER_KEEP_ALIVE", default_value = "15s", value_parser = values::duration)]
    keep_alive: Duration,
    /// How long requests under way may take to end when the router stops: `30s`, or seconds
    #[arg(long, env = "SMART_ROUTER_DRAIN_TIMEOUT", default_value = "20s", value_parser = values::duration)]
    drain_timeout: Duration,
    /// The most that unsent usage may take on the disk: `1GiB`, or bytes
    #[arg(long, env = "SMART_ROUTER_USAGE_LOG_BYTES", default_value = "1GiB", value_parser = values::size)]
    usage_log_bytes: u64,
    /// What happens to requests while that is used up
    #[arg(long, env = "SMART_ROUTER_USAGE_LOG_WHEN_FULL", value_enum, default_value = "refuse")]
    usage_log_when_full: WhenFullArg,
    /// Where one line of JSON a request goes: `off`, `stdout`, `stderr` or a file, which is made anew when it is moved away
    #[arg(long, env = "SMART_ROUTER_ACCESS_LOG", default_value_t = AccessLogTo::Off, value_name = "PLACE")]
    access_log: AccessLogTo,
    /// The share of served requests that the access log has; all that were not served are in it
    #[arg(long, env = "SMART_ROUTER_ACCESS_LOG_SAMPLE", default_value_t = 1.0, value_parser = share, value_name = "0..1")]
    access_log_sample: f64,
    #[command(flatten)]
    limits: RouterLimits,
}

#[derive(Clone, Copy, ValueEnum)]
enum WhenFullArg {
    /// They are refused with 503 `usage-log-full`
    Refuse,
    /// They are served, and their events are dropped and counted
    Drop,
}

impl RouterArgs {
    /// Whether callers reach it with TLS.
    pub fn has_tls(&self) -> bool {
        self.limits.has_tls()
    }

    /// What a router is started with, given where its configuration comes from.
    pub fn options(&self, sync: SyncOptions, shares: Shares) -> Result<data_plane::Options, Failure> {
        let mut options = data_plane::Options::new(self.listen, sync);
        options.settings.build = BUILD;
        options.settings.body_limit = self.body_limit;
        options.settings.keep_alive = self.keep_alive;
        options.access_log = AccessLogOptions { to: self.access_log.clone(), sample: self.access_log_sample };
        options.drain_timeout = self.drain_timeout;
        options.usage_log.max_bytes = self.usage_log_bytes;
        options.usage_log.when_full = match self.usage_log_when_full {
            WhenFullArg::Refuse => WhenFull::Refuse,
            WhenFullArg::Drop => WhenFull::Drop,
        };
        self.limits.apply(&mut options, shares)?;
        Ok(options)
    }
}

/// Serves until a signal comes.
pub async fn run(args: DataPlaneArgs) -> Result<(), Failure> {
    let last = Remembered::load(&args.data_dir);
    let now = Remembered {
        control_plane: args.control_plane.or(last.control_plane),
        control_plane_ca: args.control_plane_ca.or(last.control_plane_ca),
        control_plane_certificate: args.control_plane_certificate.or(last.control_plane_certificate),
        control_plane_key: args.control_plane_key.or(last.control_plane_key),
        region: args.region.or(last.region),
        name: args.name.or(last.name),
    };
    let join_token = match &args.join_token_file {
        // Whoever has joined needs none.
        Some(file) if !args.data_dir.join("node.json").exists() => {
            Some(input::text(file, Exit::Configuration)?.trim().to_owned())
        }
        _ => args.join_token,
    };
    if args.data_dir.join("node.json").exists() {
        has_what_it_needs(&args.data_dir, now.control_plane.is_some())?;
    }
    let control_plane = now.control_plane.clone().unwrap_or_else(|| "http://127.0.0.1:50050".to_owned());
    let sync = SyncOptions {
        ca_file: now.control_plane_ca.clone(),
        client: now.control_plane_certificate.clone().zip(now.control_plane_key.clone()).map(client_certificate),
        join_token: join_token.map(Secret::new),
        name: now.name.clone().unwrap_or_else(host_name),
        region: now.region.clone().unwrap_or_else(|| "local".to_owned()),
        ..local_sync(control_plane, &args.data_dir)?
    };
    let mut signals = Signals::listen()?;
    let options = args.router.options(sync, Shares::router(listener::raise_limit()))?;
    let fresh = FreshDir::of(&args.data_dir);
    // Before it joins: one that is killed as soon as it has would not know where.
    if !Remembered::file(&args.data_dir).exists() {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&args.data_dir);
        made.map_or_else(
            |error| tracing::debug!(%error, "the data directory cannot be made yet"),
            |()| now.keep(&args.data_dir),
        );
    }
    let mut running = data_plane::start(options).await.map_err(|error| {
        let failure = failure(&error);
        fresh.roll_back(&failure, &["node.json"]);
        failure
    })?;
    now.keep(&args.data_dir);
    let files = Files::watch(running.identity());
    let outcome = loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Signalled::Stop => break Ok(()),
                Signalled::Reload => files.reload(),
            },
            why = running.failed() => break Err(listener_failed(&why)),
        }
    };
    signals.unless_asked_again(running.stop()).await?;
    outcome
}

/// A router that has joined goes nowhere else than before without being told: what it was told may have been deleted.
fn has_what_it_needs(data_dir: &Path, is_told: bool) -> Result<(), Failure> {
    let remembered = Remembered::file(data_dir);
    if !remembered.exists() && !is_told {
        let message = format!(
            "{} is not there, and this router has joined a control plane: say which with --control-plane, and --control-plane-ca, \
             --region and --name as at its first start",
            remembered.display()
        );
        return Err(Failure::new(Exit::Configuration, message));
    }
    let file = data_dir.join("node.json");
    let mode = std::fs::metadata(&file).map_or(0, |it| it.permissions().mode());
    if mode & 0o007 != 0 {
        let file = file.display();
        tracing::warn!(
            "{file} has mode {:04o}, so that others may have read this router's credential: run `chmod 600 {file}`, and let it join \
             again if you do not know who they are",
            mode & 0o7777
        );
    }
    Ok(())
}

fn client_certificate((certificate, key): (PathBuf, PathBuf)) -> ClientCertificate {
    ClientCertificate { certificate, key }
}

/// Whoever started the router must notice.
pub fn listener_failed(why: &str) -> Failure {
    Failure::new(Exit::Failed, format!("error: the listener for callers has failed: {why}"))
}

/// What a router was told at its last start: it need not be told again.
#[derive(Default, Serialize, Deserialize)]
struct Remembered {
    control_plane: Option<String>,
    control_plane_ca: Option<PathBuf>,
    control_plane_certificate: Option<PathBuf>,
    control_plane_key: Option<PathBuf>,
    region: Option<String>,
    name: Option<String>,
}

impl Remembered {
    fn file(data_dir: &Path) -> PathBuf {
        data_dir.join("router.json")
    }

    fn load(data_dir: &Path) -> Self {
        let text = std::fs::read(Self::file(data_dir)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn keep(&self, data_dir: &Path) {
        let text = serde_json::to_vec_pretty(self).expect("texts are valid JSON");
        if let Err(error) = std::fs::write(Self::file(data_dir), text) {
            tracing::warn!(%error, "what the router was told cannot be kept: the next start has to be told again");
        }
    }
}

/// A router on the control plane's own machine.
pub fn local_sync(control_plane: String, data_dir: &Path) -> Result<SyncOptions, Failure> {
    Ok(SyncOptions {
        control_plane,
        ca_file: None,
        client: None,
        join_token: None,
        node_key: node_key()?,
        data_dir: data_dir.to_owned(),
        region: "local".to_owned(),
        build: build::label(),
        name: host_name(),
    })
}

/// What seals a router's snapshots instead of its credential.
pub fn node_key() -> Result<Option<Secret>, Failure> {
    Ok(SecretArgs::from_env("SMART_ROUTER_NODE_KEY")?.map(|it| Secret::new(it.expose().to_owned())))
}

/// What a script should know about a router that did not start.
pub fn failure(error: &data_plane::StartError) -> Failure {
    let exit = match error {
        data_plane::StartError::Listen { .. } => Exit::Unavailable,
        data_plane::StartError::UsageLog(OpenError::Locked { .. }) => Exit::Conflict,
        _ => Exit::Configuration,
    };
    Failure::new(exit, error.to_string())
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|it| (0.0..=1.0).contains(it));
    share.ok_or_else(|| "write a number from 0 to 1".to_owned())
}

fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    if name.trim().is_empty() { "router".to_owned() } else { name.trim().to_owned() }
}
