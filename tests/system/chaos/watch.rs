//! Memory and descriptors of processes, looked at while nothing is asked of them.

use std::collections::BTreeMap;
use std::fs;

use super::installation::Installation;

/// What a process may have more of at the end than at the beginning.
const DESCRIPTORS: u64 = 48;
const MEBIBYTES: u64 = 64;
/// Fewer looks say nothing.
const LOOKS: usize = 4;

#[derive(Default)]
pub struct Watch {
    /// By the process's name and number.
    seen: BTreeMap<(String, u32), Vec<Look>>,
}

/// How much there was.
#[derive(Clone, Copy)]
pub struct Look {
    pub descriptors: u64,
    pub mebibytes: u64,
}

/// A process's first and last looks; the first is the larger one of its first two.
pub struct Course {
    pub name: String,
    pub looks: usize,
    pub first: Look,
    pub last: Look,
    pub most: Look,
}

impl Watch {
    pub fn look(&mut self, installation: &Installation) {
        for member in installation.members() {
            let Some((pid, look)) = member.pid().and_then(|pid| Some((pid, look(pid)?))) else { continue };
            self.seen.entry((member.name.clone(), pid)).or_default().push(look);
        }
    }

    /// Processes that lived long enough to say something.
    pub fn courses(&self) -> Vec<Course> {
        let long = self.seen.iter().filter(|(_, looks)| looks.len() >= LOOKS);
        long.map(|((name, _), looks)| Course {
            name: name.clone(),
            looks: looks.len(),
            first: most(&looks[..2]),
            last: looks[looks.len() - 1],
            most: most(looks),
        })
        .collect()
    }

    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for Course { name, first, last, .. } in self.courses() {
            if last.descriptors > first.descriptors + DESCRIPTORS {
                failures.push(format!("{name} had {} descriptors, and has {}", first.descriptors, last.descriptors));
            }
            if last.mebibytes > first.mebibytes + MEBIBYTES {
                failures.push(format!("{name} had {} MiB, and has {}", first.mebibytes, last.mebibytes));
            }
        }
        failures
    }
}

fn most(looks: &[Look]) -> Look {
    let most = |of: fn(&Look) -> u64| looks.iter().map(of).max().unwrap_or(0);
    Look { descriptors: most(|it| it.descriptors), mebibytes: most(|it| it.mebibytes) }
}

/// Of a process that runs.
fn look(pid: u32) -> Option<Look> {
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as u64;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(Look { descriptors, mebibytes: kibibytes / 1024 })
}
