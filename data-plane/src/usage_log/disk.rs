//! What the log asks of its disk that takes as long as the disk likes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::sync::files;

/// The log's operations that wait for the device. Nothing here is called by a request, or while a lock is held that a
/// request takes: a disk that stalls delays the log's own thread and the delivery alone. Appending a record is not here,
/// because the operating system takes it into its memory.
pub trait Disk: Send + Sync {
    /// Creates an empty file that only its owner reads; one that is there is emptied.
    fn create(&self, path: &Path) -> io::Result<File>;

    /// Returns when the file's content survives a power failure.
    fn flush(&self, file: &File) -> io::Result<()>;

    /// Gives a file another name; one that has it goes.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Returns when the names in a directory survive a power failure.
    fn flush_names(&self, dir: &Path) -> io::Result<()>;

    /// Deletes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The operating system's files.
pub struct FileSystem;

impl Disk for FileSystem {
    fn create(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)
    }

    fn flush(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn flush_names(&self, dir: &Path) -> io::Result<()> {
        files::sync_dir(dir)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// Writes a file in one step: a crash leaves the old content or the new.
pub(super) fn replace(disk: &dyn Disk, dir: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let temporary = dir.join(format!("{name}.tmp"));
    let mut file = disk.create(&temporary)?;
    file.write_all(content)?;
    disk.flush(&file)?;
    disk.rename(&temporary, &dir.join(name))?;
    disk.flush_names(dir)
}

/// The disk, or the share of it that this user may fill, is full.
pub(super) fn is_no_room(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
