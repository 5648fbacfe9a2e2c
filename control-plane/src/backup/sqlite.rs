//! One file: SQLite copies it itself, and it is put back by a rename.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use sqlx::Connection;

use super::BackupError;
use crate::store::{self, Schema, StoreError};

/// The file of one moment, without what was deleted from it.
pub async fn copy(from: &Path, to: &Path) -> Result<(), BackupError> {
    // SQLite takes a file that is there and empty: this one is private from its first byte on.
    let file = private(to)?;
    store::copy_file(from, to).await.map_err(|error| no_room(error, to))?;
    file.sync_all().map_err(|source| BackupError::File { path: to.to_path_buf(), source })
}

/// SQLite says "the database" of the copy, too.
fn no_room(error: StoreError, to: &Path) -> BackupError {
    let full = matches!(&error, StoreError::Statement(sqlx::Error::Database(it)) if it.code().is_some_and(|code| code == "13"));
    if full {
        let source = io::Error::new(io::ErrorKind::StorageFull, "there is no room for the copy");
        return BackupError::File { path: to.to_path_buf(), source };
    }
    error.into()
}

/// The copy becomes the database; one that was there is kept beside it.
pub async fn put_back(copy: &Path, to: &Path, force: bool) -> Result<(), BackupError> {
    let soundness = format!("sqlite://{}", copy.display());
    store::open_read_only(&soundness).await?.0.close().await.map_err(StoreError::from)?;
    let wrap = |source| BackupError::File { path: to.to_path_buf(), source };
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(wrap)?;
    }
    let occupied = fs::metadata(to).is_ok_and(|it| it.len() > 0);
    if occupied && !force && !is_empty(to).await? {
        return Err(BackupError::NotEmpty);
    }
    let next = beside(to, ".restoring");
    fs::remove_file(&next).ok();
    let mut file = private(&next)?;
    io::copy(&mut File::open(copy).map_err(wrap)?, &mut file).and_then(|_| file.sync_all()).map_err(wrap)?;
    if occupied {
        // Into the file with what its log holds; this also fails while somebody has it open.
        match store::leave_file(to).await {
            Err(StoreError::Damaged { .. }) | Ok(()) => {}
            Err(error) => return Err(BackupError::InUse(error.to_string())),
        }
        for side in ["", "-wal", "-shm"] {
            move_away(&beside(to, side), &beside(to, &format!(".before-restore{side}"))).map_err(wrap)?;
        }
    }
    fs::rename(&next, to).map_err(wrap)?;
    let directory = to.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(directory).and_then(|it| it.sync_all()).map_err(wrap)
}

/// An error while somebody has it open.
pub async fn in_use(path: &Path) -> Result<(), BackupError> {
    if !path.exists() {
        return Ok(());
    }
    match store::leave_file(path).await {
        Err(StoreError::Statement(error)) => Err(BackupError::InUse(error.to_string())),
        other => Ok(other?),
    }
}

async fn is_empty(path: &Path) -> Result<bool, StoreError> {
    let url = format!("sqlite://{}", path.display());
    let (mut connection, engine) = store::open_read_only(&url).await?;
    let standing = store::schema::standing(&mut connection, engine).await?;
    connection.close().await?;
    Ok(standing == Schema::Empty)
}

fn move_away(from: &Path, to: &Path) -> io::Result<()> {
    fs::remove_file(to).ok();
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn private(path: &Path) -> Result<File, BackupError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(|source| BackupError::File { path: path.to_path_buf(), source })
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
