mod data_dir;
mod foresight;
mod local_admin;
mod master_key_check;
mod retention;

pub(crate) use self::data_dir::DataDir;
use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use control_plane_core::{Problem, token::digest};
use listener::{Door, ServerIdentity, TlsError};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use self::local_admin::LocalAdminError;
use crate::{
    InitialDocument, Options,
    failures::Failures,
    grpc::{self, Services},
    http::{self, AccessLog, App, Here, Remembered, WriteProbe},
    ingest::{Ingest, start_backlog},
    login::{self, Logins},
    manage::{Control, ManageError, config, idempotency},
    metrics::Metrics,
    publish::Publisher,
    responses,
    schedule::Reports,
    secrets::{KeyFiles, MasterKey, MasterKeyError},
    store::{self, DatabasePlace, Store, StoreError},
};

/// A given admin token is at least this long, or it could be guessed.
const SHORTEST_ADMIN_TOKEN: usize = 32;

/// Why a control plane does not start. Nothing is reset to make it start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database vanished.
    #[error(
        "the database {file} is not there, but {admin} says that this data directory has had one: put it back, restore a backup \
         (`smart-router db restore`), or remove {admin} to begin with an empty one, without the tokens, keys and routers of the old \
         one"
    )]
    DatabaseVanished {
        /// Where it was.
        file: PathBuf,
        /// What was left.
        admin: PathBuf,
    },
    /// There is no master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The database was used with another master key.
    #[error(
        "this database was sealed with another master key: start with that one (SMART_ROUTER_MASTER_KEY, or the \
         `master.key` of the data directory that belongs to the database)"
    )]
    OtherMasterKey,
    /// The data directory cannot be made.
    #[error("the data directory {path} cannot be made: {source}")]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Another control plane uses the data directory.
    #[error("{path} is locked: another control plane uses this data directory; stop it, or choose another one")]
    DataDirInUse {
        /// The lock file.
        path: PathBuf,
    },
    /// The file with the local admin token cannot be used.
    #[error(transparent)]
    LocalAdmin(#[from] LocalAdminError),
    /// Nobody could administer it.
    #[error("nobody could administer this control plane: set SMART_ROUTER_ADMIN_TOKEN, or give a data directory")]
    NoAdmin,
    /// The given admin token could be guessed.
    #[error("SMART_ROUTER_ADMIN_TOKEN is too short: it needs at least {SHORTEST_ADMIN_TOKEN} characters")]
    ShortAdminToken,
    /// The first configuration has mistakes.
    #[error("the configuration is refused:\n{}", listed(.name, .problems))]
    InitialDocument {
        /// What the text is called.
        name: String,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// The first configuration cannot be applied.
    #[error("the first configuration cannot be applied: {0}")]
    Apply(ManageError),
    /// TLS on a listener.
    #[error(transparent)]
    Identity(#[from] TlsError),
    /// A listener cannot be opened.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The operating system's answer.
        source: io::Error,
    },
}

/// A control plane that serves.
pub struct Running {
    /// Where the admin API listens.
    pub http: SocketAddr,
    /// Where routers connect.
    pub grpc: SocketAddr,
    control: Control,
    stop: CancellationToken,
    /// Why it stopped by itself.
    failed: WhyStopped,
    identities: Vec<Arc<ServerIdentity>>,
    tasks: Vec<JoinHandle<()>>,
    _data_dir: Option<DataDir>,
}

/// Starts a control plane: when this returns, it serves.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let bootstrap_admin = bootstrap_admin(&options)?;
    let http_identity = options.http_tls.clone().map(|it| ServerIdentity::load(it, &["h2", "http/1.1"])).transpose()?;
    let grpc_identity = options.grpc_tls.clone().map(|it| ServerIdentity::load(it, &["h2"])).transpose()?;
    let data_dir = claim(&options)?;
    // Before the database is migrated: where this one cannot listen, an older one may have to start again.
    let (http_listener, http) = listen(options.http).await?;
    let (grpc_listener, grpc) = listen(options.grpc).await?;
    let control = prepare(&options).await?;
    idempotency::nothing_runs(&control).await?;
    provide_admin(&control, &options, http).await?;
    if let Some(initial) = &options.initial_document {
        apply_first(&control, initial).await?;
    }

    let stop = CancellationToken::new();
    let metrics = Arc::<Metrics>::default();
    let (publisher, publishing) = Publisher::start(control.clone(), stop.clone());
    let (ingest, ingesting) = Ingest::start(control.store.clone(), Arc::clone(&metrics));
    let services = Services { store: control.store.clone(), publisher: publisher.clone(), ingest };
    let (access_log, recording) = AccessLog::start(control.store.clone());
    let logins = Logins::new(control.clone(), bootstrap_admin);
    let reports = Reports::new(control.clone(), Arc::clone(&metrics), pages(&options, http));
    let app = App {
        control: control.clone(),
        bootstrap_admin,
        publisher,
        access_log,
        metrics,
        build: options.build,
        write_probe: WriteProbe::default(),
        remembered: Remembered::default(),
        asking: Arc::new(http::asking()),
        failures: Failures::default(),
        login_starts: Failures::default(),
        logout_failures: Failures::default(),
        logins: logins.clone(),
        reports: reports.clone(),
        here: here(&options, grpc),
    };
    let failed = WhyStopped::default();
    let identities = http_identity.iter().chain(&grpc_identity).cloned().collect();
    let door = Door::new(grpc_listener, options.grpc_caps, grpc_identity, "routers' credentials and configuration");
    let stopping = stop.clone();
    let serving_grpc = guarded(&stop, &failed, "routers", async move {
        grpc::serve(door, services, stopping).await.map_err(|error| error.to_string())
    });
    let door = Door::new(http_listener, options.http_caps, http_identity, "admin tokens");
    let stopping = stop.clone();
    let serving_http = guarded(&stop, &failed, "administrators", async move {
        http::serve(door, app, stopping).await.map_err(|error| error.to_string())
    });
    let chores = chores(&control, logins, reports, &stop);
    tracing::info!(%http, %grpc, "the control plane serves");
    // In the order in which they end: what was received is stored before the store is closed.
    let tasks = [serving_http, recording, serving_grpc, ingesting, publishing].into_iter().chain(chores).collect();
    Ok(Running { http, grpc, control, stop, failed, identities, tasks, _data_dir: data_dir })
}

/// What is done again and again until `stop`.
fn chores(control: &Control, logins: Logins, reports: Reports, stop: &CancellationToken) -> [JoinHandle<()>; 6] {
    [
        retention::start(control.store.clone(), stop.clone()),
        start_backlog(control.store.clone(), stop.clone()),
        foresight::start(control.store.clone(), stop.clone()),
        responses::start_expiry(control.store.clone(), stop.clone()),
        login::start_expiry(logins, stop.clone()),
        reports.start(stop.clone()),
    ]
}

/// What its pages are called where nobody asks from a browser; `None`: that is not known.
fn pages(options: &Options, http: SocketAddr) -> Option<String> {
    let scheme = if options.http_tls.is_some() { "https" } else { "http" };
    let here = || http.ip().is_loopback().then(|| format!("{scheme}://{http}"));
    options.public_url.as_ref().map(|it| it.address("")).or_else(here)
}

/// How this control plane is reached.
fn here(options: &Options, grpc: SocketAddr) -> Here {
    Here {
        public_url: options.public_url.clone(),
        routers: options.routers.clone(),
        tls: options.http_tls.is_some(),
        grpc_port: grpc.port(),
        grpc_tls: options.grpc_tls.is_some(),
    }
}

impl Running {
    /// To administer it from within its process, such as a standalone's first set-up.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// What its listeners prove themselves with.
    pub fn identities(&self) -> Vec<Arc<ServerIdentity>> {
        self.identities.clone()
    }

    /// Waits until it has stopped by itself, because a listener failed. Returns which and why.
    pub async fn failed(&self) -> String {
        self.stop.cancelled().await;
        self.failed.get().cloned().unwrap_or_else(|| "the control plane has stopped".to_owned())
    }

    /// Lets open requests finish and stores what was received.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task of the control plane failed");
            }
        }
        self.control.store.close().await;
    }
}

/// The digest of the admin token that was given.
fn bootstrap_admin(options: &Options) -> Result<Option<[u8; 32]>, StartError> {
    match &options.admin_token {
        Some(token) if token.expose().len() < SHORTEST_ADMIN_TOKEN => Err(StartError::ShortAdminToken),
        given => Ok(given.as_ref().map(|token| digest(token.expose()))),
    }
}

/// Takes the data directory before anything in it is read or written: a second start must not disturb the first.
fn claim(options: &Options) -> Result<Option<DataDir>, StartError> {
    let data_dir = options.data_dir.as_deref().map(DataDir::claim).transpose()?;
    if let (Some(dir), DatabasePlace::File(file)) = (&options.data_dir, store::place(&options.database_url)?) {
        local_admin::has_its_database(dir, file)?;
    }
    Ok(data_dir)
}

/// Somebody can administer it.
async fn provide_admin(control: &Control, options: &Options, http: SocketAddr) -> Result<(), StartError> {
    match &options.data_dir {
        Some(dir) => local_admin::provide(control, dir, http, options.http_tls.is_some()).await?,
        None if options.admin_token.is_some() => {}
        None if store::admin::all(control.store.read()).await?.is_empty() => return Err(StartError::NoAdmin),
        None => {}
    }
    Ok(())
}

/// Everything that is there before anybody is served.
async fn prepare(options: &Options) -> Result<Control, StartError> {
    let store = Store::connect(&options.database_url).await?;
    let load_key = |is_new| {
        let (given, file) = (options.master_key.as_ref(), options.master_key_file.as_deref());
        MasterKey::load(given, file, options.data_dir.as_deref(), is_new)
    };
    // For the same reason.
    if store::schema::is_behind(&store).await? && !master_key_check::belongs(&store, &load_key(false)?).await? {
        return Err(StartError::OtherMasterKey);
    }
    store.migrate().await?;
    let master_key = load_key(store::credential::key_check(store.read()).await?.is_none())?;
    if !master_key_check::belongs(&store, &master_key).await? {
        return Err(StartError::OtherMasterKey);
    }
    Ok(Control {
        store,
        master_key: Arc::new(master_key),
        environment: options.environment.clone(),
        key_files: KeyFiles::default(),
        private_dir: options.data_dir.clone(),
        documents: crate::manage::Documents::default(),
        config_mode: options.config_mode.clone(),
    })
}

/// Replicas that start together apply it once: all but one find that there is a configuration.
async fn apply_first(control: &Control, initial: &InitialDocument) -> Result<(), StartError> {
    if store::config::latest(control.store.read()).await?.is_some() {
        return Ok(());
    }
    let new = config::Apply {
        text: &initial.text,
        comment: "first start",
        expected_version: Some(0),
        file: None,
        force: false,
    };
    match config::apply(control, config::Author::SYSTEM, &new).await {
        Ok(_) | Err(ManageError::VersionConflict { .. }) => Ok(()),
        Err(ManageError::InvalidConfig(problems)) => {
            Err(StartError::InitialDocument { name: initial.name.clone(), problems })
        }
        Err(error) => Err(StartError::Apply(error)),
    }
}

/// Why it stopped by itself, once it has.
type WhyStopped = Arc<OnceLock<String>>;

/// A listener that fails takes the whole control plane down, so that whoever started it notices.
fn guarded(
    stop: &CancellationToken,
    failed: &WhyStopped,
    whose: &'static str,
    serving: impl Future<Output = Result<(), String>> + Send + 'static,
) -> JoinHandle<()> {
    let (stop, failed) = (stop.clone(), Arc::clone(failed));
    tokio::spawn(async move {
        let outcome = serving.await;
        if !stop.is_cancelled() {
            let why = outcome.err().unwrap_or_else(|| "it was closed".to_owned());
            let why = format!("the listener for {whose} has failed: {why}");
            tracing::error!("{why}");
            failed.get_or_init(|| why);
        }
        stop.cancel();
    })
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let wrap = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(wrap)?;
    let bound = listener.local_addr().map_err(wrap)?;
    Ok((listener, bound))
}

fn listed(name: &str, problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{name}:{problem}")).collect::<Vec<_>>().join("\n")
}
