use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::BackupError;
use crate::{
    secrets::{self, write_private},
    store::{Engine, schema},
};

/// The form of a copy; another one gets another number.
const FORMAT: u32 = 1;

/// What a copy is: `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// `sqlite` or `postgres`.
    engine: String,
    /// The build that made it.
    pub build: String,
    /// The newest migration of its tables.
    schema: i64,
    /// The configuration's version when it was begun; it may hold later ones.
    pub version: u64,
    /// Milliseconds since the Unix epoch.
    pub created_ms: i64,
    bytes: u64,
    /// Of the file `database`, in hex.
    sha256: String,
    /// Nothing: it was not at hand when the copy was made.
    pub master_key: Option<KeyNote>,
}

/// Which master key opens what is sealed in the copy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct KeyNote {
    /// What tells it from others and says nothing of it.
    pub fingerprint: String,
    /// Whether `master.key` is in the copy.
    pub included: bool,
}

impl Manifest {
    /// Of a database that was just copied.
    pub(super) fn of(
        file: &Path,
        engine: Engine,
        version: u64,
        master_key: Option<KeyNote>,
        created_ms: i64,
    ) -> Result<Self, BackupError> {
        let (bytes, sha256) = digest(file).map_err(|source| BackupError::File { path: file.to_path_buf(), source })?;
        Ok(Self {
            format: FORMAT,
            engine: name(engine).to_owned(),
            build: env!("CARGO_PKG_VERSION").to_owned(),
            schema: schema::newest(),
            version,
            created_ms,
            bytes,
            sha256,
            master_key,
        })
    }

    pub(super) fn save(&self, path: &Path) -> Result<(), BackupError> {
        let text = serde_json::to_string_pretty(self).expect("texts and numbers become JSON");
        Ok(write_private(path, &text)?)
    }

    /// Reads what [`Manifest::save`] wrote, in this build or an older one.
    pub fn load(path: &Path) -> Result<Self, BackupError> {
        let damaged = |reason: String| BackupError::Damaged { path: path.to_path_buf(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| damaged(error.to_string()))?;
        let read: Self = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        if read.format > FORMAT || read.schema > schema::newest() {
            return Err(BackupError::Newer { build: read.build });
        }
        Ok(read)
    }

    /// Whether the database is the one that was copied.
    pub(super) fn check(&self, file: &Path) -> Result<(), BackupError> {
        let damaged = |reason: String| BackupError::Damaged { path: file.to_path_buf(), reason };
        let (bytes, sha256) = digest(file).map_err(|error| damaged(error.to_string()))?;
        if (bytes, sha256.as_str()) == (self.bytes, self.sha256.as_str()) {
            return Ok(());
        }
        Err(damaged(format!("it has {bytes} bytes and the checksum {sha256}, and not what its manifest says")))
    }

    /// Whether it can go into such a database.
    pub(super) fn fits(&self, given: Engine) -> Result<(), BackupError> {
        if self.engine == name(given) {
            return Ok(());
        }
        let made = if given == Engine::Sqlite { name(Engine::Postgres) } else { name(Engine::Sqlite) };
        Err(BackupError::OtherEngine { made, given: name(given) })
    }

    pub(super) fn fingerprint(&self) -> Option<&str> {
        self.master_key.as_ref().map(|it| it.fingerprint.as_str())
    }

    pub(super) fn key_included(&self) -> bool {
        self.master_key.as_ref().is_some_and(|it| it.included)
    }
}

fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}

fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut buffer, mut bytes) = (Sha256::new(), vec![0; 1 << 20], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => {
                hasher.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
    Ok((bytes, secrets::hex(&hasher.finalize())))
}
