use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{AccessLogError, AccessLogTo};

/// How often it is looked whether the file still stands at its path.
const LOOK: Duration = Duration::from_secs(1);

/// Where lines go.
pub(super) enum Sink {
    Stdout,
    Stderr,
    File(LogFile),
}

/// A file that whoever rotates logs may move away.
pub(super) struct LogFile {
    path: PathBuf,
    /// `None`: it is opened again with the next lines.
    file: Option<File>,
    looked: Instant,
    /// The last write stopped in the middle of a line.
    torn: bool,
}

impl Sink {
    /// `None`: nothing is written.
    pub fn open(to: &AccessLogTo) -> Result<Option<Self>, AccessLogError> {
        Ok(Some(match to {
            AccessLogTo::Off => return Ok(None),
            AccessLogTo::Stdout => Self::Stdout,
            AccessLogTo::Stderr => Self::Stderr,
            AccessLogTo::File(path) => {
                let file = open(path).map_err(|source| AccessLogError { place: to.to_string(), source })?;
                Self::File(LogFile { path: path.clone(), file: Some(file), looked: Instant::now(), torn: false })
            }
        }))
    }

    /// Writes whole lines.
    pub fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(lines).and_then(|()| stdout.flush())
            }
            Self::Stderr => io::stderr().lock().write_all(lines),
            Self::File(file) => file.write(lines),
        }
    }
}

impl LogFile {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.file = self.file.take().filter(|it| stands_at(it, &self.path));
        }
        let file = match &mut self.file {
            Some(file) => file,
            closed => closed.insert(open(&self.path)?),
        };
        if std::mem::take(&mut self.torn) {
            file.write_all(b"\n")?;
        }
        let written = file.write_all(lines);
        if written.is_err() {
            self.torn = true;
            self.file = None;
        }
        written
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn stands_at(file: &File, path: &Path) -> bool {
    let id = |it: &std::fs::Metadata| (it.dev(), it.ino());
    matches!((file.metadata(), path.metadata()), (Ok(held), Ok(there)) if id(&held) == id(&there))
}
