//! Files with providers' keys. Nobody waits for a disk that does not answer.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use control_plane_core::Secret;
use http::HeaderValue;

/// More than any key: a mistaken path to a big file is not sent to routers.
const LIMIT: u64 = 64 * 1024;
/// How long a file is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Reads keys from files. Cloning shares what is being read.
#[derive(Clone, Default)]
pub struct KeyFiles {
    /// A file that hangs is not read a second time.
    reading: Arc<Mutex<HashSet<PathBuf>>>,
}

/// Why there is no key at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// There is nothing: a router may have it.
    Absent(&'static str),
    /// There is something, and it is no key.
    Bad(&'static str),
}

impl KeyFiles {
    /// The key in a file.
    pub async fn read(&self, path: &Path) -> Result<Secret, NoKey> {
        const HANGS: NoKey = NoKey::Absent("its disk does not answer");
        if !self.reading().insert(path.to_path_buf()) {
            return Err(HANGS);
        }
        let (this, path) = (self.clone(), path.to_path_buf());
        let reading = tokio::task::spawn_blocking(move || {
            let found = read(&path);
            this.reading().remove(&path);
            found
        });
        tokio::time::timeout(PATIENCE, reading).await.ok().and_then(Result::ok).unwrap_or(Err(HANGS))
    }

    fn reading(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A key as it becomes a header's value, without the white space around it.
pub fn as_key(text: &str) -> Result<Secret, NoKey> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NoKey::Absent("it is empty"));
    }
    if HeaderValue::from_str(text).is_err() {
        return Err(NoKey::Bad("it has characters that no key has, such as a line break"));
    }
    Ok(Secret::new(text.to_owned()))
}

fn read(path: &Path) -> Result<Secret, NoKey> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => NoKey::Absent("it is not there"),
        io::ErrorKind::InvalidData => NoKey::Bad("it is no text"),
        _ => NoKey::Absent("it cannot be read"),
    };
    let about = fs::metadata(path).map_err(unreadable)?;
    // Whoever opens a pipe waits for somebody who writes.
    if !about.is_file() {
        return Err(NoKey::Bad("it is no regular file"));
    }
    if about.len() > LIMIT {
        return Err(NoKey::Bad("it is larger than 64 KiB"));
    }
    as_key(&fs::read_to_string(path).map_err(unreadable)?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[tokio::test]
    async fn what_is_no_key_is_told_and_nothing_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::write(path("good"), "sk-file\n").unwrap();
        fs::write(path("empty"), " \n").unwrap();
        fs::write(path("lines"), "sk-a\nsk-b\n").unwrap();
        fs::write(path("bytes"), [0xff, 0xfe]).unwrap();
        fs::write(path("big"), vec![b'x'; 70_000]).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        let files = KeyFiles::default();
        let read = async |name: &str| files.read(&path(name)).await.map(|it| it.expose().to_owned());
        assert_eq!(read("good").await.unwrap(), "sk-file");
        for absent in ["empty", "absent"] {
            assert!(matches!(read(absent).await, Err(NoKey::Absent(_))), "{absent}");
        }
        for bad in ["lines", "bytes", "big", "pipe", "."] {
            assert!(matches!(read(bad).await, Err(NoKey::Bad(_))), "{bad}");
        }
        files.reading().insert(path("good"));
        assert!(matches!(read("good").await, Err(NoKey::Absent(_))), "it is being read already");
    }
}
