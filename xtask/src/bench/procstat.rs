//! What the kernel accounts to a process and its children.

use std::fs;

/// CPU seconds, user and system, of a process and all its descendants.
pub fn cpu_seconds(pid: u32) -> f64 {
    tree(pid).into_iter().filter_map(own_cpu_seconds).sum()
}

/// Hundredths of a second of CPU in a process and all its descendants: their own, and the kernel's for them.
pub fn user_and_kernel_ticks(pid: u32) -> (u64, u64) {
    let ticks = tree(pid).into_iter().filter_map(own_ticks);
    ticks.fold((0, 0), |(user, kernel), own| (user + own.0, kernel + own.1))
}

fn own_ticks(pid: u32) -> Option<(u64, u64)> {
    // The command's name, in parentheses, may hold spaces; behind it `utime` is the 12th field and `stime` the 13th (proc(5)).
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).map(|it| it.parse().ok());
    Some((fields.next()??, fields.next()??))
}

/// Resident memory of a process and all its descendants, KiB.
pub fn resident_kib(pid: u32) -> u64 {
    tree(pid).into_iter().map(|pid| status_kib(pid, "VmRSS:")).sum()
}

/// The most that was ever resident, KiB.
pub fn peak_kib(pid: u32) -> u64 {
    tree(pid).into_iter().map(|pid| status_kib(pid, "VmHWM:")).sum()
}

fn tree(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut next = 0;
    while next < found.len() {
        let children = format!("/proc/{0}/task/{0}/children", found[next]);
        let text = fs::read_to_string(children).unwrap_or_default();
        found.extend(text.split_whitespace().filter_map(|it| it.parse::<u32>().ok()));
        next += 1;
    }
    found
}

/// `/proc/<pid>/schedstat` counts nanoseconds; `/proc/<pid>/stat` only hundredths of a second.
fn own_cpu_seconds(pid: u32) -> Option<f64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let nanoseconds = tasks.filter_map(|task| {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Some(nanoseconds.sum::<u64>() as f64 / 1e9)
}

fn status_kib(pid: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
