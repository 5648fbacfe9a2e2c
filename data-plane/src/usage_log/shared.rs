//! The log's state, shared by requests, the log's own thread and the delivery. Here is what requests do.

use std::cell::RefCell;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

use proto::v1::UsageEvent;
use tokio::sync::watch;

use super::disk::{Disk, is_no_room};
use super::options::{LogOptions, LogRefusal, LogState, OpenError, WhenFull};
use super::record::{self, RecordKind};
use super::recover;
use super::writer::Writer;
use crate::sync::files;

/// How long a write that found no room on the disk stands for those to come: who sends callers elsewhere meanwhile has to try
/// again some time.
const DISK_FULL_FOR: Duration = Duration::from_secs(5);
/// A buffer that one large event has grown is not kept.
const KEPT_BUFFER: usize = 64 << 10;

thread_local! {
    /// Where a thread encodes outcomes.
    static DRAFT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

pub(super) struct SharedLog {
    /// Held for an append or less: never while anybody waits for the device.
    writer: Mutex<Writer>,
    pub(super) disk: Arc<dyn Disk>,
    /// Held by who flushes, closes or deletes segments: one at a time.
    pub(super) turn: Mutex<()>,
    pub(super) dir: PathBuf,
    pub(super) epoch: u64,
    when_full: WhenFull,
    /// Something was written that is not flushed.
    pub(super) dirty: AtomicBool,
    /// Woken when the log becomes dirty.
    pub(super) flusher: OnceLock<Thread>,
    last: AtomicU64,
    dropped: AtomicU64,
    /// Outcomes that found no room on the disk, with their intents. No more than there are open intents.
    owed: Mutex<Vec<(u64, UsageEvent)>>,
    /// The last attempt to begin a new segment failed.
    pub(super) cannot_roll: AtomicBool,
    /// The last write found no room on the disk.
    was_full: AtomicBool,
    /// When that was.
    disk_full: Mutex<Option<Instant>>,
    failed: OnceLock<String>,
    /// The last event that a power failure cannot take away.
    pub(super) flushed: watch::Sender<u64>,
    /// The last event that the control plane has.
    pub(super) committed: watch::Sender<u64>,
    delivery_error: Mutex<Option<String>>,
    /// Held while it is noted on the disk what the control plane has: two would replace the same temporary file.
    pub(super) noting: Mutex<()>,
    /// Its files vanished and cannot be written again.
    is_missing: AtomicBool,
    /// Why.
    missing: Mutex<Option<String>>,
    /// Events that vanished before they were delivered.
    lost: AtomicU64,
    pub(super) lock: Mutex<File>,
}

impl SharedLog {
    pub(super) fn open(options: &LogOptions, disk: Arc<dyn Disk>) -> Result<Self, OpenError> {
        files::private_dir(&options.dir).map_err(OpenError::io("create", &options.dir))?;
        let lock = lock(&options.dir)?;
        let found = recover::recover(&*disk, &options.dir)?;
        let vanished = found.lost.as_ref().map_or(0, |lost| {
            tracing::error!(dir = %found.dir.display(), "{lost}");
            lost.count()
        });
        let (committed, dir, epoch) = (found.committed, found.dir.clone(), found.epoch);
        let resumed = Writer::resume(found, options).map_err(OpenError::io("continue the usage log in", &dir));
        let (writer, owed) = resumed?;
        disk.flush(&writer.file()).map_err(OpenError::io("flush", &dir))?;
        let last = writer.last_sequence();
        let is_full = !owed.is_empty();
        if is_full {
            let events = owed.len();
            tracing::error!(
                events,
                "there is no room on the disk for the usage log; requests of before the start wait for some"
            );
        }
        Ok(Self {
            writer: Mutex::new(writer),
            disk,
            turn: Mutex::new(()),
            dir,
            epoch,
            when_full: options.when_full,
            dirty: AtomicBool::new(false),
            flusher: OnceLock::new(),
            last: AtomicU64::new(last),
            dropped: AtomicU64::new(0),
            owed: Mutex::new(owed),
            cannot_roll: AtomicBool::new(false),
            was_full: AtomicBool::new(is_full),
            disk_full: Mutex::new(is_full.then(Instant::now)),
            failed: OnceLock::new(),
            flushed: watch::Sender::new(last),
            committed: watch::Sender::new(committed),
            delivery_error: Mutex::new(None),
            noting: Mutex::new(()),
            is_missing: AtomicBool::new(false),
            missing: Mutex::default(),
            lost: AtomicU64::new(vanished),
            lock: Mutex::new(lock),
        })
    }

    /// Writes an intent; `None`: the log is full, and the event is dropped and counted.
    pub(super) fn intent(&self, event: &UsageEvent) -> Result<Option<u64>, LogRefusal> {
        if let Err(refusal) = self.healthy() {
            return self.no_room(refusal);
        }
        // What is under way is still written: it is copied with the rest.
        if self.is_missing.load(Ordering::Relaxed) {
            return self.no_room(LogRefusal::Missing);
        }
        let mut draft = Vec::new();
        record::draft(&mut draft, RecordKind::Intent, event);
        let draft = draft.into_boxed_slice();
        let mut writer = self.writer();
        if writer.is_full() {
            drop(writer);
            return self.no_room(LogRefusal::Full);
        }
        let written = writer.intent(draft);
        drop(writer);
        match written {
            Ok(intent) => {
                self.disk_has_room();
                self.wake_flusher();
                Ok(Some(intent))
            }
            Err(error) if is_no_room(&error) => {
                self.disk_is_full(&error);
                self.no_room(LogRefusal::DiskFull)
            }
            Err(error) => self.no_room(self.fail("write to", &error)),
        }
    }

    fn no_room(&self, refusal: LogRefusal) -> Result<Option<u64>, LogRefusal> {
        match self.when_full {
            WhenFull::Refuse => Err(refusal),
            WhenFull::Drop => {
                self.count_dropped();
                Ok(None)
            }
        }
    }

    pub(super) fn disk_is_full(&self, error: &io::Error) {
        self.was_full.store(true, Ordering::Relaxed);
        let before = self.disk_full().replace(Instant::now());
        if before.is_none() {
            tracing::error!(%error, "there is no room on the disk for the usage log");
        }
    }

    /// The usual way is one look at a flag.
    fn disk_has_room(&self) {
        if self.was_full.load(Ordering::Relaxed) && self.disk_full().take().is_some() {
            self.was_full.store(false, Ordering::Relaxed);
            tracing::info!("there is room on the disk for the usage log again");
        }
    }

    fn disk_full(&self) -> MutexGuard<'_, Option<Instant>> {
        self.disk_full.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the outcome of an intent.
    pub(super) fn settle(&self, intent: u64, event: &UsageEvent) {
        if self.healthy().is_err() {
            return;
        }
        match self.outcome(intent, event, |_| true) {
            Ok(_) => self.wake_flusher(),
            Err(error) if is_no_room(&error) => {
                self.disk_is_full(&error);
                self.owed().push((intent, event.clone()));
            }
            // The intent stays in the log, and becomes an interrupted request at the next start.
            Err(error) => drop(self.fail("write to", &error)),
        }
    }

    /// Writes the outcomes that found no room, as far as there is some now.
    pub(super) fn settle_owed(&self) {
        loop {
            let Some((intent, event)) = self.owed().pop() else { return };
            match self.outcome(intent, &event, |_| true) {
                Ok(_) => {
                    self.disk_has_room();
                    self.wake_flusher();
                }
                Err(error) if is_no_room(&error) => {
                    self.disk_is_full(&error);
                    return self.owed().push((intent, event));
                }
                Err(error) => return drop(self.fail("write to", &error)),
            }
        }
    }

    fn owed(&self) -> MutexGuard<'_, Vec<(u64, UsageEvent)>> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the event of a request that had no intent, because nothing was sent upstream.
    pub(super) fn append(&self, event: &UsageEvent) {
        if self.healthy().is_err() {
            return self.count_dropped();
        }
        match self.outcome(0, event, |writer| !writer.is_full()) {
            Ok(true) => self.wake_flusher(),
            Ok(false) => self.count_dropped(),
            Err(error) if is_no_room(&error) => {
                self.disk_is_full(&error);
                self.count_dropped();
            }
            Err(error) => {
                drop(self.fail("write to", &error));
                self.count_dropped();
            }
        }
    }

    /// Writes an outcome if `fits` allows it. The event is encoded before the lock is taken.
    fn outcome(&self, intent: u64, event: &UsageEvent, fits: impl FnOnce(&Writer) -> bool) -> io::Result<bool> {
        DRAFT.with_borrow_mut(|draft| {
            record::draft(draft, RecordKind::Outcome, event);
            let mut writer = self.writer();
            if !fits(&writer) {
                return Ok(false);
            }
            let written = writer.outcome(intent, draft);
            self.last.store(writer.last_sequence(), Ordering::Release);
            drop(writer);
            draft.clear();
            draft.shrink_to(KEPT_BUFFER);
            written.map(|_settled| true)
        })
    }

    pub(super) fn open_event(&self, intent: u64) -> Option<UsageEvent> {
        self.writer().open_event(intent)
    }

    /// The last event that is gone from the disk: those after it can be read.
    pub(super) fn oldest(&self) -> u64 {
        self.writer().before_first()
    }

    pub(super) fn delivery_error(&self) -> Option<String> {
        self.delivery_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether it is another one than before.
    pub(super) fn set_delivery_error(&self, error: Option<String>) -> bool {
        let mut held = self.delivery_error.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = *held != error;
        *held = error;
        changed
    }

    pub(super) fn last(&self) -> u64 {
        self.last.load(Ordering::Acquire)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) fn used(&self) -> u64 {
        self.writer().used()
    }

    pub(super) fn is_dirty(&self) -> bool {
        self.dirty.load(Ordering::SeqCst)
    }

    pub(super) fn state(&self) -> LogState {
        if let Some(why) = self.failed.get().cloned().or_else(|| self.missing_now()) {
            return match self.when_full {
                WhenFull::Refuse => LogState::Failed(why),
                WhenFull::Drop => LogState::Dropping,
            };
        }
        let disk_full = self.disk_full().is_some_and(|it| it.elapsed() < DISK_FULL_FOR);
        let full = disk_full || self.writer().is_full();
        match self.when_full {
            _ if !full => LogState::Accepting,
            WhenFull::Drop => LogState::Dropping,
            WhenFull::Refuse if disk_full => LogState::DiskFull,
            WhenFull::Refuse => LogState::Full,
        }
    }

    /// Stops the log for good: after a failed write or flush nobody knows what the disk holds. Where events may be dropped,
    /// requests are served without.
    pub(super) fn fail(&self, action: &str, error: &dyn std::fmt::Display) -> LogRefusal {
        let why = self.failed.get_or_init(|| {
            let requests = match self.when_full {
                WhenFull::Refuse => "no further requests are accepted",
                WhenFull::Drop => "requests are served without a record",
            };
            tracing::error!(%error, "cannot {action} the usage log; {requests} until a restart");
            format!("cannot {action} it: {error}")
        });
        LogRefusal::Failed(why.clone())
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failed.get().is_some()
    }

    /// Notes that the files are gone, or there again.
    pub(super) fn set_missing(&self, why: Option<String>) {
        self.is_missing.store(why.is_some(), Ordering::Relaxed);
        let mut held = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(why) = why.as_ref().filter(|why| held.as_ref() != Some(why)) {
            tracing::error!("{why}; it is tried again until it can be");
        }
        *held = why;
    }

    fn missing_now(&self) -> Option<String> {
        let is_missing = self.is_missing.load(Ordering::Relaxed);
        is_missing.then(|| self.missing.lock().unwrap_or_else(PoisonError::into_inner).clone()).flatten()
    }

    pub(super) fn count_lost(&self, events: u64) {
        self.lost.fetch_add(events, Ordering::Relaxed);
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn healthy(&self) -> Result<(), LogRefusal> {
        self.failed.get().map_or(Ok(()), |why| Err(LogRefusal::Failed(why.clone())))
    }

    fn wake_flusher(&self) {
        if !self.dirty.swap(true, Ordering::SeqCst)
            && let Some(flusher) = self.flusher.get()
        {
            flusher.unpark();
        }
    }

    fn count_dropped(&self) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps a second router out of this log for as long as the file is open.
pub(super) fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(OpenError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path }),
        Err(TryLockError::Error(error)) => Err(OpenError::io("lock", &path)(error)),
    }
}
