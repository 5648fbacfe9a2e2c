use std::io;
use std::path::{Path, PathBuf};

/// Where the log is and how large it may grow.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// The log's own directory: `<data-dir>/usage`.
    pub dir: PathBuf,
    /// The most that all segments together may take, in bytes.
    pub max_bytes: u64,
    /// A segment that has grown to this size is closed, in bytes.
    pub segment_bytes: u64,
    /// What happens to requests while the log is full.
    pub when_full: WhenFull,
}

impl LogOptions {
    /// 1 GiB in segments of 8 MiB below the router's data directory; requests are refused while it is full.
    pub fn new(data_dir: &Path) -> Self {
        Self { dir: data_dir.join("usage"), max_bytes: 1 << 30, segment_bytes: 8 << 20, when_full: WhenFull::Refuse }
    }
}

/// What happens to requests while the log is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// They are refused: nothing is sent upstream that is not accounted for.
    Refuse,
    /// They are served, and their events are dropped and counted; also while the log has failed.
    Drop,
}

/// Why a request cannot be written down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogRefusal {
    /// It is at its bound.
    #[error("the usage log is full: its events wait for the control plane; connect it, or raise the log's bound")]
    Full,
    /// There is no room on the disk.
    #[error("the usage log cannot grow, the disk is full: make room on it")]
    DiskFull,
    /// Its files vanished, and cannot be written again yet.
    #[error("the files of the usage log vanished and cannot be written again yet; the router's log says why")]
    Missing,
    /// The disk failed; nothing is accepted until the router has been restarted.
    #[error("the usage log has stopped, because its disk has failed; the router's log and `/readyz` say how")]
    Failed(String),
}

/// Whether the log takes requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogState {
    /// It does.
    Accepting,
    /// There is no room, and requests are served without their events.
    Dropping,
    /// It is at its bound, and requests are refused.
    Full,
    /// A write has just found no room on the disk, and requests are refused.
    DiskFull,
    /// The disk failed, or the files vanished.
    Failed(String),
}

/// Why the log could not be opened. It is never reset by itself: its events are not in the reports yet.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file or directory.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// A segment's content is not what was written.
    #[error(
        "usage log {path} is damaged at byte {offset}: {what}. Restore it, or move {dir} away: the router then starts a new \
         log, and the events of the old one that were not delivered stay out of the reports. `smart-router doctor` checks \
         all of the data directory",
        path = path.display(), dir = dir.display()
    )]
    Damaged {
        /// The segment.
        path: PathBuf,
        /// Where the bad record starts.
        offset: u64,
        /// What is wrong there.
        what: String,
        /// The epoch's directory.
        dir: PathBuf,
    },
    /// There is more than one log.
    #[error("{dir} holds more than one usage log ({names}): move all but the one to deliver away", dir = dir.display())]
    SeveralEpochs {
        /// The log's directory.
        dir: PathBuf,
        /// The epochs' directories.
        names: String,
    },
    /// Another process writes to it.
    #[error("{path} is locked: another router uses this data directory; stop it, or choose another one", path = path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
}

impl OpenError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}
