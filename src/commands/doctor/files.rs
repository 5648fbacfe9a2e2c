//! The data dirs as directories: what is in them, who may read it, and how much room there is.

use std::fs::{self, Metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::finding::Finding;

/// What only a control plane keeps.
const CONTROL_PLANE: [&str; 3] = ["control-plane.db", "master.key", "admin.json"];
/// What only a router keeps.
const ROUTER: [&str; 3] = ["node.json", "snapshots", "usage"];
/// What nobody else may read.
const SECRETS: [&str; 5] = ["admin.json", "master.key", "node.json", "node.next.json", "control-plane.db"];

const MEBIBYTE: u64 = 1 << 20;
const GIBIBYTE: u64 = 1 << 30;
/// A router's usage log may grow to 1 GiB unless it is told otherwise.
const COMFORTABLE_BYTES: u64 = GIBIBYTE;
const LEAST_BYTES: u64 = 64 * MEBIBYTE;

/// Whether a control plane keeps its state there.
pub fn is_control_plane(dir: &Path) -> bool {
    CONTROL_PLANE.iter().any(|name| dir.join(name).exists())
}

/// Where a router keeps its state: there, or below as a standalone's does.
pub fn router_dir(dir: &Path) -> Option<PathBuf> {
    let holds = |dir: &PathBuf| ROUTER.iter().any(|name| dir.join(name).exists());
    [dir.to_owned(), dir.join("router")].into_iter().find(holds)
}

/// There is no state to check.
pub fn nothing_in(dir: &Path) -> Finding {
    let name = dir.display();
    let what = match fs::metadata(dir) {
        Err(error) => format!("{name} cannot be opened: {error}"),
        Ok(found) if !found.is_dir() => format!("{name} is not a directory"),
        Ok(_) => format!("{name} holds the state of neither a control plane nor a router"),
    };
    Finding::failed(
        "data dir",
        format!("{what}; name the right one with --data-dir, or make one by starting `smart-router`"),
    )
}

/// Whether others may enter a data dir.
pub fn directory(dir: &Path) -> Finding {
    let name = dir.display();
    match fs::metadata(dir) {
        Err(error) => Finding::failed("data dir", format!("{name}: {error}; check its owner and mode")),
        Ok(found) if is_open(&found) => {
            let mode = mode(&found);
            Finding::warning(
                "data dir",
                format!("{name} has mode {mode:04o}: others may enter it; run `chmod 700 {name}`"),
            )
        }
        Ok(found) => Finding::ok("data dir", format!("{name}, mode {:04o}", mode(&found))),
    }
}

/// Whether others may read a file with a secret. All that are in order share one line.
pub fn secrets<'a>(dirs: impl Iterator<Item = &'a Path>) -> Vec<Finding> {
    let (mut private, mut findings) = (Vec::new(), Vec::new());
    for path in dirs.flat_map(|dir| SECRETS.map(|name| dir.join(name))) {
        let Ok(found) = fs::metadata(&path) else { continue };
        let name = path.display();
        if is_open(&found) {
            let text = format!("{name} has mode {:04o}: others may open it; run `chmod 600 {name}`", mode(&found));
            findings.push(Finding::failed("secret files", text));
        } else if let Some(name) = path.file_name() {
            private.push(name.to_string_lossy().into_owned());
        }
    }
    if !private.is_empty() {
        findings.push(Finding::ok("secret files", format!("only their owner may open {}", private.join(", "))));
    }
    findings
}

/// How much may still be written, once for each file system.
pub fn space<'a>(dirs: impl Iterator<Item = &'a Path>) -> Vec<Finding> {
    let mut seen = Vec::new();
    let mut findings = Vec::new();
    for dir in dirs {
        let device = fs::metadata(dir).map(|it| it.dev()).ok();
        if !seen.contains(&device) {
            seen.push(device);
            findings.push(space_of(dir));
        }
    }
    findings
}

fn space_of(dir: &Path) -> Finding {
    let name = dir.display();
    let free = match rustix::fs::statvfs(dir) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => return Finding::failed("disk space", format!("{name}: {error}; check its owner and mode")),
    };
    let left = format!("{} left for {name}", size(free));
    let why = "the database, and unsent usage up to --usage-log-bytes, need it; make room";
    if free < LEAST_BYTES {
        Finding::failed("disk space", format!("{left}: {why}"))
    } else if free < COMFORTABLE_BYTES {
        Finding::warning("disk space", format!("{left}: {why}"))
    } else {
        Finding::ok("disk space", left)
    }
}

/// Bytes for people.
pub fn size(bytes: u64) -> String {
    let units = [(GIBIBYTE, "GiB"), (MEBIBYTE, "MiB"), (1 << 10, "KiB")];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    unit.map_or_else(|| format!("{bytes} B"), |(unit, name)| format!("{:.1} {name}", bytes as f64 / unit as f64))
}

fn mode(found: &Metadata) -> u32 {
    found.permissions().mode() & 0o7777
}

fn is_open(found: &Metadata) -> bool {
    mode(found) & 0o077 != 0
}
