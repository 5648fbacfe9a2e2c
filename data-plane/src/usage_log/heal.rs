//! Files of the log that vanish while it is written to, because somebody deleted, moved or replaced them: the log goes on
//! under the same epoch. What is being written to is still open, and is written again under its name; of older segments
//! that are gone, the events that were not delivered are lost, and that is told.

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Arc, PoisonError};

use super::segment;
use super::shared::{SharedLog, lock};
use crate::sync::files;

/// What is copied at once.
const CHUNK: usize = 256 << 10;
/// What is moved out of the way is renamed to.
const SET_ASIDE: &str = "stranded";

/// What is not where it was.
struct Vanished {
    /// Segments, from the oldest to the last one that is gone, that are no use any more.
    older: usize,
    /// What was found first.
    why: String,
}

impl SharedLog {
    /// Looks whether the files are still there, because what is written to a file without a name is gone at the next start, and
    /// writes them again. Settles what found no room before.
    pub(super) fn look(&self) {
        let _turn = self.turn();
        if self.has_failed() {
            return;
        }
        self.restore();
        self.settle_owed();
    }

    /// The caller has the turn, so that every segment has its name.
    pub(super) fn restore(&self) {
        // Whoever may not look knows nothing.
        let Ok(Some(missing)) = self.missing() else { return self.set_missing(None) };
        match self.write_again(&missing) {
            Ok(lost) => {
                let lost = (lost > 0).then(|| format!("{lost} events that were not delivered are lost"));
                let lost = lost.as_deref().unwrap_or("nothing is lost");
                tracing::error!("{}; the usage log was written again, {lost}", missing.why);
                self.set_missing(None);
            }
            Err(error) => self.set_missing(Some(format!("{}, and it cannot be written again: {error}", missing.why))),
        }
    }

    fn missing(&self) -> io::Result<Option<Vanished>> {
        let (file, paths) = {
            let writer = self.writer();
            (writer.file(), writer.paths())
        };
        let Some((current, older)) = paths.split_last() else { return Ok(None) };
        let mut missing = None;
        for (index, path) in older.iter().enumerate() {
            if !is_there(path)? {
                missing = Some(Vanished { older: index + 1, why: format!("{} vanished", path.display()) });
            }
        }
        if missing.is_none() && !is_there(current)? {
            missing = Some(Vanished { older: 0, why: format!("{} vanished", current.display()) });
        } else if missing.is_none() && !is_same(current, &file)? {
            let why = format!("{} is another file than the one that is written to", current.display());
            missing = Some(Vanished { older: 0, why });
        }
        Ok(missing)
    }

    /// Returns how many events are lost.
    fn write_again(&self, missing: &Vanished) -> io::Result<u64> {
        files::private_dir(&self.dir)?;
        self.lock_again()?;
        let lost = self.give_up(missing.older)?;
        self.copy_current()?;
        self.disk.flush_names(self.usage_dir())?;
        // The next start does not take them for missing once more.
        self.note_committed()?;
        Ok(lost)
    }

    /// Goes on without the oldest segments. Open intents in them are still known.
    fn give_up(&self, segments: usize) -> io::Result<u64> {
        for _ in 0..segments {
            let oldest = self.writer().first();
            self.carry_all(oldest)?;
            let path = self.writer().release_oldest();
            if path.exists() {
                fs::rename(&path, path.with_extension(SET_ASIDE))?;
            }
        }
        let before_first = self.oldest();
        let mut lost = 0;
        self.committed.send_if_modified(|it| {
            lost = before_first.saturating_sub(*it);
            *it = before_first.max(*it);
            lost > 0
        });
        self.count_lost(lost);
        Ok(lost)
    }

    /// Writes the current segment again under its name.
    fn copy_current(&self) -> io::Result<()> {
        let (file, path) = {
            let writer = self.writer();
            (writer.file(), writer.current_path())
        };
        let unnamed = self.dir.join(segment::UNNAMED);
        let file = if is_there(&unnamed)? && is_same(&unnamed, &file)? {
            // An attempt before this one came so far.
            file
        } else if is_there(&path)? && is_same(&path, &file)? {
            return Ok(());
        } else {
            let again = Arc::new(self.disk.create(&unnamed)?);
            let whole = self.writer().current_bytes();
            copy(&file, &again, 0..whole)?;
            // Nobody waits for the device while what was appended meanwhile follows.
            let mut writer = self.writer();
            copy(&file, &again, whole..writer.current_bytes())?;
            writer.replace_file(Arc::clone(&again));
            drop(writer);
            again
        };
        let last = self.writer().last_sequence();
        self.disk.flush(&file)?;
        if is_there(&path)? {
            fs::rename(&path, path.with_extension(SET_ASIDE))?;
        }
        self.disk.rename(&unnamed, &path)?;
        self.disk.flush_names(&self.dir)?;
        self.flushed.send_replace(last);
        Ok(())
    }

    /// A second router is kept out by a file that may have vanished, too.
    fn lock_again(&self) -> io::Result<()> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.usage_dir().join("lock");
        if !is_there(&path)? || !is_same(&path, &held)? {
            *held = lock(self.usage_dir()).map_err(io::Error::other)?;
        }
        Ok(())
    }

    fn usage_dir(&self) -> &Path {
        self.dir.parent().unwrap_or(&self.dir)
    }
}

fn is_there(path: &Path) -> io::Result<bool> {
    match path.try_exists() {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Ok(false),
        found => found,
    }
}

fn is_same(path: &Path, file: &File) -> io::Result<bool> {
    let identity = |it: &fs::Metadata| (it.dev(), it.ino());
    Ok(identity(&fs::metadata(path)?) == identity(&file.metadata()?))
}

fn copy(from: &File, to: &File, part: Range<u64>) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    let mut offset = part.start;
    while offset < part.end {
        let length = CHUNK.min(usize::try_from(part.end - offset).unwrap_or(CHUNK));
        from.read_exact_at(&mut chunk[..length], offset)?;
        to.write_all_at(&chunk[..length], offset)?;
        offset += length as u64;
    }
    Ok(())
}
