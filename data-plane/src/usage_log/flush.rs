//! What the log's own thread and the delivery do with the disk. All of it may take as long as the disk likes, and none
//! of it holds the lock that requests take while it waits.

use std::io;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use super::scan::COMMITTED;
use super::shared::SharedLog;
use super::{disk, segment};

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
        if let Err(error) = self.flush_current() {
            drop(self.fail("flush", &error));
            return;
        }
        let full = self.writer().wants_roll();
        if full && let Err(error) = self.roll() {
            drop(self.fail("begin a new segment of", &error));
        }
    }

    /// Continues in a new segment. Requests go on writing all the while: into the old one until the switch, which is one
    /// small write under the lock, and into the new one from then on. The new segment gets its name, and what is in it
    /// counts as flushed, when all that was written before it is on the disk; what a crash leaves until then is sorted
    /// out by [`super::recover`].
    fn roll(&self) -> io::Result<()> {
        let full = |error: &io::Error| error.kind() == io::ErrorKind::StorageFull;
        let next = match segment::prepare(&*self.disk, &self.dir) {
            Ok(next) => Arc::new(next),
            // The old segment grows until there is space for another one.
            Err(error) if full(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let (old, first) = {
            let mut writer = self.writer();
            let old = writer.file();
            match writer.switch(Arc::clone(&next)) {
                Ok(first) => (old, first),
                Err(error) if full(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        };
        self.disk.flush(&old)?;
        let last = self.writer().last_sequence();
        self.disk.flush(&next)?;
        segment::name(&*self.disk, &self.dir, first)?;
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
            while self.writer().carry(oldest, CARRIED_AT_ONCE)? {}
            gone.push(self.writer().release_oldest());
        }
        if gone.is_empty() {
            return Ok(());
        }
        // What the intents in them came to must not be lost with them: outcomes that are not on the disk yet, and intents
        // that were carried over.
        self.flush_current()?;
        gone.iter().try_for_each(|path| self.disk.remove(path))
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

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
