//! Segment files: `<first sequence>.log`, each a header and records. A segment is complete with its header before it
//! gets its name, and the one before it is flushed before it exists.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::sync::files;

const MAGIC: &[u8; 8] = b"SRUSAGE1";
/// A segment before it has its name.
pub(super) const TEMPORARY: &str = "next.tmp";
/// Magic, epoch, first sequence, checksum.
pub(super) const HEADER_BYTES: usize = 28;

/// A segment of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The sequence of the first outcome that is, or will be, in it.
    pub first: u64,
    pub path: PathBuf,
    /// Its size so far.
    pub bytes: u64,
}

/// Creates an empty segment and flushes its name.
pub(super) fn create(dir: &Path, epoch: u64, first: u64) -> io::Result<(Segment, File)> {
    let path = path(dir, first);
    let temporary = dir.join(TEMPORARY);
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(&header(epoch, first))?;
    file.sync_all()?;
    fs::rename(&temporary, &path)?;
    files::sync_dir(dir)?;
    Ok((Segment { first, path, bytes: HEADER_BYTES as u64 }, file))
}

/// Where the segment that starts with `first` is.
pub(super) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.log"))
}

/// All segments of a directory in order, by name alone.
pub(super) fn list(dir: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let first = name.to_str().and_then(|name| name.strip_suffix(".log")).and_then(|name| name.parse().ok());
        if let Some(first) = first {
            segments.push(Segment { first, path: entry.path(), bytes: entry.metadata()?.len() });
        }
    }
    segments.sort_by_key(|it| it.first);
    Ok(segments)
}

/// Whether `bytes` start with the header that this segment must have.
pub(super) fn header_matches(bytes: &[u8], epoch: u64, first: u64) -> bool {
    bytes.get(..HEADER_BYTES) == Some(&header(epoch, first)[..])
}

fn header(epoch: u64, first: u64) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[8..16].copy_from_slice(&epoch.to_le_bytes());
    header[16..24].copy_from_slice(&first.to_le_bytes());
    let checksum = crc32fast::hash(&header[..24]);
    header[24..].copy_from_slice(&checksum.to_le_bytes());
    header
}
