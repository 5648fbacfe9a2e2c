use std::{
    fs::{self, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use control_plane_core::Secret;

/// More than any key or token; a mistaken path to a big file is not read into memory.
const LIMIT: u64 = 64 * 1024;

/// Why a file with a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// It cannot be read or written.
    #[error("the file {path} cannot be used: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's answer.
        source: io::Error,
    },
    /// Others than its owner may open it.
    #[error("the file {path} has mode {mode:04o}: others may open it; run `chmod 600 {path}`")]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It cannot be a key or a token.
    #[error("the file {path} holds no secret: it is larger than 64 KiB or not UTF-8")]
    NotText {
        /// The file.
        path: PathBuf,
    },
}

/// A file that only its owner may open, without the white space around its text.
pub fn read_private(path: &Path) -> Result<Secret, SecretFileError> {
    let wrap = |source| SecretFileError::Io { path: path.to_path_buf(), source };
    let file = fs::File::open(path).map_err(wrap)?;
    #[cfg(unix)]
    {
        let metadata = file.metadata().map_err(wrap)?;
        let mode = std::os::unix::fs::MetadataExt::mode(&metadata) & 0o7777;
        if mode & 0o077 != 0 {
            return Err(SecretFileError::TooOpen { path: path.to_path_buf(), mode });
        }
    }
    let mut text = String::new();
    let read = file.take(LIMIT + 1).read_to_string(&mut text);
    match read {
        Ok(length) if length as u64 <= LIMIT => Ok(Secret::new(text.trim().to_owned())),
        Err(source) if source.kind() != io::ErrorKind::InvalidData => Err(wrap(source)),
        _ => Err(SecretFileError::NotText { path: path.to_path_buf() }),
    }
}

/// Writes a file that only its owner may open, whole or not at all: a reader never sees half of it.
pub fn write_private(path: &Path, text: &str) -> Result<(), SecretFileError> {
    let wrap = |source| SecretFileError::Io { path: path.to_path_buf(), source };
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let temporary = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary).map_err(wrap)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| fs::rename(&temporary, path)).map_err(|source| {
        fs::remove_file(&temporary).ok();
        wrap(source)
    })
}
