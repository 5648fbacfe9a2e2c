//! Segment files: `<first sequence>.log`, each a header and records. A segment gets its name when the one before it, and
//! its own header, are on the disk; until then the log is continued in `next.tmp`.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::disk::Disk;

const MAGIC: &[u8; 8] = b"SRUSAGE1";
/// A segment before it has its name.
pub(super) const UNNAMED: &str = "next.tmp";
/// Magic, epoch, first sequence, checksum.
pub(super) const HEADER_BYTES: usize = 28;

/// A segment of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// The sequence of the first outcome that is, or will be, in it.
    pub first: u64,
    /// Where it is, or will be as soon as it has its name.
    pub path: PathBuf,
    /// Its size so far.
    pub bytes: u64,
}

impl Segment {
    /// An empty one in a file that was prepared for it. One small write, no flush.
    pub(super) fn begin(file: &File, dir: &Path, epoch: u64, first: u64) -> io::Result<Self> {
        file.write_all_at(&header(epoch, first), 0)?;
        Ok(Self { first, path: path(dir, first), bytes: HEADER_BYTES as u64 })
    }
}

/// A file for the segment to come.
pub(super) fn prepare(disk: &dyn Disk, dir: &Path) -> io::Result<File> {
    disk.create(&dir.join(UNNAMED))
}

/// Gives the prepared file its name, which makes it part of the log for good. Its header and all of the segment before it
/// are on the disk.
pub(super) fn name(disk: &dyn Disk, dir: &Path, first: u64) -> io::Result<()> {
    disk.rename(&dir.join(UNNAMED), &path(dir, first))?;
    disk.flush_names(dir)
}

/// Creates a log's first segment.
pub(super) fn create(disk: &dyn Disk, dir: &Path, epoch: u64) -> io::Result<(Segment, File)> {
    let file = prepare(disk, dir)?;
    let segment = Segment::begin(&file, dir, epoch, 1)?;
    disk.flush(&file)?;
    name(disk, dir, segment.first)?;
    Ok((segment, file))
}

/// Where the segment that starts with `first` is.
pub(super) fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.log"))
}

/// All segments of a directory that have their names, in order, by name alone.
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

/// What stands in the file of the segment to come, if that segment starts with `first`.
pub(super) fn read_unnamed(dir: &Path, epoch: u64, first: u64) -> io::Result<Option<Vec<u8>>> {
    match fs::read(dir.join(UNNAMED)) {
        Ok(bytes) => Ok(header_matches(&bytes, epoch, first).then_some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
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
