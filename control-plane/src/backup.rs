//! Copies of a control plane's database, made while it serves, and put back in an empty place.
//!
//! A copy is a directory that only its owner may open: the database as it was at one moment, and a manifest that says what it
//! is, its checksum, and which master key it needs. The key is in it only when that is asked for.

mod manifest;
mod postgres;
mod sqlite;

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use sqlx::Connection;

use crate::{
    clock::now_ms,
    examine,
    secrets::{MasterKey, MasterKeyError, SecretFileError},
    start::{DataDir, StartError},
    store::{self, DatabasePlace, Engine, Schema, StoreError},
};

pub use self::manifest::{KeyNote, Manifest};

/// The copy's files.
const DATABASE: &str = "database";
const MANIFEST: &str = "manifest.json";
const KEY: &str = "master.key";

/// Why a copy was not made, or not put back. What was there is as it was, unless the message says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be written or read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// A file with a secret cannot be used.
    #[error(transparent)]
    SecretFile(#[from] SecretFileError),
    /// The copy's key is no key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The data directory cannot be claimed.
    #[error(transparent)]
    DataDir(#[from] Box<StartError>),
    /// A directory is in the way.
    #[error("{0} exists: name a directory that does not")]
    Exists(PathBuf),
    /// The directory holds no copy, or not a whole one.
    #[error("{path} is no whole backup: {reason}")]
    Damaged {
        /// The directory or its file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// There is nothing to copy.
    #[error("the database has no tables of this version: {0}")]
    NothingToCopy(&'static str),
    /// Made by a build that this one does not understand.
    #[error("the backup was made by a newer version ({build}): restore it with that version or a newer one")]
    Newer {
        /// Of that build.
        build: String,
    },
    /// SQLite into PostgreSQL, or the other way.
    #[error("the backup is of {made} and the database URL names {given}: restore it into the same kind of database")]
    OtherEngine {
        /// What it was made of.
        made: &'static str,
        /// What it should go into.
        given: &'static str,
    },
    /// The database that would be overwritten holds something.
    #[error("the database is not empty: `--force` replaces it")]
    NotEmpty,
    /// Somebody has it open.
    #[error("the database is in use ({0}): stop its control planes first")]
    InUse(String),
    /// Sealed under another key.
    #[error("the backup needs the master key {needed}, and {given} was given")]
    OtherKey {
        /// The key's fingerprint, or what is known of it.
        needed: String,
        /// The given one's.
        given: String,
    },
    /// The key that should be in the copy is not known.
    #[error("the master key is to be in the backup, and it was not given")]
    NoKey,
    /// PostgreSQL's own program did not do it.
    #[error("{program} failed: {message}")]
    Program {
        /// Its name.
        program: &'static str,
        /// What it said.
        message: String,
    },
}

/// What is copied, and where to.
pub struct Backup<'a> {
    /// Of the database.
    pub url: &'a str,
    /// A directory that does not exist yet.
    pub to: &'a Path,
    /// The key of the database, if it is at hand.
    pub master_key: Option<&'a MasterKey>,
    /// Whether the copy holds the key itself.
    pub include_key: bool,
}

/// Makes a copy of one moment; others go on reading and writing.
pub async fn make(backup: &Backup<'_>) -> Result<Manifest, BackupError> {
    let Backup { url, to, master_key, include_key } = *backup;
    let database = examine::database(url).await?;
    match database.schema {
        // One of before an upgrade is what a way back needs.
        Schema::Current | Schema::Behind { .. } => {}
        Schema::Empty => return Err(BackupError::NothingToCopy("it is empty")),
        Schema::Newer { .. } => {
            return Err(BackupError::NothingToCopy("a newer build made them; back up with that one"));
        }
        _ => return Err(BackupError::NothingToCopy("see `smart-router doctor`")),
    }
    if let Some(key) = master_key.filter(|key| !database.opens_with(key)) {
        let needed = "of the database".to_owned();
        return Err(BackupError::OtherKey { needed, given: key.fingerprint() });
    }
    if include_key && master_key.is_none() {
        return Err(BackupError::NoKey);
    }
    let unfinished = unfinished(to)?;
    let written = write(backup, &unfinished).await;
    let manifest = match written {
        Ok(manifest) => manifest,
        Err(error) => {
            std::fs::remove_dir_all(&unfinished).ok();
            return Err(error);
        }
    };
    std::fs::rename(&unfinished, to).map_err(|source| BackupError::File { path: to.to_path_buf(), source })?;
    Ok(manifest)
}

/// The directory under the name that it has until it is whole.
fn unfinished(to: &Path) -> Result<PathBuf, BackupError> {
    if to.exists() {
        return Err(BackupError::Exists(to.to_path_buf()));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".unfinished");
    let path = PathBuf::from(name);
    let wrap = |source| BackupError::File { path: path.clone(), source };
    DirBuilder::new().recursive(true).mode(0o700).create(to.parent().unwrap_or(Path::new("."))).map_err(wrap)?;
    DirBuilder::new().mode(0o700).create(&path).map_err(wrap)?;
    Ok(path)
}

async fn write(backup: &Backup<'_>, directory: &Path) -> Result<Manifest, BackupError> {
    let Backup { url, master_key, include_key, .. } = *backup;
    let (mut connection, engine) = store::open_read_only(url).await?;
    // The copy is of a later moment: it holds at least this version.
    let version = store::revision::current(&mut connection).await?;
    connection.close().await.map_err(StoreError::from)?;
    let file = directory.join(DATABASE);
    match store::place(url)? {
        DatabasePlace::File(path) => sqlite::copy(path, &file).await?,
        DatabasePlace::Server => postgres::dump(url, &file).await?,
    }
    let key = master_key.map(|key| KeyNote { fingerprint: key.fingerprint(), included: include_key });
    if let Some(key) = master_key.filter(|_| include_key) {
        key.save(&directory.join(KEY))?;
    }
    let manifest = Manifest::of(&file, engine, version, key, now_ms())?;
    manifest.save(&directory.join(MANIFEST))?;
    Ok(manifest)
}

/// A database that nobody else uses, as far as that can be seen: its control plane's data directory stays claimed.
pub struct Claimed {
    _data_dir: Option<DataDir>,
}

/// Makes sure that no control plane is running on a database, or on its data directory.
pub async fn claim(url: &str, data_dir: &Path) -> Result<Claimed, BackupError> {
    let claimed = data_dir.is_dir().then(|| DataDir::claim(data_dir)).transpose().map_err(Box::new)?;
    match store::place(url)? {
        DatabasePlace::File(path) => sqlite::in_use(path).await?,
        DatabasePlace::Server => postgres::in_use(url).await?,
    }
    Ok(Claimed { _data_dir: claimed })
}

/// What is put back, and where.
pub struct Restore<'a> {
    /// What [`make`] made.
    pub from: &'a Path,
    /// Of the database.
    pub url: &'a str,
    /// Of the control plane that will use it; it must not run.
    pub data_dir: &'a Path,
    /// The key that the control plane will have, if there is one already.
    pub master_key: Option<&'a MasterKey>,
    /// Replaces a database that holds something.
    pub force: bool,
}

/// Puts a copy back. A SQLite file that is replaced is kept beside it.
pub async fn restore(restore: &Restore<'_>) -> Result<Manifest, BackupError> {
    let Restore { from, url, data_dir, master_key, force } = *restore;
    let manifest = Manifest::load(&from.join(MANIFEST))?;
    let file = from.join(DATABASE);
    manifest.check(&file)?;
    let place = store::place(url)?;
    let given = match place {
        DatabasePlace::File(_) => Engine::Sqlite,
        DatabasePlace::Server => Engine::Postgres,
    };
    manifest.fits(given)?;
    let included = manifest.key_included().then(|| MasterKey::read(&from.join(KEY))).transpose()?;
    if let (Some(needed), Some(key)) = (manifest.fingerprint(), master_key)
        && needed != key.fingerprint()
    {
        return Err(BackupError::OtherKey { needed: needed.to_owned(), given: key.fingerprint() });
    }
    let _claimed = DataDir::claim(data_dir).map_err(Box::new)?;
    match place {
        DatabasePlace::File(path) => sqlite::put_back(&file, path, force).await?,
        DatabasePlace::Server => postgres::put_back(&file, url, force).await?,
    }
    if let (Some(key), None) = (included, master_key) {
        key.save(&data_dir.join(KEY))?;
    }
    Ok(manifest)
}
