use std::sync::Arc;
use std::time::Instant;

use super::device::Device;
use super::{event, options, outcome};
use crate::usage_log::{FileSystem, LogOptions, UsageLog};

#[test]
fn a_request_asks_nothing_of_the_disk_that_waits_for_the_device() {
    let dir = tempfile::tempdir().unwrap();
    let device = Arc::new(Device::default());
    let (log, _shared) = UsageLog::open_unattended(device.clone(), &options(dir.path())).unwrap();
    // From here on each of its operations fails.
    device.set_fuse(Some(0));
    for _ in 0..50 {
        log.begin(&event("a")).unwrap().settle(&outcome("a"));
        log.append(&outcome("b"));
    }
    assert_eq!(log.unsent(), 100);
}

/// What both writes together take, which are on the path of every request: `cargo test --release -p data-plane --lib
/// begin_and_settle -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn begin_and_settle() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _delivery) = UsageLog::open(Arc::new(FileSystem), &LogOptions::new(dir.path())).unwrap();
    let (intent, outcome) = (event("0b9d5b1e-0000-4000-8000-000000000000"), outcome("0b9d5b1e"));
    let began = Instant::now();
    for _ in 0..100_000 {
        log.begin(&intent).unwrap().settle(&outcome);
    }
    println!("begin and settle: {:?}", began.elapsed() / 100_000);
}
