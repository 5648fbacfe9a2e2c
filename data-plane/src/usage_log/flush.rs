//! What the log's own thread and the delivery do with the disk. All of it may take as long as the disk likes, and none
//! of it holds the lock that requests take while it waits.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use super::disk::{self, is_no_room};
use super::scan::COMMITTED;
use super::segment;
use super::shared::SharedLog;

/// Open intents that are carried over while the lock is held once.
const CARRIED_AT_ONCE: usize = 256;

impl SharedLog {
    /// Flushes what was written, and closes the segment when it is full.
    pub(super) fn flush(&self) {
        let _turn = self.turn();
        self.dirty.store(false, Ordering::SeqCst);
        if self.has_failed() {
            return;
        }
        self.settle_owed();
        if let Err(error) = self.flush_current() {
            drop(self.fail("flush", &error));
            return;
        }
        let full = self.writer().wants_roll();
        match full.then(|| self.roll()) {
            None | Some(Ok(())) => {}
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => self.restore(),
            Some(Err(error)) => drop(self.fail("begin a new segment of", &error)),
        }
    }

    /// Continues in a new segment. Requests go on writing all the while: into the old one until the switch, which is one
    /// small write under the lock, and into the new one from then on. The new segment gets its name, and what is in it
    /// counts as flushed, when all that was written before it is on the disk; what a crash leaves until then is sorted
    /// out by [`super::recover`].
    fn roll(&self) -> io::Result<()> {
        // The old segment grows until there is another one: whatever the cause, it is tried again with the next flush.
        let not_now = |error: &io::Error| {
            if !self.cannot_roll.swap(true, Ordering::Relaxed) {
                tracing::warn!(%error, "cannot begin a new segment of the usage log; the old one grows meanwhile");
            }
            Ok(())
        };
        let next = match segment::prepare(&*self.disk, &self.dir) {
            Ok(next) => Arc::new(next),
            Err(error) => return not_now(&error),
        };
        let (old, first) = {
            let mut writer = self.writer();
            let old = writer.file();
            match writer.switch(Arc::clone(&next)) {
                Ok(first) => (old, first),
                Err(error) => return not_now(&error),
            }
        };
        self.cannot_roll.store(false, Ordering::Relaxed);
        self.disk.flush(&old)?;
        let last = self.writer().last_sequence();
        self.disk.flush(&next)?;
        // It is needed and cannot be put off; descriptors come back.
        while let Err(error) = segment::name(&*self.disk, &self.dir, first) {
            if !is_exhaustion(&error) {
                return Err(error);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.flushed.send_replace(last);
        Ok(())
    }

    /// The caller has the turn, so that the current segment has its name and is all that is not flushed.
    fn flush_current(&self) -> io::Result<()> {
        let (file, last) = {
            let writer = self.writer();
            (writer.file(), writer.last_sequence())
        };
        self.disk.flush(&file)?;
        self.flushed.send_replace(last);
        Ok(())
    }

    /// Notes what the control plane has, and lets go of the segments that are all committed.
    pub(super) fn commit(&self, sequence: u64) {
        self.committed.send_if_modified(|it| {
            let grows = sequence > *it;
            *it = sequence.max(*it);
            grows
        });
        let _turn = self.turn();
        if self.has_failed() {
            return;
        }
        if let Err(error) = self.let_go(sequence) {
            drop(self.fail("remove delivered segments of", &error));
        }
    }

    fn let_go(&self, committed: u64) -> io::Result<()> {
        let mut gone = Vec::new();
        loop {
            let Some(oldest) = self.writer().done_with(committed) else { break };
            match self.carry_all(oldest) {
                Ok(()) => {}
                // It stays until there is room; those before it go, and make some.
                Err(error) if is_no_room(&error) => break,
                Err(error) => return Err(error),
            }
            gone.push(self.writer().release_oldest());
        }
        if gone.is_empty() {
            return Ok(());
        }
        // What the intents in them came to must not be lost with them: outcomes that are not on the disk yet, and intents
        // that were carried over.
        self.flush_current()?;
        // A start can then tell segments that were let go from those that vanished.
        self.remember_committed();
        gone.iter().try_for_each(|path| match self.disk.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
    }

    pub(super) fn carry_all(&self, from: u64) -> io::Result<()> {
        while self.writer().carry(from, CARRIED_AT_ONCE)? {}
        Ok(())
    }

    /// Writes down what the control plane has.
    pub(super) fn remember_committed(&self) {
        if let Err(error) = self.note_committed() {
            tracing::warn!(%error, "cannot note what was delivered; it is sent again after a restart, and counted once");
        }
    }

    pub(super) fn note_committed(&self) -> io::Result<()> {
        let _noting = self.noting.lock().unwrap_or_else(PoisonError::into_inner);
        // It may lag behind: what is sent again is counted once.
        let sequence = *self.committed.borrow();
        disk::replace(&*self.disk, &self.dir, COMMITTED, sequence.to_string().as_bytes())
    }

    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// This machine or process has no descriptors left: EMFILE and ENFILE, which the standard library has no names for.
fn is_exhaustion(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(24 | 23))
}
