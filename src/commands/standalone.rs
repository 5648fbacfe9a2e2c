//! `standalone`: both planes in one process, over the same gRPC as when they are apart.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use control_plane::login;
use control_plane::manage::{config, node, token};
use control_plane::{ConfigMode, InitialDocument, RouterAddress};
use control_plane_core::audit::Actor;
use control_plane_core::permission::Visible;
use control_plane_core::{canonical, demo};
use data_plane_core::config::Secret;
use listener::{Caps, Shares};

use crate::build::BUILD;
use crate::commands::control_plane::{ControlPlaneListeners, SecretArgs, SourceArgs, failure as control_plane_failure};
use crate::commands::data_plane::{RouterArgs, failure as data_plane_failure, listener_failed, local_sync};
use crate::commands::declared::Declared;
use crate::commands::limits::AdminSite;
use crate::defaults;
use crate::exit::{Exit, Failure};
use crate::fresh_dir::FreshDir;
use crate::input;
use crate::output;
use crate::shutdown::{Files, Signalled, Signals};
use crate::values;

/// How long the join token of the standalone's own router lives: it is used at once.
const JOIN_TOKEN_MS: u64 = 60_000;
/// How long the first snapshot may take to arrive over the loopback.
const FIRST_SNAPSHOT: Duration = Duration::from_secs(30);

/// Both planes in one process, with SQLite; the default without a command
#[derive(Args)]
pub struct StandaloneArgs {
    /// Where everything is kept
    #[arg(long, env = "SMART_ROUTER_DATA_DIR", default_value = defaults::DATA_DIR)]
    data_dir: PathBuf,
    /// The configuration, applied at every start; `./smart-router.yaml` if there is one, else a demo at the first start; `-` for
    /// standard input
    #[arg(long, env = "SMART_ROUTER_CONFIG")]
    config: Option<PathBuf>,
    /// What the file is: the configuration itself, or what an empty database is filled with
    #[arg(long, env = "SMART_ROUTER_CONFIG_MODE", value_enum, default_value_t)]
    config_mode: FileMode,
    #[command(flatten)]
    listeners: ControlPlaneListeners,
    #[command(flatten)]
    router: RouterArgs,
    /// Where the demo's upstream listens, as long as the configuration has it
    #[arg(long, env = "SMART_ROUTER_SANDBOX_LISTEN", default_value = defaults::SANDBOX_LISTEN, value_parser = values::address)]
    sandbox_listen: SocketAddr,
    #[command(flatten)]
    tls: AdminSite,
    #[command(flatten)]
    secrets: SecretArgs,
    #[command(flatten)]
    sources: SourceArgs,
}

/// What a configuration file is.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum FileMode {
    /// The truth: applied at every start, and only read in a browser
    #[default]
    File,
    /// What an empty database is filled with: later changes stand
    Seed,
}

/// Starts both planes, prints how to use them, and serves until a signal comes.
pub async fn run(args: StandaloneArgs) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let fresh = FreshDir::of(&args.data_dir);
    let (mut planes, files) = match start(&args).await {
        Ok(started) => started,
        Err(failure) => {
            fresh.roll_back(&failure, &[]);
            return Err(failure);
        }
    };
    let outcome = loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Signalled::Stop => break Ok(()),
                Signalled::Reload => {
                    files.reload();
                    planes.reload(&args).await;
                }
            },
            failure = planes.failed() => break Err(failure),
        }
    };
    signals.unless_asked_again(planes.stop()).await?;
    outcome
}

impl FileMode {
    fn of(self, given: &Declared) -> ConfigMode {
        let name = given.path.clone().unwrap_or_else(|| given.document.name.clone());
        match self {
            Self::File => ConfigMode::File(name),
            Self::Seed => ConfigMode::Seed(name),
        }
    }
}

/// Everything that runs.
struct Planes {
    control_plane: control_plane::Running,
    router: data_plane::Running,
    sandbox: Option<sandbox::Running>,
}

impl Planes {
    /// Applies the configuration file again.
    async fn reload(&self, args: &StandaloneArgs) {
        if args.config.as_deref() == Some(Path::new("-")) || args.config_mode == FileMode::Seed {
            return;
        }
        let applied = async {
            match configuration(args.config.as_deref())? {
                Some(given) => given.apply_again(&self.control_plane).await,
                None => Ok(()),
            }
        };
        match applied.await {
            Ok(()) => tracing::info!("the configuration file was read again"),
            Err(failure) => tracing::error!(error = failure.message, "the configuration stays as it was"),
        }
    }

    async fn failed(&mut self) -> Failure {
        tokio::select! {
            why = self.router.failed() => listener_failed(&why),
            why = self.control_plane.failed() => Failure::new(Exit::Failed, format!("error: {why}")),
        }
    }

    async fn stop(self) {
        self.router.stop().await;
        self.control_plane.stop().await;
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

async fn start(args: &StandaloneArgs) -> Result<(Planes, Files), Failure> {
    let shares = Shares::standalone(listener::raise_limit());
    let given = configuration(args.config.as_deref())?;
    // Before anything is set up: what cannot listen leaves nothing behind.
    let listener = reserved(args.router.listen)?;
    let control_plane =
        start_control_plane(args, given.as_ref(), listener.local_addr().unwrap_or(args.router.listen), shares).await?;
    if let Some(given) = given.filter(|_| args.config_mode == FileMode::File) {
        given.apply(&control_plane).await?;
    }
    let sandbox = start_sandbox(&control_plane, args.sandbox_listen).await?;
    let router = start_router(args, &control_plane, listener, shares).await?;
    // Last: a token that is made is printed.
    let first_token = first_token(&control_plane).await?;
    // A token that is printed must work at once.
    let version = first_token.as_ref().map_or(1, |token| token.version);
    let ready = tokio::time::timeout(FIRST_SNAPSHOT, router.serves(version)).await;
    ready.map_err(|_| Failure::new(Exit::Unavailable, "the router got no configuration within 30 s; see the log"))?;
    let current = config::get(control_plane.control(), None).await.map_err(Failure::failed)?;
    let caller = current.document.callers.first().map_or("<id>", |it| it.id.as_str());
    print_welcome(args, &control_plane, router.address, first_token.as_ref(), caller)?;
    if current.document.oidc.iter().all(|it| it.disabled) {
        print_login_link(args, &control_plane).await?;
    } else {
        let address = pages_at(args, &control_plane, "/login");
        output::print(&format!("\nThe pages, where people log in with an OpenID provider:\n\n  {address}\n\n"))?;
    }
    let files = Files::watch(control_plane.identities().into_iter().chain(router.identity()));
    Ok((Planes { control_plane, router, sandbox }, files))
}

fn reserved(listen: SocketAddr) -> Result<TcpListener, Failure> {
    let refused = |source| data_plane_failure(&data_plane::StartError::Listen { address: listen, source });
    TcpListener::bind(listen).map_err(refused)
}

fn configuration(named: Option<&Path>) -> Result<Option<Declared>, Failure> {
    let default = Path::new("./smart-router.yaml");
    let Some(file) = named.or_else(|| default.exists().then_some(default)) else {
        return Ok(None);
    };
    let text = input::text(file, Exit::Configuration)?;
    let path = (!input::is_standard(file)).then(|| file.canonicalize().ok()).flatten();
    let path = path.map(|it| it.display().to_string());
    Ok(Some(Declared { document: InitialDocument { name: input::name(file), text }, path }))
}

async fn start_control_plane(
    args: &StandaloneArgs,
    given: Option<&Declared>,
    listens: SocketAddr,
    shares: Shares,
) -> Result<control_plane::Running, Failure> {
    let demo = || InitialDocument {
        name: "the demo".to_owned(),
        text: canonical::to_yaml(&demo::demo(&sandbox_url(args.sandbox_listen))),
    };
    let options = control_plane::Options {
        database_url: format!("sqlite://{}", args.data_dir.join("control-plane.db").display()),
        data_dir: Some(args.data_dir.clone()),
        http: args.listeners.admin_listen,
        grpc: args.listeners.grpc_listen,
        http_tls: args.tls.admin(),
        public_url: args.tls.public_url(),
        routers: routers(args, listens),
        http_caps: Caps::of(shares.admin),
        // Its router is in the same process.
        grpc_tls: None,
        grpc_caps: Caps::of(shares.nodes),
        master_key: SecretArgs::from_env("SMART_ROUTER_MASTER_KEY")?,
        master_key_file: args.secrets.master_key_file.clone(),
        admin_token: SecretArgs::from_env("SMART_ROUTER_ADMIN_TOKEN")?,
        initial_document: Some(given.map_or_else(demo, |it| it.document.clone())),
        config_mode: given.map_or(ConfigMode::Database, |it| args.config_mode.of(it)),
        build: BUILD,
        environment: args.sources.environment(),
    };
    control_plane::start(options).await.map_err(|error| control_plane_failure(&error))
}

/// Where callers reach the router of the same process.
fn routers(args: &StandaloneArgs, listens: SocketAddr) -> RouterAddress {
    match args.tls.routers() {
        // A certificate has a name, and everywhere has many.
        RouterAddress::Guessed if args.router.has_tls() || listens.ip().is_unspecified() => {
            RouterAddress::Here { port: listens.port(), tls: args.router.has_tls() }
        }
        RouterAddress::Guessed => RouterAddress::Url(format!("http://{listens}")),
        said => said,
    }
}

/// The sandbox runs only while the configuration has a provider that points to it.
async fn start_sandbox(
    control_plane: &control_plane::Running,
    listen: SocketAddr,
) -> Result<Option<sandbox::Running>, Failure> {
    let current = config::get(control_plane.control(), None).await.map_err(Failure::failed)?;
    let url = sandbox_url(listen);
    if !current.document.providers.values().any(|provider| provider.base_url == url) {
        return Ok(None);
    }
    let running = sandbox::start(sandbox::Options { listen, journal: 0 }).await;
    running.map(Some).map_err(|error| Failure::new(Exit::Unavailable, error.to_string()))
}

fn sandbox_url(listen: SocketAddr) -> String {
    format!("http://{listen}/v1")
}

/// What a new demo is tried with.
struct FirstToken {
    token: Secret,
    group: String,
    /// The version from which on routers accept it.
    version: u64,
}

/// A new demo gets one token, which is shown once.
async fn first_token(control_plane: &control_plane::Running) -> Result<Option<FirstToken>, Failure> {
    let control = control_plane.control();
    let current = config::get(control, None).await.map_err(Failure::failed)?;
    let has_demo_caller = current.document.caller(demo::CALLER).is_some();
    let has_tokens = !token::list(control, &Visible::All, None).await.map_err(Failure::failed)?.is_empty();
    if !has_demo_caller || has_tokens {
        return Ok(None);
    }
    let issued = token::create(control, config::Author::SYSTEM, demo::CALLER, "first start", None)
        .await
        .map_err(Failure::failed)?;
    let group = current.document.groups.keys().next().cloned().unwrap_or_default();
    let token = Secret::new(issued.text.expose().to_owned());
    Ok(Some(FirstToken { token, group, version: issued.version }))
}

async fn start_router(
    args: &StandaloneArgs,
    control_plane: &control_plane::Running,
    listener: TcpListener,
    shares: Shares,
) -> Result<data_plane::Running, Failure> {
    let data_dir = args.data_dir.join("router");
    let mut sync = local_sync(format!("http://{}", control_plane.grpc), &data_dir)?;
    if !data_dir.join("node.json").exists() {
        let issued = node::join_token(control_plane.control(), &Actor::System, JOIN_TOKEN_MS, 1).await;
        sync.join_token = Some(Secret::new(issued.map_err(Failure::failed)?.text.expose().to_owned()));
    }
    let options = data_plane::Options { listener: Some(listener), ..args.router.options(sync, shares)? };
    data_plane::start(options).await.map_err(|error| data_plane_failure(&error))
}

/// Whoever can read this administers it.
async fn print_login_link(args: &StandaloneArgs, control_plane: &control_plane::Running) -> Result<(), Failure> {
    let path = login::make_link(control_plane.control()).await.map_err(Failure::failed)?;
    let address = pages_at(args, control_plane, &path);
    output::print(&format!("\nThe pages, with a link that lets one person in within 15 minutes:\n\n  {address}\n\n"))
}

/// One of the pages, as browsers call it.
fn pages_at(args: &StandaloneArgs, control_plane: &control_plane::Running, path: &str) -> String {
    let here = || format!("{}://{}{path}", scheme(args), reachable(control_plane.http));
    args.tls.public_url().map_or_else(here, |public| public.address(path))
}

fn scheme(args: &StandaloneArgs) -> &'static str {
    if args.tls.admin().is_some() { "https" } else { "http" }
}

/// Everywhere includes here.
fn reachable(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

fn print_welcome(
    args: &StandaloneArgs,
    control_plane: &control_plane::Running,
    router: SocketAddr,
    first_token: Option<&FirstToken>,
    caller: &str,
) -> Result<(), Failure> {
    let data_dir = &args.data_dir;
    let mut text = format!(
        "Smart Router serves callers on http://{router} and its admin API on {}://{}; its state is in {}.\n",
        scheme(args),
        control_plane.http,
        data_dir.canonicalize().unwrap_or_else(|_| data_dir.clone()).display()
    );
    let there = place(data_dir);
    match first_token {
        Some(FirstToken { token, group, .. }) => {
            let token = token.expose();
            text.push_str(&format!(
                "\nA caller token, shown this once:\n\n  {token}\n\nTry it:\n\n\
             curl http://{router}/v1/chat/completions \\\n  -H 'authorization: Bearer {token}' \\\n  \
             -H 'content-type: application/json' \\\n  \
             -d '{{\"model\":\"{group}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Hello\"}}]}}'\n\n\
             Then: smart-router report{there}\n"
            ));
        }
        None => text.push_str(&format!("A new caller token: smart-router token create --caller {caller}{there}\n")),
    }
    output::print(&text)
}

/// What further commands have to be told in order to find this data dir.
fn place(data_dir: &Path) -> String {
    if data_dir == Path::new(defaults::DATA_DIR) {
        return String::new();
    }
    let dir = data_dir.display().to_string();
    let plain = dir.chars().all(|it| it.is_alphanumeric() || "/._-".contains(it));
    if plain { format!(" --data-dir {dir}") } else { format!(" --data-dir '{}'", dir.replace('\'', "'\\''")) }
}
