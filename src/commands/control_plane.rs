//! `control-plane`: the control plane alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use control_plane::secrets::Secret;
use control_plane::store::StoreError;
use control_plane::{Environment, Options, Tls};

use crate::defaults;
use crate::exit::{Exit, Failure};
use crate::shutdown;
use crate::values;

/// The control plane alone: configuration, tokens, usage, admin API
#[derive(Args)]
pub struct ControlPlaneArgs {
    /// `sqlite://<path>` or `postgres://user@host/database`; by default a SQLite file in the data dir
    #[arg(long, env = "SMART_ROUTER_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Where it keeps its secrets, and the database unless another one is named
    #[arg(long, env = "SMART_ROUTER_DATA_DIR", default_value = defaults::DATA_DIR)]
    data_dir: PathBuf,
    #[command(flatten)]
    listeners: ControlPlaneListeners,
    /// The certificate chain (PEM) of the gRPC listener; plain text without one
    #[arg(long, env = "SMART_ROUTER_GRPC_TLS_CERTIFICATE", requires = "grpc_tls_key")]
    grpc_tls_certificate: Option<PathBuf>,
    /// The private key (PEM) of that certificate
    #[arg(long, env = "SMART_ROUTER_GRPC_TLS_KEY", requires = "grpc_tls_certificate")]
    grpc_tls_key: Option<PathBuf>,
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

/// Secrets that are given instead of generated. Values come from the environment only: arguments are public.
#[derive(Args)]
pub struct SecretArgs {
    /// A file (mode 0600) with the master key: 32 bytes in base64; or the key itself in `SMART_ROUTER_MASTER_KEY`
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
    /// A secret of the environment.
    pub fn from_env(name: &str) -> Option<Secret> {
        std::env::var(name).ok().filter(|value| !value.is_empty()).map(Secret::new)
    }
}

/// Serves until a signal comes.
pub async fn run(args: ControlPlaneArgs) -> Result<(), Failure> {
    let file = args.data_dir.join("control-plane.db");
    let tls = args.grpc_tls_certificate.zip(args.grpc_tls_key).map(|(certificate, key)| Tls { certificate, key });
    let options = Options {
        database_url: args.database_url.unwrap_or_else(|| format!("sqlite://{}", file.display())),
        data_dir: Some(args.data_dir),
        http: args.listeners.admin_listen,
        grpc: args.listeners.grpc_listen,
        grpc_tls: tls,
        master_key: SecretArgs::from_env("SMART_ROUTER_MASTER_KEY"),
        master_key_file: args.secrets.master_key_file,
        admin_token: SecretArgs::from_env("SMART_ROUTER_ADMIN_TOKEN"),
        initial_document: None,
        environment: args.sources.environment(),
    };
    let running = control_plane::start(options).await.map_err(|error| failure(&error))?;
    tokio::select! {
        outcome = shutdown::requested() => outcome?,
        () = running.stopped() => {}
    }
    running.stop().await;
    Ok(())
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
