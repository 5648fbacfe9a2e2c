//! Opens the log at start: what [`super::scan`] finds is made ready to be continued.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use proto::v1::{UsageAttempt, UsageEvent};

use super::options::OpenError;
use super::scan::{self, COMMITTED, Scanned};
use super::segment::{self, Segment};
use crate::clock;
use crate::sync::files;

/// The log as it was found, or a new one.
pub(super) struct Recovered {
    pub epoch: u64,
    pub dir: PathBuf,
    /// Never empty; the last one is written to.
    pub segments: VecDeque<Segment>,
    /// The last segment's file.
    pub file: File,
    /// 0 when there is no outcome yet.
    pub last_sequence: u64,
    /// The highest number that any intent has.
    pub last_intent: u64,
    /// Intents without an outcome, as they were encoded: the router was killed.
    pub open: BTreeMap<u64, Vec<u8>>,
    /// What the control plane has for certain.
    pub committed: u64,
}

/// Opens the one epoch below `usage_dir`, or mints one.
pub(super) fn recover(usage_dir: &Path) -> Result<Recovered, OpenError> {
    let epochs = scan::epochs(usage_dir)?;
    for dir in epochs.unused {
        // Killed while it was being created: nothing was ever written to it.
        remove_empty(&dir).map_err(OpenError::io("remove the empty log", &dir))?;
    }
    match epochs.used {
        Some((epoch, dir)) => open_epoch(scan::epoch(epoch, &dir)?),
        None => create_epoch(usage_dir),
    }
}

/// What a request becomes whose router was killed before it was over.
pub(super) fn interrupted(mut event: UsageEvent) -> UsageEvent {
    event.status = 499;
    "interrupted".clone_into(&mut event.code);
    if event.attempts.is_empty() {
        event.attempts.push(UsageAttempt {
            number: 1,
            target: event.model.clone(),
            dialect: event.target_dialect.clone(),
            started_ms: event.started_ms,
            ..UsageAttempt::default()
        });
    }
    for attempt in event.attempts.iter_mut().filter(|it| it.class.is_empty()) {
        "interrupted".clone_into(&mut attempt.class);
    }
    event
}

/// Remembers what the control plane has. It may lag behind: what is sent again is counted once.
pub(super) fn write_committed(dir: &Path, sequence: u64) -> std::io::Result<()> {
    files::replace(&dir.join(COMMITTED), sequence.to_string().as_bytes())
}

/// Fails when anything is in the directory that the log did not put there.
fn remove_empty(dir: &Path) -> std::io::Result<()> {
    for name in [COMMITTED, segment::TEMPORARY] {
        match fs::remove_file(dir.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::remove_dir(dir)
}

fn create_epoch(usage_dir: &Path) -> Result<Recovered, OpenError> {
    // 63 bits and not 0: the tables keep it in a signed integer, and 0 means that there is none.
    let epoch = ((clock::random_bits() as u64) >> 1).max(1);
    let dir = usage_dir.join(epoch.to_string());
    files::private_dir(&dir).map_err(OpenError::io("create", &dir))?;
    let (segment, file) = segment::create(&dir, epoch, 1).map_err(OpenError::io("create a segment in", &dir))?;
    files::sync_dir(usage_dir).map_err(OpenError::io("flush", usage_dir))?;
    Ok(Recovered {
        epoch,
        dir,
        segments: VecDeque::from([segment]),
        file,
        last_sequence: 0,
        last_intent: 0,
        open: BTreeMap::new(),
        committed: 0,
    })
}

/// Cuts off what a crash left half written.
fn open_epoch(found: Scanned) -> Result<Recovered, OpenError> {
    let current = found.segments.last().expect("an epoch that is used has segments");
    let file = OpenOptions::new().read(true).write(true).open(&current.path);
    let file = file.map_err(OpenError::io("open", &current.path))?;
    let cut = file.metadata().map_err(OpenError::io("read", &current.path))?.len() - current.bytes;
    if cut > 0 {
        tracing::warn!(file = %current.path.display(), bytes = cut, "cut off an incomplete record that a crash left");
        file.set_len(current.bytes).map_err(OpenError::io("truncate", &current.path))?;
    }
    Ok(Recovered {
        epoch: found.epoch,
        dir: found.dir,
        segments: found.segments.into(),
        file,
        last_sequence: found.last_sequence,
        last_intent: found.last_intent,
        open: found.open,
        committed: found.committed,
    })
}
