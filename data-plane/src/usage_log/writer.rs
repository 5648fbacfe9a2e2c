//! What stands behind the log's mutex: appends records, closes full segments, removes delivered ones. Every method
//! leaves the files valid, whether it succeeds or not.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use proto::v1::UsageEvent;

use super::options::LogOptions;
use super::record::{self, Kind};
use super::recover::{self, Recovered};
use super::segment::{self, Segment};

/// Room kept free for the outcome of every open intent, so that it never fails for want of it. A larger outcome may
/// exceed the bound by the difference.
const OUTCOME_ROOM: u64 = 16 << 10;

/// A buffer that one large event has grown is not kept.
const KEPT_BUFFER: usize = 64 << 10;

/// The log's files and what is known about them.
pub(super) struct Writer {
    epoch: u64,
    dir: PathBuf,
    max_bytes: u64,
    segment_bytes: u64,
    /// Never empty; the last one is written to.
    segments: VecDeque<Segment>,
    file: Arc<File>,
    used: u64,
    last_sequence: u64,
    last_intent: u64,
    open: HashMap<u64, OpenIntent>,
    buffer: Vec<u8>,
}

/// An intent without an outcome yet, kept to be carried out of a segment that can go.
struct OpenIntent {
    /// The segment that holds it, by its first sequence.
    segment: u64,
    record: Box<[u8]>,
}

/// Segments that are no longer part of the log.
pub(super) struct Removed {
    pub paths: Vec<PathBuf>,
    /// Must be flushed before the paths are deleted: it holds what the intents in them came to, outcomes that may not be
    /// on the disk yet and intents that were carried over. `None`: nothing is deleted.
    pub flush: Option<Arc<File>>,
}

impl Writer {
    /// Continues the log that was found, and ends the intents that were left open in it.
    pub(super) fn resume(found: Recovered, options: &LogOptions) -> io::Result<Self> {
        let mut writer = Self {
            epoch: found.epoch,
            dir: found.dir,
            max_bytes: options.max_bytes,
            // A log of one segment could never let go of anything.
            segment_bytes: options.segment_bytes.min(options.max_bytes / 8),
            used: found.segments.iter().map(|it| it.bytes).sum(),
            segments: found.segments,
            file: Arc::new(found.file),
            last_sequence: found.last_sequence,
            last_intent: found.last_intent,
            open: HashMap::new(),
            buffer: Vec::new(),
        };
        for (intent, payload) in found.open {
            let event = record::decode(&payload).map_err(|damage| io::Error::other(damage.as_str()))?;
            writer.outcome(intent, recover::interrupted(event))?;
        }
        Ok(writer)
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(super) fn dir(&self) -> &PathBuf {
        &self.dir
    }

    pub(super) fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// The event before the first one that the segments hold.
    pub(super) fn before_first(&self) -> u64 {
        self.segments[0].first - 1
    }

    /// The file that holds all that is not flushed yet.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Whether another request would exceed the bound.
    pub(super) fn is_full(&self) -> bool {
        let reserved = (self.open.len() as u64 + 1) * OUTCOME_ROOM;
        self.used + reserved > self.max_bytes
    }

    /// Writes an intent and returns its number.
    pub(super) fn intent(&mut self, event: &UsageEvent) -> io::Result<u64> {
        let intent = self.last_intent + 1;
        self.write(Kind::Intent, intent, event)?;
        self.last_intent = intent;
        let segment = self.current().first;
        self.open.insert(intent, OpenIntent { segment, record: self.buffer.as_slice().into() });
        Ok(intent)
    }

    /// Numbers an event and writes it as the outcome of `intent`; 0: it had none.
    pub(super) fn outcome(&mut self, intent: u64, mut event: UsageEvent) -> io::Result<()> {
        event.sequence = self.last_sequence + 1;
        self.write(Kind::Outcome, intent, &event)?;
        self.last_sequence = event.sequence;
        self.open.remove(&intent);
        Ok(())
    }

    /// The event of an open intent.
    pub(super) fn open_event(&self, intent: u64) -> Option<UsageEvent> {
        let open = self.open.get(&intent)?;
        let record = record::read(&open.record).expect("it was written from this buffer");
        Some(record::decode(record.payload).expect("it was encoded from an event"))
    }

    /// Whether the current segment should be closed. One without an outcome never is: its successor would have its name.
    pub(super) fn wants_roll(&self) -> bool {
        let current = self.current();
        current.bytes >= self.segment_bytes && self.last_sequence >= current.first
    }

    /// Flushes the current segment and begins the next one.
    pub(super) fn roll(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        let (segment, file) = segment::create(&self.dir, self.epoch, self.last_sequence + 1)?;
        self.used += segment.bytes;
        self.segments.push_back(segment);
        self.file = Arc::new(file);
        Ok(())
    }

    /// Takes the segments out of the log whose events are all committed. Intents that are still open in them are
    /// written again into the current segment, so that one slow request does not hold back the disk space of all.
    pub(super) fn remove_committed(&mut self, committed: u64) -> io::Result<Removed> {
        let mut removed = Removed { paths: Vec::new(), flush: None };
        while self.segments.len() > 1 && self.segments[1].first <= committed + 1 {
            self.carry(self.segments[0].first)?;
            removed.flush = Some(self.file());
            let segment = self.segments.pop_front().expect("there are two");
            self.used -= segment.bytes;
            removed.paths.push(segment.path);
        }
        Ok(removed)
    }

    fn carry(&mut self, from: u64) -> io::Result<()> {
        let into = self.current().first;
        let intents: Vec<u64> = self.open.iter().filter(|(_, it)| it.segment == from).map(|(id, _)| *id).collect();
        for intent in intents {
            let Some(open) = self.open.get_mut(&intent) else { continue };
            self.buffer.clear();
            self.buffer.extend_from_slice(&open.record);
            open.segment = into;
            self.append_buffer()?;
        }
        Ok(())
    }

    fn write(&mut self, kind: Kind, intent: u64, event: &UsageEvent) -> io::Result<()> {
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BUFFER);
        record::write(&mut self.buffer, kind, intent, event);
        self.append_buffer()
    }

    /// One write(2); what a failed one left behind is cut off.
    fn append_buffer(&mut self) -> io::Result<()> {
        let current = self.segments.back_mut().expect("there is always a segment");
        if let Err(error) = self.file.write_all_at(&self.buffer, current.bytes) {
            self.file.set_len(current.bytes)?;
            return Err(error);
        }
        current.bytes += self.buffer.len() as u64;
        self.used += self.buffer.len() as u64;
        Ok(())
    }

    fn current(&self) -> &Segment {
        self.segments.back().expect("there is always a segment")
    }
}

#[cfg(test)]
impl Writer {
    pub(super) fn current_segment(&self) -> &Segment {
        self.current()
    }

    pub(super) fn segment_count(&self) -> usize {
        self.segments.len()
    }

    pub(super) fn replace_file(&mut self, file: File) {
        self.file = Arc::new(file);
    }
}
