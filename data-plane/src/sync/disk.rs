//! The last good snapshots, sealed in `<data-dir>/snapshots`, so that a restart without the control plane serves.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use proto::v1::Snapshot;

use super::apply::{self, Changed, HeldVersion};
use super::files;
use super::from_proto::{self, Reading};
use super::seal::{self, SealKey, Unsealable};

/// How many are kept.
const KEPT: usize = 3;
const EXTENSION: &str = "snapshot";
/// What a file that cannot be used is renamed to.
const SET_ASIDE: &str = "unusable";

/// The directory of snapshots.
pub(super) struct SnapshotDir {
    dir: PathBuf,
    keys: RwLock<Keys>,
}

struct Keys {
    seals: SealKey,
    /// Some files may be sealed with it already: of a credential that waits for its first use.
    opens: Option<SealKey>,
}

impl Keys {
    fn open(&self, file: &[u8]) -> Result<Snapshot, Unsealable> {
        match (self.seals.open(file), &self.opens) {
            (Err(Unsealable::NotAuthentic), Some(other)) => other.open(file),
            (opened, _) => opened,
        }
    }
}

/// What a router holds, as it was sent and as it serves.
#[derive(Clone)]
pub(super) struct Served {
    pub held: Arc<HeldVersion>,
    pub reading: Arc<Reading>,
}

/// A snapshot's file and what it holds.
pub(super) struct Found {
    pub path: PathBuf,
    pub content: Result<Served, Unusable>,
}

/// What was found at start.
#[derive(Default)]
pub(super) struct Loaded {
    /// The newest one that is valid.
    pub newest: Option<Served>,
    /// Files that are not, each with the way out.
    pub problems: Vec<String>,
}

impl SnapshotDir {
    pub(super) fn new(data_dir: &Path, key: SealKey) -> Self {
        Self { dir: data_dir.join("snapshots"), keys: RwLock::new(Keys { seals: key, opens: None }) }
    }

    /// The same that opens files of another key, too.
    pub(super) fn opening(mut self, other: Option<SealKey>) -> Self {
        self.keys.get_mut().unwrap_or_else(PoisonError::into_inner).opens = other;
        self
    }

    /// Seals every file with another key, and what is kept from now on.
    pub(super) fn seal_with(&self, key: SealKey) -> io::Result<()> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let paths = match self.list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            listed => listed?,
        };
        for path in paths {
            // What does not open now never did.
            if let Ok(snapshot) = keys.open(&fs::read(&path)?) {
                files::replace(&path, &key.seal(&snapshot))?;
            }
        }
        *keys = Keys { seals: key, opens: None };
        Ok(())
    }

    /// The newest valid snapshot. Files that cannot be used are set aside under another name, never deleted. Below one of another
    /// build nothing is taken: what this build wrote before has been replaced since, and tokens may have been revoked.
    pub(super) fn load(&self) -> Loaded {
        let mut loaded = Loaded::default();
        let paths = match self.list() {
            Ok(paths) => paths,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return loaded,
            Err(error) => {
                loaded.problems.push(format!("cannot list {}: {error}; check its owner and mode", self.dir.display()));
                return loaded;
            }
        };
        for path in paths {
            match self.read(&path) {
                Ok(found) => {
                    loaded.newest = Some(found);
                    if let Err(error) = self.forget_older_formats() {
                        tracing::warn!(%error, "snapshots of older versions of Smart Router cannot be removed");
                    }
                    break;
                }
                Err(unusable) => {
                    let problem = unusable.report(&path);
                    tracing::error!("{problem}");
                    loaded.problems.push(problem);
                    if unusable.is_of_another_build() {
                        break;
                    }
                }
            }
        }
        loaded
    }

    /// Opens every file, the newest first, and changes nothing. A file that is gone by now was overtaken.
    pub(super) fn examine(&self) -> io::Result<Vec<Found>> {
        let paths = match self.list() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            listed => listed?,
        };
        let found = paths.into_iter().map(|path| Found { content: self.read(&path), path });
        Ok(found.filter(|it| !it.content.as_ref().is_err_and(Unusable::is_gone)).collect())
    }

    /// Files that an earlier start set aside.
    pub(super) fn set_aside(&self) -> io::Result<Vec<PathBuf>> {
        match self.list_with(SET_ASIDE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            listed => listed,
        }
    }

    /// Seals a snapshot and lets go of those beyond the last three.
    pub(super) fn store(&self, held: &HeldVersion) -> io::Result<()> {
        files::private_dir(&self.dir)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        files::replace(&self.path(held.version), &keys.seals.seal(&held.to_proto()))?;
        // Versions above this one belong to nothing that was served: they could not be loaded.
        let older = self.list()?.into_iter().filter(|it| *it < self.path(held.version));
        older.skip(KEPT - 1).try_for_each(fs::remove_file)?;
        self.forget_older_formats()
    }

    /// Once there is a file in this build's format, those of older builds are only in the way: such a build, put back over this
    /// directory, would serve what has been changed and revoked since.
    fn forget_older_formats(&self) -> io::Result<()> {
        for path in self.list()? {
            if seal::is_of_older_format(&path)? {
                tracing::info!(file = %path.display(), "removing a snapshot of an older version of Smart Router");
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// Whether there is a file of that version.
    pub(super) fn holds(&self, version: u64) -> bool {
        // Whoever may not look knows nothing.
        self.path(version).try_exists().unwrap_or(true)
    }

    fn read(&self, path: &Path) -> Result<Served, Unusable> {
        let file = fs::read(path).map_err(Unusable::Unreadable)?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let wire = keys.open(&file).map_err(Unusable::Sealed)?;
        drop(keys);
        let invalid = |errors: Vec<proto::v1::ResourceError>| {
            Unusable::Content(errors.into_iter().next().map_or_else(String::new, |it| it.message))
        };
        let held = apply::full(wire).map_err(invalid)?;
        let reading = from_proto::read(&held, &Changed::All, None).map_err(invalid)?;
        Ok(Served { held: Arc::new(held), reading: Arc::new(reading) })
    }

    /// Snapshot files, the highest version first.
    fn list(&self) -> io::Result<Vec<PathBuf>> {
        self.list_with(EXTENSION)
    }

    fn list_with(&self, extension: &str) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == extension) {
                paths.push(path);
            }
        }
        paths.sort_unstable_by(|a, b| b.cmp(a));
        Ok(paths)
    }

    /// The name has the version in as many digits as the highest one: order by name is order by version.
    fn path(&self, version: u64) -> PathBuf {
        self.dir.join(format!("{version:020}.{EXTENSION}"))
    }
}

/// Why a file does not serve.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("{0}")]
    Unreadable(io::Error),
    #[error("{0}")]
    Sealed(Unsealable),
    #[error("its content is refused: {0}")]
    Content(String),
}

impl Unusable {
    fn is_gone(&self) -> bool {
        matches!(self, Self::Unreadable(error) if error.kind() == io::ErrorKind::NotFound)
    }

    /// It is whole as far as this build can see, and another one served it.
    fn is_of_another_build(&self) -> bool {
        matches!(self, Self::Sealed(Unsealable::OlderFormat(_) | Unsealable::NewerFormat(_)))
    }

    /// What to do about a file that may be read later; `None`: it never will, and is set aside.
    pub(super) fn way_out(&self) -> Option<&'static str> {
        match self {
            Self::Unreadable(_) => Some("check its owner and mode"),
            Self::Sealed(Unsealable::NewerFormat(_)) => {
                Some("run that version again, or let the control plane push anew")
            }
            Self::Sealed(Unsealable::OlderFormat(_)) => {
                Some("it is not used: the control plane pushes a new one when the router connects")
            }
            Self::Sealed(_) | Self::Content(_) => None,
        }
    }

    /// What is wrong with the file and the way out. A file that may be read later stays where it is.
    fn report(&self, path: &Path) -> String {
        match self.way_out() {
            Some(way_out) => format!("cannot use snapshot {}: {self}; {way_out}", path.display()),
            None => set_aside(path, &self.to_string()),
        }
    }
}

fn set_aside(path: &Path, why: &str) -> String {
    let aside = path.with_extension(SET_ASIDE);
    let (name, aside_name) = (path.display(), aside.display());
    match fs::rename(path, &aside) {
        Ok(()) => format!(
            "cannot use snapshot {name}: {why}. It was renamed to {aside_name}; delete that once the control plane has \
             pushed a new one"
        ),
        Err(error) => format!("cannot use snapshot {name}: {why}, and it cannot be renamed to {aside_name}: {error}"),
    }
}
