//! What a log's files say, without its lock: a router may be writing to them.

use std::io;
use std::path::Path;

use super::options::OpenError;
use super::scan::{self, Scanned};

/// A running router may remove a delivered segment between its being listed and being read.
const ATTEMPTS: usize = 5;

/// A usage log as it stands on the disk. Every checksum matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExaminedLog {
    /// Which log it is: a log that was begun anew has another one.
    pub epoch: u64,
    /// How many files hold it.
    pub segments: usize,
    /// Their size together.
    pub bytes: u64,
    /// Events that the control plane may not have yet.
    pub unsent: u64,
    /// Requests that were sent upstream and are not over: they run now, or their router was killed.
    pub open: usize,
}

/// Reads the whole log in `dir` and changes nothing; `None`: there is none.
pub fn examine(dir: &Path) -> Result<Option<ExaminedLog>, OpenError> {
    if !dir.exists() {
        return Ok(None);
    }
    for _ in 1..ATTEMPTS {
        match read(dir) {
            Err(OpenError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            outcome => return outcome,
        }
    }
    read(dir)
}

fn read(dir: &Path) -> Result<Option<ExaminedLog>, OpenError> {
    let Some((epoch, dir)) = scan::epochs(dir)?.used else { return Ok(None) };
    let Scanned { epoch, segments, last_sequence, open, committed, .. } = scan::epoch(epoch, &dir)?;
    Ok(Some(ExaminedLog {
        epoch,
        segments: segments.len(),
        bytes: segments.iter().map(|it| it.bytes).sum(),
        unsent: last_sequence - committed,
        open: open.len(),
    }))
}
