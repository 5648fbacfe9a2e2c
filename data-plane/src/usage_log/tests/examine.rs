use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::device::Device;
use super::{event, open, options, outcome};
use crate::usage_log::{ExaminedLog, OpenError, UsageLog, examine};

/// Every file below a directory with its content.
fn content(dir: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(content(&path));
        } else {
            files.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    files.sort();
    files
}

#[test]
fn what_was_delivered_can_be_noted_by_several_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, shared) = open(&options(dir.path()));
    std::thread::scope(|scope| {
        let noting = || (0..50).try_for_each(|_| shared.note_committed());
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(noting)).collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
}

#[test]
fn a_log_in_use_is_examined_and_nothing_changes() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    assert_eq!(examine(&options.dir).unwrap(), None);
    let (log, shared) = open(&options);
    while shared.writer().segment_count() < 3 {
        log.append(&outcome("a"));
        shared.flush();
    }
    shared.commit(1);
    shared.remember_committed();
    let under_way = log.begin(&event("b")).unwrap();
    let before = content(dir.path());
    let found = examine(&options.dir).unwrap().unwrap();
    let segments = shared.writer().segment_count();
    let expected = ExaminedLog { epoch: shared.epoch, segments, bytes: shared.used(), unsent: log.unsent(), open: 1 };
    assert_eq!(found, expected);
    assert_eq!(content(dir.path()), before);
    under_way.settle(&outcome("b"));
    assert_eq!(examine(&options.dir).unwrap().unwrap().open, 0);
}

#[test]
fn a_torn_end_is_no_damage_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (log, shared) = open(&options);
    log.append(&outcome("a"));
    log.append(&outcome("b"));
    let path = shared.writer().current_segment().path.clone();
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 3]).unwrap();
    assert_eq!(examine(&options.dir).unwrap().unwrap().unsent, 1);
    assert_eq!(fs::read(&path).unwrap().len(), whole.len() - 3, "it was not cut off");
}

#[test]
fn every_flipped_byte_before_the_last_record_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (log, shared) = open(&options);
    log.append(&outcome("a"));
    let end_of_first = shared.used() as usize;
    log.append(&outcome("b"));
    let path = shared.writer().current_segment().path.clone();
    let good = fs::read(&path).unwrap();
    for at in 0..end_of_first {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(&path, &bad).unwrap();
        let error = examine(&options.dir).unwrap_err();
        assert!(matches!(error, OpenError::Damaged { .. }), "byte {at}: {error}");
        assert_eq!(fs::read(&path).unwrap(), bad);
    }
}

#[test]
fn a_log_that_is_written_rolled_and_delivered_meanwhile_is_never_called_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    // Without real flushes, which would take most of the time.
    let (log, shared) = UsageLog::open_unattended(Arc::new(Device::default()), &options).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..2_000 {
                log.begin(&event("a")).unwrap().settle(&outcome("a"));
                shared.flush();
                shared.commit(shared.last());
                shared.remember_committed();
            }
            done.store(true, Ordering::SeqCst);
        });
        let mut examined = 0;
        while !done.load(Ordering::SeqCst) {
            // Segments that come and go faster than any disk's may outrun it; what it reads is never called damaged.
            match examine(&options.dir) {
                Ok(_) => examined += 1,
                Err(error) => assert!(matches!(error, OpenError::Io { .. }), "{error}"),
            }
        }
        assert!(examined > 0);
    });
}
