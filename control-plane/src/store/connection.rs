use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf, absolute},
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::{Any, AnyConnection, AnyPool, Connection, Transaction, any::AnyPoolOptions, migrate::Migrator};

use tokio::sync::watch;

use super::{StoreError, memory::RollupMemory, note_change};
use crate::clock::now_ms;

/// The tables, from `migrations/`.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// How long a caller waits for a connection before it gets an error.
const ACQUIRE: Duration = Duration::from_secs(10);
/// How long a server may refuse connections at the start, and how often it is asked.
const STARTING: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_millis(250);
const READERS: u32 = 8;
/// 32 MiB, as they are needed: what a transaction of usage changes stays in memory until it commits. With the 2 MiB that are usual,
/// pages were written to the log and read back several times within one.
const WRITER_CACHE: &str = "pragma cache_size = -32768";
/// 16 MiB of log before it is copied into the file: pages that change with every transaction are copied once for several.
const CHECKPOINT: &str = "pragma wal_autocheckpoint = 4096";
const SERVER_CONNECTIONS: u32 = 16;

/// Which database is behind the store. Statements never depend on it; transactions and set-up do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file, one writer at a time.
    Sqlite,
    /// A server, any number of replicas.
    Postgres,
}

impl Engine {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// The database. Cloning shares the connections.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    readers: AnyPool,
    writers: AnyPool,
    /// Changes with every new version that this process makes.
    versions: watch::Sender<()>,
    /// SQLite's file, as it was opened.
    file: Option<OpenFile>,
    /// When that was, in milliseconds since the Unix epoch.
    opened_ms: i64,
    rollups: Arc<RollupMemory>,
}

/// A write transaction: what happens in it happens whole, or not at all when it is dropped.
pub struct Tx {
    transaction: Transaction<'static, Any>,
    versions: watch::Sender<()>,
    /// It makes a new version.
    newer: bool,
}

/// A read transaction: all its statements see one state of the database.
pub struct ReadTx {
    transaction: Transaction<'static, Any>,
    rollups: Arc<RollupMemory>,
}

impl Store {
    /// Connects to `sqlite://<path>` (the file is made with mode 0600) or to `postgres://…`, without touching the schema.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        match place(url)? {
            DatabasePlace::File(path) => Self::connect_file(path).await,
            DatabasePlace::Server => Self::connect_server(url).await,
        }
    }

    async fn connect_file(path: &Path) -> Result<Self, StoreError> {
        let path = create_private(path)?;
        let url = format!("sqlite://{}?mode=rw", percent_encoded(&path));
        let damaged = |error: sqlx::Error| StoreError::of_file(&path, &error);
        // Once outside of a pool, which would try a damaged file again until it gives up.
        let mut first = AnyConnection::connect(&url).await.map_err(damaged)?;
        sqlx::query("select count(*) from sqlite_schema").fetch_one(&mut first).await.map_err(damaged)?;
        first.close().await.map_err(damaged)?;
        // The writer first: it turns the file to write-ahead logging, which readers then find in place.
        let writers = sqlite_pool(1, &["pragma query_only = off", WRITER_CACHE, CHECKPOINT])
            .connect(&url)
            .await
            .map_err(damaged)?;
        let readers = sqlite_pool(READERS, &["pragma query_only = on"]).connect(&url).await.map_err(damaged)?;
        let file = Some(OpenFile::of(path)?);
        Ok(Self {
            engine: Engine::Sqlite,
            readers,
            writers,
            versions: watch::Sender::new(()),
            file,
            opened_ms: now_ms(),
            rollups: Arc::default(),
        })
    }

    async fn connect_server(url: &str) -> Result<Self, StoreError> {
        reach_server(url).await?;
        let pool = AnyPoolOptions::new()
            .max_connections(SERVER_CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect(url)
            .await
            .map_err(|source| StoreError::Unreachable { place: without_user(url), source })?;
        let versions = watch::Sender::new(());
        Ok(Self {
            engine: Engine::Postgres,
            readers: pool.clone(),
            writers: pool,
            versions,
            file: None,
            opened_ms: now_ms(),
            rollups: Arc::default(),
        })
    }

    /// Brings the schema to this build's. Replicas that start together do it one after the other.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.writers.acquire().await?;
        match self.engine {
            // The driver takes an advisory lock of the server.
            Engine::Postgres => MIGRATIONS.run_direct(None, &mut *connection, false).await?,
            // SQLite has no such lock, but its write lock can span all migrations.
            Engine::Sqlite => {
                drop(connection);
                let mut tx = self.write().await?;
                MIGRATIONS.run_direct(None, tx.connection(), false).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Connections for single statements that change nothing.
    pub fn read(&self) -> &AnyPool {
        &self.readers
    }

    /// A read transaction, for several statements that must agree.
    pub async fn read_consistent(&self) -> Result<ReadTx, StoreError> {
        let begin = match self.engine {
            Engine::Sqlite => "begin deferred",
            Engine::Postgres => "begin isolation level repeatable read read only",
        };
        let transaction = self.readers.begin_with(begin).await?;
        Ok(ReadTx { transaction, rollups: Arc::clone(&self.rollups) })
    }

    /// A write transaction; the only place that opens one. On SQLite it takes the write lock at once, so that it never
    /// fails half-way because another writer came first. What is written to a file without a name would be gone with the process:
    /// it is refused.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        self.file.as_ref().map_or(Ok(()), OpenFile::is_there)?;
        let begin = match self.engine {
            Engine::Sqlite => "begin immediate",
            Engine::Postgres => "begin",
        };
        let transaction = self.writers.begin_with(begin).await?;
        Ok(Tx { transaction, versions: self.versions.clone(), newer: false })
    }

    /// Says when this process has made a new version, so that it need not be looked for. Other replicas are not heard.
    pub fn versions(&self) -> watch::Receiver<()> {
        self.versions.subscribe()
    }

    /// When this process opened it, in milliseconds since the Unix epoch: what rows say of the time before may be a copy's.
    pub fn opened_ms(&self) -> i64 {
        self.opened_ms
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Waits for what is under way, then closes all connections.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

impl Tx {
    /// The connection, for one statement.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// With its commit there is a new version.
    pub(super) fn makes_a_version(&mut self) {
        self.newer = true;
    }

    /// Makes it last.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        note_change(self.connection()).await?;
        self.transaction.commit().await?;
        if self.newer {
            self.versions.send_replace(());
        }
        Ok(())
    }
}

impl ReadTx {
    /// The connection, for one statement.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// What is remembered of roll-ups.
    pub(super) fn rollups(&self) -> Arc<RollupMemory> {
        Arc::clone(&self.rollups)
    }
}

/// A file by what stays the same while it exists.
#[derive(Clone)]
struct OpenFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl OpenFile {
    fn of(path: PathBuf) -> Result<Self, StoreError> {
        match fs::metadata(&path) {
            Ok(found) => Ok(Self { device: found.dev(), inode: found.ino(), path }),
            Err(source) => Err(StoreError::File { path, source }),
        }
    }

    fn is_there(&self) -> Result<(), StoreError> {
        let found = fs::metadata(&self.path).is_ok_and(|it| (it.dev(), it.ino()) == (self.device, self.inode));
        if found { Ok(()) } else { Err(StoreError::Gone { path: self.path.clone() }) }
    }
}

/// Connects once outside of a pool, which would hide why it fails until it gives up. A server that is just starting gets
/// a moment.
async fn reach_server(url: &str) -> Result<(), StoreError> {
    let unreachable = |source| StoreError::Unreachable { place: without_user(url), source };
    let started = Instant::now();
    loop {
        let connecting = tokio::time::timeout(ACQUIRE, AnyConnection::connect(url)).await;
        match connecting.unwrap_or(Err(sqlx::Error::PoolTimedOut)) {
            Ok(connection) => return connection.close().await.map_err(unreachable),
            Err(error) if started.elapsed() + RETRY > STARTING => return Err(unreachable(error)),
            Err(_) => tokio::time::sleep(RETRY).await,
        }
    }
}

/// Opens a database to look at it: nothing is created or changed. A SQLite file is read as a whole, and refused when it
/// is damaged.
pub(crate) async fn open_read_only(url: &str) -> Result<(AnyConnection, Engine), StoreError> {
    sqlx::any::install_default_drivers();
    match place(url)? {
        DatabasePlace::File(path) => Ok((open_file_read_only(path).await?, Engine::Sqlite)),
        DatabasePlace::Server => {
            let unreachable = |source| StoreError::Unreachable { place: without_user(url), source };
            let connecting = tokio::time::timeout(ACQUIRE, AnyConnection::connect(url)).await;
            let mut connection =
                connecting.map_err(|_| unreachable(sqlx::Error::PoolTimedOut))?.map_err(unreachable)?;
            sqlx::query("set default_transaction_read_only = on").execute(&mut connection).await?;
            Ok((connection, Engine::Postgres))
        }
    }
}

async fn open_file_read_only(path: &Path) -> Result<AnyConnection, StoreError> {
    let unusable = |source| StoreError::File { path: path.to_path_buf(), source };
    fs::File::open(path).map_err(unusable)?;
    let path = absolute(path).map_err(unusable)?;
    // Without its log nobody has the file open. SQLite would then make a log in order to read, unless it is told that
    // nobody will write.
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let mode = if Path::new(&log).exists() { "mode=ro" } else { "mode=ro&immutable=1" };
    let of_file = |error| StoreError::of_file(&path, &error);
    let url = format!("sqlite://{}?{mode}", percent_encoded(&path));
    let mut connection = AnyConnection::connect(&url).await.map_err(of_file)?;
    let check = sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut connection).await;
    let verdict: String = check.map_err(of_file)?;
    if verdict == "ok" { Ok(connection) } else { Err(StoreError::Damaged { path, reason: verdict }) }
}

/// What a URL names.
#[derive(Clone, Copy)]
pub enum DatabasePlace<'a> {
    /// SQLite.
    File(&'a Path),
    /// PostgreSQL.
    Server,
}

/// Which of the two a URL names, and where.
pub(crate) fn place(url: &str) -> Result<DatabasePlace<'_>, StoreError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(DatabasePlace::Server);
    }
    let Some(rest) = url.strip_prefix("sqlite:") else {
        let scheme = url.split(':').next().unwrap_or_default();
        return Err(StoreError::Url { reason: format!("the scheme {scheme:?} is not supported") });
    };
    let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next().unwrap_or_default();
    if path.is_empty() || path.starts_with(':') {
        return Err(StoreError::Url { reason: "a file is needed, a database in memory is not shared".into() });
    }
    Ok(DatabasePlace::File(Path::new(path)))
}

/// `synchronous = full`, because an acknowledged usage event and a revoked token must survive a power failure; ADR 0001
/// has the figures. `temp_store = memory`, because a container's root is often read-only: SQLite would find no place for the sorting of
/// a large report or a new index.
fn sqlite_pool(connections: u32, own: &'static [&'static str]) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                let all = [
                    "pragma busy_timeout = 5000",
                    "pragma journal_mode = wal",
                    "pragma synchronous = full",
                    "pragma foreign_keys = on",
                    "pragma temp_store = memory",
                ];
                for pragma in all.iter().chain(own) {
                    sqlx::query(*pragma).execute(&mut *connection).await?;
                }
                Ok(())
            })
        })
        // A full disk makes SQLite roll a transaction back by itself. The driver goes on counting it, and would refuse to begin
        // another for ever: such a connection is closed, and the next one is new.
        .after_release(|connection, _| {
            Box::pin(async move {
                // What is still on its way, such as a rollback, is done before this is answered.
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
}

/// Makes the file with mode 0600 if it is not there; SQLite gives its side files the same mode.
fn create_private(path: &Path) -> Result<PathBuf, StoreError> {
    let wrap = |source: io::Error| StoreError::File { path: path.to_path_buf(), source };
    let mut options = fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(wrap)?;
    absolute(path).map_err(wrap)
}

pub(super) fn percent_encoded(path: &Path) -> String {
    use std::fmt::Write;
    path.as_os_str().as_encoded_bytes().iter().fold(String::new(), |mut out, &byte| {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a String does not fail");
        }
        out
    })
}

/// Host and database of a server's URL: what may stand in a message.
fn without_user(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('?').next().unwrap_or_default();
    rest.rsplit_once('@').map_or(rest, |(_, place)| place).to_owned()
}
