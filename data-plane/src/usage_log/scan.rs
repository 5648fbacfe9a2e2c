//! Reads a log without changing it. A torn end of the last segment is what a crash leaves, or what a router is writing
//! just now; anything else that is not what was written is refused, never repaired by guessing.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::options::OpenError;
use super::record::{self, LogRecord, RecordKind};
use super::segment::{self, HEADER_BYTES, Segment};

/// Holds what the control plane has.
pub(super) const COMMITTED: &str = "committed";

/// The epochs below a log's directory.
pub(super) struct Epochs {
    /// The one that has segments, and its directory.
    pub used: Option<(u64, PathBuf)>,
    /// Directories of those that nothing was ever written to.
    pub unused: Vec<PathBuf>,
}

/// An epoch as its files have it.
pub(super) struct Scanned {
    pub epoch: u64,
    pub dir: PathBuf,
    /// Never empty; each with the size of its valid part.
    pub segments: Vec<Segment>,
    /// The last segment does not have its name yet, and continues the one before it.
    pub last_is_unnamed: bool,
    /// 0 when there is no outcome yet.
    pub last_sequence: u64,
    /// The highest number that any intent has.
    pub last_intent: u64,
    /// Intents without an outcome, as they were encoded.
    pub open: BTreeMap<u64, Vec<u8>>,
    /// What the control plane has for certain.
    pub committed: u64,
    /// What vanished since the log was written, for the operator.
    pub lost: Option<Lost>,
}

/// Events that vanished before they were delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lost {
    /// The first one's sequence.
    pub first: u64,
    /// The last one's.
    pub last: u64,
}

impl Lost {
    /// How many there are.
    pub fn count(self) -> u64 {
        self.last.saturating_sub(self.first) + 1
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "segments of the usage log vanished: events {} to {} are not on the disk, and it does not say that they were \
             delivered",
            self.first, self.last
        )
    }
}

/// Finds the one epoch that is used.
pub(super) fn epochs(usage_dir: &Path) -> Result<Epochs, OpenError> {
    let (mut used, mut unused) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(usage_dir).map_err(OpenError::io("list", usage_dir))? {
        let entry = entry.map_err(OpenError::io("list", usage_dir))?;
        let Some(epoch) = entry.file_name().to_str().and_then(|name| name.parse::<u64>().ok()) else { continue };
        let dir = entry.path();
        if segment::list(&dir).map_err(OpenError::io("list", &dir))?.is_empty() {
            unused.push(dir);
        } else {
            used.push((epoch, dir));
        }
    }
    if used.len() > 1 {
        let names = used.iter().map(|(epoch, _)| epoch.to_string()).collect::<Vec<_>>().join(", ");
        return Err(OpenError::SeveralEpochs { dir: usage_dir.to_path_buf(), names });
    }
    Ok(Epochs { used: used.pop(), unused })
}

/// Reads all of an epoch that is used. What is known first is read first: a router may be writing to it, and what it
/// has delivered by then must be found in the segments that are listed after that.
pub(super) fn epoch(epoch: u64, dir: &Path) -> Result<Scanned, OpenError> {
    let delivered = read_committed(dir);
    let mut segments = segment::list(dir).map_err(OpenError::io("list", dir))?;
    let Some(before_first) = segments.first().map(|it| it.first.saturating_sub(1)) else {
        return Err(OpenError::io("find a segment in", dir)(std::io::ErrorKind::NotFound.into()));
    };
    let mut scan = Scan { last_sequence: before_first, last_intent: 0, open: BTreeMap::new() };
    let damaged = |path: &Path, offset, what| OpenError::Damaged {
        path: path.to_path_buf(),
        offset,
        what,
        dir: dir.to_path_buf(),
    };
    let count = segments.len();
    let mut torn = false;
    for (index, segment) in segments.iter_mut().enumerate() {
        let bytes = fs::read(&segment.path).map_err(OpenError::io("read", &segment.path))?;
        let good = scan.segment(epoch, segment.first, &bytes, index + 1 == count);
        segment.bytes = good.map_err(|(offset, what)| damaged(&segment.path, offset, what))?;
        torn = segment.bytes < bytes.len() as u64;
    }
    let first = scan.last_sequence + 1;
    let unnamed = segment::read_unnamed(dir, epoch, first).map_err(OpenError::io("read a segment in", dir))?;
    // Without the end of the segment before it, it is no part of the log: its events never were on the disk for certain.
    let unnamed = unnamed.filter(|_| !torn && segments[count - 1].first < first);
    let last_is_unnamed = unnamed.is_some();
    if let Some(bytes) = unnamed {
        let path = dir.join(segment::UNNAMED);
        let good = scan.segment(epoch, first, &bytes, true).map_err(|(offset, what)| damaged(&path, offset, what))?;
        segments.push(Segment { first, path, bytes: good });
    }
    let committed = delivered.max(before_first);
    if committed > scan.last_sequence {
        let current = segments.last().expect("there is one");
        let what = format!("it ends with event {}, but event {committed} was delivered", scan.last_sequence);
        return Err(damaged(&current.path, current.bytes, what));
    }
    Ok(Scanned {
        epoch,
        dir: dir.to_path_buf(),
        segments,
        last_is_unnamed,
        last_sequence: scan.last_sequence,
        last_intent: scan.last_intent,
        open: scan.open,
        committed,
        lost: (delivered < before_first).then_some(Lost { first: delivered + 1, last: before_first }),
    })
}

fn read_committed(dir: &Path) -> u64 {
    let path = dir.join(COMMITTED);
    match fs::read_to_string(&path).map(|text| text.trim().parse()) {
        Ok(Ok(sequence)) => sequence,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Ok(Err(_)) | Err(_) => {
            tracing::warn!(file = %path.display(), "unreadable; delivered usage events are sent again and counted once");
            0
        }
    }
}

/// What was learned from the segments so far.
struct Scan {
    last_sequence: u64,
    last_intent: u64,
    open: BTreeMap<u64, Vec<u8>>,
}

impl Scan {
    /// Reads a segment's bytes and returns where their valid part ends, or where they are damaged and how.
    fn segment(&mut self, epoch: u64, first: u64, bytes: &[u8], is_last: bool) -> Result<u64, (u64, String)> {
        if first != self.last_sequence + 1 {
            return Err((0, format!("event {} and those after it are missing before it", self.last_sequence + 1)));
        }
        if !segment::header_matches(bytes, epoch, first) {
            return Err((0, "its header does not match its name and directory".to_owned()));
        }
        let mut at = HEADER_BYTES;
        while at < bytes.len() {
            match record::read(&bytes[at..]) {
                Ok(record) => {
                    self.record(record).map_err(|what| (at as u64, what))?;
                    at += record.size;
                }
                Err(_) if is_last && !record::found_after_damage(&bytes[at..]) => break,
                Err(damage) => return Err((at as u64, damage.as_str().to_owned())),
            }
        }
        Ok(at as u64)
    }

    fn record(&mut self, record: LogRecord<'_>) -> Result<(), String> {
        match record.kind {
            RecordKind::Intent => {
                self.last_intent = self.last_intent.max(record.intent);
                self.open.insert(record.intent, record.payload.to_vec());
            }
            RecordKind::Outcome if record.sequence == self.last_sequence + 1 => {
                self.last_sequence = record.sequence;
                self.open.remove(&record.intent);
            }
            RecordKind::Outcome => {
                return Err(format!("event {} follows event {}", record.sequence, self.last_sequence));
            }
        }
        Ok(())
    }
}
