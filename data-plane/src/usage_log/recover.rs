//! Opens the log at start: what [`super::scan`] finds is made ready to be continued.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use proto::v1::{UsageAttempt, UsageEvent};

use super::disk::Disk;
use super::options::OpenError;
use super::scan::{self, COMMITTED, Lost, Scanned};
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
    /// What vanished since the log was written, for the operator.
    pub lost: Option<Lost>,
}

/// Opens the one epoch below `usage_dir`, or mints one.
pub(super) fn recover(disk: &dyn Disk, usage_dir: &Path) -> Result<Recovered, OpenError> {
    let epochs = scan::epochs(usage_dir)?;
    for dir in epochs.unused {
        // Killed while it was being created: nothing was ever written to it.
        remove_empty(disk, &dir).map_err(OpenError::io("remove the empty log", &dir))?;
    }
    match epochs.used {
        Some((epoch, dir)) => open_epoch(disk, scan::epoch(epoch, &dir)?),
        None => create_epoch(disk, usage_dir),
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

/// Fails when anything is in the directory that the log did not put there.
fn remove_empty(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
    for name in [COMMITTED, segment::UNNAMED] {
        match disk.remove(&dir.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::remove_dir(dir)
}

fn create_epoch(disk: &dyn Disk, usage_dir: &Path) -> Result<Recovered, OpenError> {
    // 63 bits and not 0: the tables keep it in a signed integer, and 0 means that there is none.
    let epoch = ((clock::random_bits() as u64) >> 1).max(1);
    let dir = usage_dir.join(epoch.to_string());
    files::private_dir(&dir).map_err(OpenError::io("create", &dir))?;
    let (segment, file) = segment::create(disk, &dir, epoch).map_err(OpenError::io("create a segment in", &dir))?;
    disk.flush_names(usage_dir).map_err(OpenError::io("flush", usage_dir))?;
    Ok(Recovered {
        epoch,
        dir,
        segments: VecDeque::from([segment]),
        file,
        last_sequence: 0,
        last_intent: 0,
        open: BTreeMap::new(),
        committed: 0,
        lost: None,
    })
}

/// Cuts off what a crash left half written, and settles what becomes of a segment that has no name yet.
fn open_epoch(disk: &dyn Disk, mut found: Scanned) -> Result<Recovered, OpenError> {
    if !found.last_is_unnamed {
        // Before anything else: once the torn end is cut off, nothing says any more that it does not belong there.
        forget_unnamed(disk, &found.dir).map_err(OpenError::io("remove an unused segment in", &found.dir))?;
    }
    let current = found.segments.last().expect("an epoch that is used has segments");
    let file = open(&current.path)?;
    let cut = file.metadata().map_err(OpenError::io("read", &current.path))?.len() - current.bytes;
    if cut > 0 {
        tracing::warn!(file = %current.path.display(), bytes = cut, "cut off an incomplete record that a crash left");
        file.set_len(current.bytes).map_err(OpenError::io("truncate", &current.path))?;
    }
    if found.last_is_unnamed {
        finish_roll(disk, &found, &file)?;
        let current = found.segments.last_mut().expect("an epoch that is used has segments");
        current.path = segment::path(&found.dir, current.first);
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
        lost: found.lost,
    })
}

/// The router was killed after it had begun to write to the last segment: does what was left to do then.
fn finish_roll(disk: &dyn Disk, found: &Scanned, last: &File) -> Result<(), OpenError> {
    let [.., before, current] = &found.segments[..] else { unreachable!("it continues another segment") };
    disk.flush(&open(&before.path)?).map_err(OpenError::io("flush", &before.path))?;
    disk.flush(last).map_err(OpenError::io("flush", &current.path))?;
    segment::name(disk, &found.dir, current.first).map_err(OpenError::io("name", &current.path))
}

/// A segment to come in which nothing is, or nothing that is part of the log. It must not be taken for the continuation of
/// what is written from now on.
fn forget_unnamed(disk: &dyn Disk, dir: &Path) -> io::Result<()> {
    let path = dir.join(segment::UNNAMED);
    let bytes = fs::metadata(&path).map_or(0, |it| it.len());
    match disk.remove(&path) {
        Ok(()) if bytes > 0 => tracing::warn!(bytes, "left out events that a crash separated from those before them"),
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // Also of a start before this one that did not come so far.
    disk.flush_names(dir)
}

fn open(path: &Path) -> Result<File, OpenError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(OpenError::io("open", path))
}
