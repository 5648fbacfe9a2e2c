//! A disk that tells before each of its operations, waits to be let go on, and may lose its power instead.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use proptest::prelude::prop;

use crate::usage_log::disk::{Disk, FileSystem};
use crate::usage_log::segment;

/// What a disk is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Create,
    Flush,
    Rename,
    FlushNames,
    Remove,
    /// Whoever uses the disk is done.
    Done,
}

#[derive(Default)]
pub struct Device {
    script: Mutex<Option<(SyncSender<Step>, Receiver<bool>)>>,
    /// Operations until the power fails.
    fuse: Mutex<Option<usize>>,
    state: Mutex<State>,
}

/// What a power failure would leave.
#[derive(Default)]
struct State {
    /// How much of each segment is on the disk, by its first sequence.
    flushed: BTreeMap<u64, u64>,
    /// A new name that may be the old one again.
    renamed: Option<(PathBuf, PathBuf)>,
    /// Files that may be there again.
    removed: Vec<(PathBuf, Vec<u8>)>,
}

impl Device {
    /// From now on every step is told and waits for its verdict: whether there is power.
    pub fn interpose(&self) -> (SyncSender<Step>, Receiver<Step>, SyncSender<bool>) {
        let (told, steps) = sync_channel(0);
        let (verdict, verdicts) = sync_channel(0);
        *self.script.lock().unwrap() = Some((told.clone(), verdicts));
        (told, steps, verdict)
    }

    pub fn release(&self) {
        *self.script.lock().unwrap() = None;
    }

    /// The power fails after so many operations; `None`: it does not.
    pub fn set_fuse(&self, operations: Option<usize>) {
        *self.fuse.lock().unwrap() = operations;
    }

    /// How much of a segment no power failure takes away.
    pub fn flushed(&self, first: u64) -> u64 {
        self.state.lock().unwrap().flushed.get(&first).copied().unwrap_or_default()
    }

    /// A power failure undoes what was done to names and is not flushed: `kept` of the files that were removed stay so.
    pub fn undo_names(&self, kept: prop::sample::Index) {
        let mut state = self.state.lock().unwrap();
        if let Some((from, to)) = state.renamed.take() {
            fs::rename(to, from).unwrap();
        }
        let kept = kept.index(state.removed.len() + 1);
        for (path, content) in state.removed.drain(..).skip(kept) {
            fs::write(path, content).unwrap();
        }
    }

    /// Another segment may start with the same number as one that never got its name.
    fn forget(&self, path: &Path) {
        if path.ends_with(segment::UNNAMED)
            && let Some(first) = File::open(path).ok().and_then(|it| first_of(&it))
        {
            self.state.lock().unwrap().flushed.remove(&first);
        }
    }

    fn step(&self, step: Step) -> io::Result<()> {
        if let Some((told, verdicts)) = &*self.script.lock().unwrap() {
            told.send(step).unwrap();
            if !verdicts.recv().unwrap() {
                return Err(io::Error::other("the power failed"));
            }
        }
        match &mut *self.fuse.lock().unwrap() {
            Some(0) => Err(io::Error::other("the power failed")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Disk for Device {
    fn create(&self, path: &Path) -> io::Result<File> {
        self.step(Step::Create)?;
        self.forget(path);
        self.state.lock().unwrap().removed.retain(|it| it.0 != path);
        FileSystem.create(path)
    }

    fn flush(&self, file: &File) -> io::Result<()> {
        self.step(Step::Flush)?;
        if let Some(first) = first_of(file) {
            self.state.lock().unwrap().flushed.insert(first, file.metadata()?.len());
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Step::Rename)?;
        FileSystem.rename(from, to)?;
        if to.extension().is_some_and(|it| it == "log") {
            self.state.lock().unwrap().renamed = Some((from.to_owned(), to.to_owned()));
        }
        Ok(())
    }

    fn flush_names(&self, _: &Path) -> io::Result<()> {
        self.step(Step::FlushNames)?;
        let mut state = self.state.lock().unwrap();
        state.renamed = None;
        state.removed.clear();
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(Step::Remove)?;
        let content = fs::read(path)?;
        self.forget(path);
        fs::remove_file(path)?;
        self.state.lock().unwrap().removed.push((path.to_owned(), content));
        Ok(())
    }
}

/// The first sequence of a segment; `None`: it has no header yet, or is none.
fn first_of(file: &File) -> Option<u64> {
    let mut header = [0; segment::HEADER_BYTES];
    file.read_exact_at(&mut header, 0).ok()?;
    Some(u64::from_le_bytes(header[16..24].try_into().unwrap()))
}
