//! What stands behind the log's mutex: appends records and knows the segments. Nothing here waits for the device; every
//! method leaves the files valid, whether it succeeds or not.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use proto::v1::UsageEvent;

use super::disk::is_no_room;
use super::options::LogOptions;
use super::record::{self, RecordKind};
use super::recover::{self, Recovered};
use super::segment::Segment;

/// Room kept free for the outcome of every open intent, so that it never fails for want of it. A larger outcome may
/// exceed the bound by the difference.
const OUTCOME_ROOM: u64 = 16 << 10;

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
    /// The disk has no room.
    #[cfg(test)]
    pub(super) no_room: bool,
}

/// An intent without an outcome yet, kept to be carried out of a segment that can go.
pub(super) struct OpenIntent {
    /// The segment that holds it, by its first sequence.
    segment: u64,
    record: Box<[u8]>,
}

impl Writer {
    /// Continues the log that was found, and ends the intents that were left open in it. Returns the outcomes that found no room,
    /// each with its intent, which stays open until there is some.
    pub(super) fn resume(found: Recovered, options: &LogOptions) -> io::Result<(Self, Vec<(u64, UsageEvent)>)> {
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
            #[cfg(test)]
            no_room: super::tests::NO_ROOM_AT_START.get(),
        };
        let (mut draft, mut owed) = (Vec::new(), Vec::new());
        for (intent, payload) in found.open {
            let event = record::decode(&payload).map_err(|damage| io::Error::other(damage.as_str()))?;
            let outcome = recover::interrupted(event.clone());
            record::draft(&mut draft, RecordKind::Outcome, &outcome);
            match writer.outcome(intent, &mut draft) {
                Ok(_) => {}
                Err(error) if is_no_room(&error) => {
                    writer.reopen(intent, &event);
                    owed.push((intent, outcome));
                }
                Err(error) => return Err(error),
            }
        }
        Ok((writer, owed))
    }

    /// Which segment it stands in was not looked for: it is carried on with the oldest one.
    fn reopen(&mut self, intent: u64, event: &UsageEvent) {
        let mut draft = Vec::new();
        record::draft(&mut draft, RecordKind::Intent, event);
        record::number(&mut draft, intent, None);
        let open = OpenIntent { segment: self.segments[0].first, record: draft.into_boxed_slice() };
        self.open.insert(intent, open);
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

    /// The file that is written to.
    pub(super) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Where the segment that is written to is.
    pub(super) fn current_path(&self) -> PathBuf {
        self.current().path.clone()
    }

    /// The oldest segment, by its first sequence.
    pub(super) fn first(&self) -> u64 {
        self.segments[0].first
    }

    /// Goes on in a file with the same content.
    pub(super) fn replace_file(&mut self, file: Arc<File>) {
        self.file = file;
    }

    /// Where the segments are, the one that is written to last.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.segments.iter().map(|it| it.path.clone()).collect()
    }

    /// Whether another request would exceed the bound.
    pub(super) fn is_full(&self) -> bool {
        let reserved = (self.open.len() as u64 + 1) * OUTCOME_ROOM;
        self.used + reserved > self.max_bytes
    }

    /// Writes the draft of an intent and returns its number.
    pub(super) fn intent(&mut self, mut draft: Box<[u8]>) -> io::Result<u64> {
        let intent = self.last_intent + 1;
        record::number(&mut draft, intent, None);
        self.append(&draft)?;
        self.last_intent = intent;
        let segment = self.current().first;
        self.open.insert(intent, OpenIntent { segment, record: draft });
        Ok(intent)
    }

    /// Numbers the draft of an event and writes it as the outcome of `intent`; 0: it had none. Returns the intent, to be
    /// dropped without the lock.
    pub(super) fn outcome(&mut self, intent: u64, draft: &mut [u8]) -> io::Result<Option<OpenIntent>> {
        let sequence = self.last_sequence + 1;
        record::number(draft, intent, Some(sequence));
        self.append(draft)?;
        self.last_sequence = sequence;
        Ok(self.open.remove(&intent))
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

    /// Continues in a prepared file from the next record on. Returns the new segment's first sequence.
    pub(super) fn switch(&mut self, next: Arc<File>) -> io::Result<u64> {
        let segment = Segment::begin(&next, &self.dir, self.epoch, self.last_sequence + 1)?;
        let first = segment.first;
        self.used += segment.bytes;
        self.segments.push_back(segment);
        self.file = next;
        Ok(first)
    }

    /// Its size.
    pub(super) fn current_bytes(&self) -> u64 {
        self.current().bytes
    }

    /// The oldest segment, by its first sequence, if all of its events are committed and it is not written to.
    pub(super) fn done_with(&self, committed: u64) -> Option<u64> {
        (self.segments.len() > 1 && self.segments[1].first <= committed + 1).then(|| self.segments[0].first)
    }

    /// Writes intents that are still open in a segment again into the current one, at most so many, so that one slow
    /// request does not hold back the disk space of all. Returns whether there may be more.
    pub(super) fn carry(&mut self, from: u64, most: usize) -> io::Result<bool> {
        let into = self.current().first;
        let mut records = Vec::new();
        let mut carried = Vec::new();
        for (intent, open) in self.open.iter().filter(|(_, it)| it.segment == from).take(most) {
            records.extend_from_slice(&open.record);
            carried.push(*intent);
        }
        self.append(&records)?;
        for intent in &carried {
            self.open.get_mut(intent).expect("it was just found").segment = into;
        }
        Ok(carried.len() == most)
    }

    /// Takes the oldest segment out of the log. Returns where it is.
    pub(super) fn release_oldest(&mut self) -> PathBuf {
        debug_assert!(self.segments.len() > 1, "the current segment stays");
        let segment = self.segments.pop_front().expect("there is always a segment");
        self.used -= segment.bytes;
        segment.path
    }

    /// One write(2); what a failed one left behind is cut off.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        if self.no_room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let current = self.segments.back_mut().expect("there is always a segment");
        if let Err(error) = self.file.write_all_at(bytes, current.bytes) {
            self.file.set_len(current.bytes)?;
            return Err(error);
        }
        current.bytes += bytes.len() as u64;
        self.used += bytes.len() as u64;
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
}
