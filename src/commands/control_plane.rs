//! `control-plane`: the control plane alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use control_plane::secrets::Secret;
use control_plane::store::StoreError;
use control_plane::{ConfigMode, Environment, Options};
use listener::{Caps, Shares};

use crate::build::BUILD;
use crate::commands::limits::{AdminSite, GrpcTls};
use crate::defaults;
use crate::exit::{Exit, Failure};
use crate::fresh_dir::FreshDir;
use crate::shutdown::{Files, Signalled, Signals};
use crate::values;

/// The control plane alone: configuration, tokens, usage, admin API
#[derive(Args)]
pub struct ControlPlaneArgs {
    /// `sqlite://<path>` or `postgres://user@host/database`, or `@file` with it; by default a SQLite file in the data dir
    #[arg(long, env = "SMART_ROUTER_DATABASE_URL", hide_env_values = true, value_parser = crate::values::secret)]
    database_url: Option<String>,
    /// Where it keeps its secrets, and the database unless another one is named
    #[arg(long, env = "SMART_ROUTER_DATA_DIR", default_value = defaults::DATA_DIR)]
    data_dir: PathBuf,
    #[command(flatten)]
    listeners: ControlPlaneListeners,
    #[command(flatten)]
    admin_tls: AdminSite,
    #[command(flatten)]
    grpc_tls: GrpcTls,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    sources: SourceArgs,
}

/// Where a control plane listens.
#[derive(Args)]
pub struct ControlPlaneListeners {
    /// Where the admin API listens
    #[arg(long, env = "SMART_ROUTER_ADMIN_LISTEN", default_value = "127.0.0.1:8080", value_parser = values::address)]
    pub admin_listen: SocketAddr,
    /// Where routers connect
    #[arg(long, env = "SMART_ROUTER_GRPC_LISTEN", default_value = "127.0.0.1:50050", value_parser = values::address)]
    pub grpc_listen: SocketAddr,
}

/// Secrets that are given instead of generated. Values come from the environment, or `@file` from a file: arguments are public.
#[derive(Args)]
pub struct SecretArgs {
    /// A file (mode 0600) with the master key: 32 bytes in base64; or the key itself (or `@file`) in `SMART_ROUTER_MASTER_KEY`
    #[arg(long, env = "SMART_ROUTER_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,
}

/// What of its surroundings a control plane opens to configurations that come by the API. A file that it was started with may
/// name everything.
#[derive(Args)]
pub struct SourceArgs {
    /// Variables that configurations from the API may name, comma-separated, with at most one `*` each; `*_API_KEY` and
    /// `LLM_SECRET_*` are open for keys without it. Their values can be read in the configuration
    #[arg(long, env = "SMART_ROUTER_ALLOW_ENV", value_delimiter = ',', value_name = "NAME")]
    pub allow_env: Vec<String>,
    /// The directory of the files that configurations from the API may name as keys; none without it
    #[arg(long, env = "SMART_ROUTER_SECRETS_DIR")]
    pub secrets_dir: Option<PathBuf>,
}

impl SourceArgs {
    /// The process's environment, open as far as these say.
    pub fn environment(&self) -> Environment {
        Environment::process().opening(self.allow_env.clone(), self.secrets_dir.clone())
    }
}

impl SecretArgs {
    /// A secret of the environment, or of the file that `@file` names there.
    pub fn from_env(name: &str) -> Result<Option<Secret>, Failure> {
        let given = std::env::var(name).ok().filter(|value| !value.is_empty());
        let read = given.map(|value| values::secret(&value)).transpose();
        let wrong = |why| Failure::new(Exit::Configuration, format!("error: {name}: {why}"));
        Ok(read.map_err(wrong)?.map(Secret::new))
    }
}

/// Serves until a signal comes.
pub async fn run(args: ControlPlaneArgs) -> Result<(), Failure> {
    let file = args.data_dir.join("control-plane.db");
    let mut signals = Signals::listen()?;
    let shares = Shares::control_plane(listener::raise_limit());
    let fresh = FreshDir::of(&args.data_dir);
    // Another database was sealed with the key that lies here.
    let kept: &[&str] = if args.database_url.is_some() { &["master.key"] } else { &[] };
    let options = Options {
        database_url: args.database_url.unwrap_or_else(|| format!("sqlite://{}", file.display())),
        data_dir: Some(args.data_dir),
        http: args.listeners.admin_listen,
        grpc: args.listeners.grpc_listen,
        http_tls: args.admin_tls.admin(),
        public_url: args.admin_tls.public_url(),
        routers: args.admin_tls.routers(),
        http_caps: Caps::of(shares.admin),
        grpc_tls: args.grpc_tls.grpc(),
        grpc_caps: Caps::of(shares.nodes),
        master_key: SecretArgs::from_env("SMART_ROUTER_MASTER_KEY")?,
        master_key_file: args.secrets.master_key_file,
        admin_token: SecretArgs::from_env("SMART_ROUTER_ADMIN_TOKEN")?,
        initial_document: None,
        config_mode: ConfigMode::Database,
        build: BUILD,
        environment: args.sources.environment(),
    };
    let running = control_plane::start(options).await.map_err(|error| {
        let failure = failure(&error);
        fresh.roll_back(&failure, kept);
        failure
    })?;
    let files = Files::watch(running.identities());
    let outcome = loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Signalled::Stop => break Ok(()),
                Signalled::Reload => files.reload(),
            },
            why = running.failed() => break Err(Failure::new(Exit::Failed, format!("error: {why}"))),
        }
    };
    signals.unless_asked_again(running.stop()).await?;
    outcome
}

/// What a script should know about a control plane that did not start.
pub fn failure(error: &control_plane::StartError) -> Failure {
    let exit = match error {
        control_plane::StartError::Store(StoreError::Url { .. }) => Exit::Configuration,
        control_plane::StartError::DataDirInUse { .. } => Exit::Conflict,
        control_plane::StartError::Store(_) | control_plane::StartError::Listen { .. } => Exit::Unavailable,
        _ => Exit::Configuration,
    };
    Failure::new(exit, error.to_string())
}
