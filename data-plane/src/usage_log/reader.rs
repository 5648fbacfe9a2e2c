//! Reads events back for delivery, in order, from the segments: what waits is on the disk, not in memory.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::record::{self, Damage, RecordKind};
use super::segment::{self, HEADER_BYTES};

/// The most events in one batch.
const BATCH_EVENTS: usize = 500;
/// A batch is closed when its events take this much.
const BATCH_BYTES: usize = 256 << 10;
/// Read at once; grows for a record that is larger.
const CHUNK_BYTES: usize = 256 << 10;

/// Events in the order of their sequences, as they stand in the log: nobody needs to look into them on the way.
pub(super) struct Encoded {
    /// The first one's sequence.
    pub first: u64,
    /// The last one's; before the first one's: there is none.
    pub last: u64,
    /// Each as the protobuf message that it is.
    pub events: Vec<Bytes>,
}

/// A place in the log.
pub(super) struct LogReader {
    dir: PathBuf,
    next: u64,
    at: Option<At>,
}

struct At {
    file: File,
    path: PathBuf,
    offset: u64,
}

impl LogReader {
    /// Starts with the event after `committed`.
    pub(super) fn after(dir: PathBuf, committed: u64) -> Self {
        Self { dir, next: committed + 1, at: None }
    }

    /// The event that the next batch starts with.
    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The next events, as many as fit in a batch. `flushed` is the last one that may be read, and is there.
    pub(super) fn batch(&mut self, flushed: u64) -> io::Result<Encoded> {
        let mut batch = Batch { events: Vec::new(), bytes: 0, next: self.next, flushed };
        let mut chunk = vec![0; CHUNK_BYTES];
        while batch.wants_more() {
            let at = self.place()?;
            let filled = at.file.read_at(&mut chunk, at.offset)?;
            if filled == 0 {
                // The segment is at its end and the event is in the next one, which is named after it.
                self.at = Some(open(&self.dir, batch.next)?);
                continue;
            }
            let used = batch.take(&chunk[..filled]).map_err(|(used, damage)| damaged(at, used, damage))?;
            at.offset += used as u64;
            if used == 0 && filled < chunk.len() {
                return Err(damaged(at, 0, Damage::Short));
            }
            if used == 0 {
                chunk.resize(chunk.len() * 2, 0);
            }
        }
        let first = std::mem::replace(&mut self.next, batch.next);
        Ok(Encoded { first, last: batch.next - 1, events: batch.events })
    }

    fn place(&mut self) -> io::Result<&mut At> {
        if self.at.is_none() {
            let segments = segment::list(&self.dir)?;
            let holding = segments.iter().rev().find(|it| it.first <= self.next);
            let first = holding.ok_or_else(|| io::Error::other("its segment is gone"))?.first;
            self.at = Some(open(&self.dir, first)?);
        }
        Ok(self.at.as_mut().expect("it was just set"))
    }
}

/// A batch that is being filled.
struct Batch {
    events: Vec<Bytes>,
    bytes: usize,
    next: u64,
    flushed: u64,
}

impl Batch {
    fn wants_more(&self) -> bool {
        self.next <= self.flushed && self.events.len() < BATCH_EVENTS && self.bytes < BATCH_BYTES
    }

    /// Takes events from the start of `chunk`, and returns how much of it is done with.
    fn take(&mut self, chunk: &[u8]) -> Result<usize, (usize, Damage)> {
        let mut used = 0;
        while self.wants_more() {
            let record = match record::read(&chunk[used..]) {
                Ok(record) => record,
                Err(Damage::Short) => break,
                Err(damage) => return Err((used, damage)),
            };
            if record.kind == RecordKind::Outcome && record.sequence >= self.next {
                self.events.push(Bytes::copy_from_slice(record.payload));
                self.bytes += record.payload.len();
                self.next = record.sequence + 1;
            }
            used += record.size;
        }
        Ok(used)
    }
}

fn open(dir: &Path, first: u64) -> io::Result<At> {
    let path = segment::path(dir, first);
    Ok(At { file: File::open(&path)?, path, offset: HEADER_BYTES as u64 })
}

fn damaged(at: &At, used: usize, damage: Damage) -> io::Error {
    io::Error::other(format!(
        "{} is damaged at byte {}: {}",
        at.path.display(),
        at.offset + used as u64,
        damage.as_str()
    ))
}
