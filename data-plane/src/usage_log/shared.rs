//! The log's state, shared by requests, the flushing thread and the delivery.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;

use proto::v1::UsageEvent;
use tokio::sync::watch;

use super::options::{LogOptions, LogRefusal, LogState, OpenError, WhenFull};
use super::recover;
use super::writer::Writer;
use crate::sync::files;

pub(super) struct Shared {
    writer: Mutex<Writer>,
    when_full: WhenFull,
    epoch: u64,
    /// Something was written that is not flushed.
    dirty: AtomicBool,
    /// Woken when the log becomes dirty.
    pub flusher: OnceLock<Thread>,
    last: AtomicU64,
    dropped: AtomicU64,
    failed: OnceLock<String>,
    /// The last event that a power failure cannot take away.
    pub flushed: watch::Sender<u64>,
    /// The last event that the control plane has.
    pub committed: watch::Sender<u64>,
    delivery_error: Mutex<Option<String>>,
    /// Held while it is noted on the disk what the control plane has: two would replace the same temporary file.
    noting: Mutex<()>,
    _lock: File,
}

impl Shared {
    pub(super) fn open(options: &LogOptions) -> Result<Self, OpenError> {
        files::private_dir(&options.dir).map_err(OpenError::io("create", &options.dir))?;
        let lock = lock(&options.dir)?;
        let found = recover::recover(&options.dir)?;
        let committed = found.committed;
        let dir = found.dir.clone();
        let writer = Writer::resume(found, options).map_err(OpenError::io("continue the usage log in", &dir))?;
        writer.file().sync_data().map_err(OpenError::io("flush", &dir))?;
        let last = writer.last_sequence();
        Ok(Self {
            when_full: options.when_full,
            epoch: writer.epoch(),
            writer: Mutex::new(writer),
            dirty: AtomicBool::new(false),
            flusher: OnceLock::new(),
            last: AtomicU64::new(last),
            dropped: AtomicU64::new(0),
            failed: OnceLock::new(),
            flushed: watch::Sender::new(last),
            committed: watch::Sender::new(committed),
            delivery_error: Mutex::new(None),
            noting: Mutex::new(()),
            _lock: lock,
        })
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Writes an intent; `None`: the log is full, and the event is dropped and counted.
    pub(super) fn intent(&self, event: &UsageEvent) -> Result<Option<u64>, LogRefusal> {
        self.healthy()?;
        let mut writer = self.writer();
        let written = if writer.is_full() { Err(io::ErrorKind::StorageFull.into()) } else { writer.intent(event) };
        drop(writer);
        match written {
            Ok(intent) => {
                self.wake_flusher();
                Ok(Some(intent))
            }
            Err(error) if error.kind() == io::ErrorKind::StorageFull => match self.when_full {
                WhenFull::Refuse => Err(LogRefusal::Full),
                WhenFull::Drop => {
                    self.count_dropped();
                    Ok(None)
                }
            },
            Err(error) => Err(self.fail("write to", &error)),
        }
    }

    /// Writes the outcome of an intent.
    pub(super) fn settle(&self, intent: u64, event: UsageEvent) {
        if self.healthy().is_err() {
            return;
        }
        let mut writer = self.writer();
        let written = writer.outcome(intent, event);
        self.last.store(writer.last_sequence(), Ordering::Release);
        drop(writer);
        match written {
            Ok(()) => self.wake_flusher(),
            // The intent stays in the log, and becomes an interrupted request at the next start.
            Err(error) => drop(self.fail("write to", &error)),
        }
    }

    /// Writes the event of a request that had no intent, because nothing was sent upstream.
    pub(super) fn append(&self, event: UsageEvent) {
        let mut writer = self.writer();
        if self.healthy().is_err() || writer.is_full() {
            drop(writer);
            self.count_dropped();
            return;
        }
        let written = writer.outcome(0, event);
        self.last.store(writer.last_sequence(), Ordering::Release);
        drop(writer);
        match written {
            Ok(()) => self.wake_flusher(),
            Err(error) if error.kind() == io::ErrorKind::StorageFull => self.count_dropped(),
            Err(error) => {
                drop(self.fail("write to", &error));
                self.count_dropped();
            }
        }
    }

    pub(super) fn open_event(&self, intent: u64) -> Option<UsageEvent> {
        self.writer().open_event(intent)
    }

    /// Flushes what was written, and closes the segment when it is full.
    pub(super) fn flush(&self) {
        self.dirty.store(false, Ordering::SeqCst);
        if self.failed.get().is_some() {
            return;
        }
        let (file, last, roll) = {
            let writer = self.writer();
            (writer.file(), writer.last_sequence(), writer.wants_roll())
        };
        if let Err(error) = file.sync_data() {
            drop(self.fail("flush", &error));
            return;
        }
        self.flushed.send_replace(last);
        if roll && let Err(error) = self.roll() {
            drop(self.fail("begin a new segment of", &error));
        }
    }

    fn roll(&self) -> io::Result<()> {
        let mut writer = self.writer();
        writer.roll()?;
        let last = writer.last_sequence();
        drop(writer);
        self.flushed.send_replace(last);
        Ok(())
    }

    /// Notes what the control plane has, and lets go of the segments that are all committed. Blocks on the disk.
    pub(super) fn commit(&self, sequence: u64) {
        self.committed.send_if_modified(|it| {
            let grows = sequence > *it;
            *it = sequence.max(*it);
            grows
        });
        if self.failed.get().is_some() {
            return;
        }
        let removed = self.writer().remove_committed(sequence);
        let done = removed.and_then(|removed| {
            if let Some(file) = &removed.flush {
                file.sync_data()?;
            }
            removed.paths.iter().try_for_each(fs::remove_file)
        });
        if let Err(error) = done {
            drop(self.fail("remove delivered segments of", &error));
        }
    }

    /// Writes down what the control plane has. Blocks on the disk.
    pub(super) fn remember_committed(&self) {
        if let Err(error) = self.note_committed() {
            tracing::warn!(%error, "cannot note what was delivered; it is sent again after a restart, and counted once");
        }
    }

    pub(super) fn note_committed(&self) -> io::Result<()> {
        let _noting = self.noting.lock().unwrap_or_else(PoisonError::into_inner);
        let sequence = *self.committed.borrow();
        recover::write_committed(&self.dir(), sequence)
    }

    pub(super) fn dir(&self) -> PathBuf {
        self.writer().dir().clone()
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
        match self.failed.get() {
            Some(why) => LogState::Failed(why.clone()),
            None if self.writer().is_full() => LogState::Full,
            None => LogState::Accepting,
        }
    }

    /// Stops the log for good: after a failed write or flush nobody knows what the disk holds.
    pub(super) fn fail(&self, action: &str, error: &dyn std::fmt::Display) -> LogRefusal {
        let why = self.failed.get_or_init(|| {
            tracing::error!(%error, "cannot {action} the usage log; no further requests are accepted until a restart");
            format!("cannot {action} it: {error}")
        });
        LogRefusal::Failed(why.clone())
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

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn writer_for_test(&self) -> MutexGuard<'_, Writer> {
        self.writer()
    }
}

/// Keeps a second router out of this log for as long as the file is open.
fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
    let file = file.map_err(OpenError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path }),
        Err(TryLockError::Error(error)) => Err(OpenError::io("lock", &path)(error)),
    }
}
