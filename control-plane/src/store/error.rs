use std::{
    io,
    path::{Path, PathBuf},
};

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no database that is supported.
    #[error("database URL not understood: {reason}; use sqlite://<path> or postgres://<user>@<host>/<database>")]
    Url {
        /// What is wrong with it, without its password.
        reason: String,
    },
    /// The file cannot be made or opened.
    #[error("the database file {path} cannot be opened: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// The file is there and is not a sound database. It is left as it is.
    #[error(
        "the database file {path} is damaged ({reason}); restore it from a backup, or move it away to start with an \
         empty one"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// SQLite's answer.
        reason: String,
    },
    /// The file that is open has no name any more, or another one has taken its name.
    #[error(
        "the database file {path} was deleted or replaced while it was in use: nothing is written to it; stop this control plane, \
         put the file back or restore a backup (`db restore`), and start again"
    )]
    Gone {
        /// The file.
        path: PathBuf,
    },
    /// Another run of the same request has taken the place of this one.
    #[error("another run of the same request has taken its place, and this one changes nothing any more")]
    Superseded,
    /// The server did not answer, or refused.
    #[error("the database at {place} cannot be reached: {source}")]
    Unreachable {
        /// Host and database, without user and password.
        place: String,
        /// The driver's answer.
        source: sqlx::Error,
    },
    /// The schema cannot be brought to this build's.
    #[error("the database schema cannot be brought up to date: {0}; run the newest build that has used this database")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A row holds what this build cannot have written.
    #[error("the database holds an unexpected value in {place}: {reason}")]
    Unexpected {
        /// Table and column.
        place: String,
        /// What was found, without secrets.
        reason: String,
    },
    /// A statement failed.
    #[error("a database statement failed: {0}")]
    Statement(#[from] sqlx::Error),
}

/// Primary codes of SQLite for what is wrong with the disk and not with what is on it: `SQLITE_IOERR`, `SQLITE_FULL` and
/// `SQLITE_CANTOPEN`, <https://www.sqlite.org/rescode.html>. Extended codes have them in their lowest byte.
const DISK: [i32; 3] = [10, 13, 14];

impl StoreError {
    /// Why a SQLite file could not be opened or read.
    pub(crate) fn of_file(path: &Path, error: &sqlx::Error) -> Self {
        let path = path.to_path_buf();
        let code = error.as_database_error().and_then(|it| it.code()?.parse::<i32>().ok());
        if code.is_some_and(|it| DISK.contains(&(it & 0xff))) {
            let source = io::Error::other(format!("{error}; is its disk full, or can it not be written?"));
            return Self::File { path, source };
        }
        Self::Damaged { path, reason: error.to_string() }
    }

    /// Whether a unique key was already taken.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Statement(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}
