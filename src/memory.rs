//! How much memory there is: the container's limit, or the machine's.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::values;

/// A machine that does not say how much it has.
const UNKNOWN: usize = 1 << 30;

/// What a flag says about memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryLimit {
    Bytes(usize),
    /// Of what the container or the machine has.
    Percent(usize),
}

impl FromStr for MemoryLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(percent) = text.strip_suffix('%') else { return values::memory_size(text).map(Self::Bytes) };
        let percent = percent.trim().parse().ok().filter(|it| (1..=100).contains(it));
        percent.map(Self::Percent).ok_or_else(|| "write a share as `1%` to `100%`".to_owned())
    }
}

impl MemoryLimit {
    /// In bytes, on this machine.
    pub fn bytes(self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Percent(percent) => available(Path::new("/")).unwrap_or(UNKNOWN) / 100 * percent,
        }
    }
}

/// The least of what the control groups of this process and the machine allow.
fn available(root: &Path) -> Option<usize> {
    let groups = fs::read_to_string(root.join("proc/self/cgroup")).unwrap_or_default();
    let limits = groups.lines().flat_map(|line| limits(root, line));
    limits.chain(machine(root)).chain(address_space(root)).min()
}

/// What `ulimit -v` or `LimitAS=` leaves to this process.
fn address_space(root: &Path) -> Option<usize> {
    let text = fs::read_to_string(root.join("proc/self/limits")).ok()?;
    let line = text.lines().find_map(|it| it.strip_prefix("Max address space"))?;
    // `unlimited` is no number.
    line.split_whitespace().next()?.parse().ok()
}

/// The limits of one control group and all above it. Version 2 has the line `0::/path`, version 1 one with `memory` in it; a
/// container often sees its own group as the root, whatever the line says.
fn limits(root: &Path, line: &str) -> Vec<usize> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { return Vec::new() };
    let (base, file) = match controllers {
        "" => (root.join("sys/fs/cgroup"), "memory.max"),
        it if it.split(',').any(|it| it == "memory") => (root.join("sys/fs/cgroup/memory"), "memory.limit_in_bytes"),
        _ => return Vec::new(),
    };
    let group: PathBuf = base.join(path.trim_start_matches('/'));
    let above = group.ancestors().take_while(|it| it.starts_with(&base)).map(Path::to_path_buf);
    // `max` is no number, and no limit either.
    above.filter_map(|it| fs::read_to_string(it.join(file)).ok()?.trim().parse().ok()).collect()
}

fn machine(root: &Path) -> Option<usize> {
    let text = fs::read_to_string(root.join("proc/meminfo")).ok()?;
    let line = text.lines().find_map(|it| it.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok().map(|it| it * 1024)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use super::{MemoryLimit, available};

    #[test]
    fn sizes_and_shares_are_read() {
        assert_eq!("512MiB".parse(), Ok(MemoryLimit::Bytes(512 << 20)));
        assert_eq!("40%".parse(), Ok(MemoryLimit::Percent(40)));
        for wrong in ["0%", "101%", "%", "much"] {
            assert!(wrong.parse::<MemoryLimit>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_narrowest_group_counts_whatever_its_version() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(available(dir.path()), None);
        write("proc/meminfo", "MemFree: 1 kB\nMemTotal:       8388608 kB\n");
        assert_eq!(available(dir.path()), Some(8 << 30));
        write("proc/self/cgroup", "0::/kube/pod/box\n");
        write("sys/fs/cgroup/kube/pod/box/memory.max", "max\n");
        assert_eq!(available(dir.path()), Some(8 << 30));
        write("sys/fs/cgroup/kube/memory.max", "2147483648\n");
        assert_eq!(available(dir.path()), Some(2 << 30));
        write(
            "proc/self/limits",
            "Limit  Soft Limit  Hard Limit  Units\nMax address space  unlimited  unlimited  bytes\n",
        );
        assert_eq!(available(dir.path()), Some(2 << 30));
        write("proc/self/limits", "Max address space         734003200            unlimited            bytes\n");
        assert_eq!(available(dir.path()), Some(700 << 20));
        fs::remove_file(dir.path().join("proc/self/limits")).unwrap();
        // Seen from within, the container is the root.
        write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
        assert_eq!(available(dir.path()), Some(1 << 30));
    }
}
