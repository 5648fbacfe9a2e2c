use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::{delivered, event, open, options, outcome};
use crate::usage_log::segment::HEADER_BYTES;
use crate::usage_log::{FileSystem, LogOptions, OpenError, UsageLog};

/// A log of three segments; the last one has two events.
fn three_segments(options: &LogOptions) -> Vec<PathBuf> {
    let (log, shared) = open(options);
    while shared.writer().segment_count() < 3 {
        log.begin(&event("first")).unwrap().settle(&outcome("first"));
        shared.flush();
    }
    log.append(&outcome("second to last"));
    log.append(&outcome("last"));
    let mut paths: Vec<_> = fs::read_dir(&shared.dir).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths
}

fn refusal(options: &LogOptions) -> String {
    match UsageLog::open(Arc::new(FileSystem), options) {
        Err(error @ OpenError::Damaged { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("it opened"),
    }
}

#[test]
fn every_flipped_byte_of_an_older_segment_is_refused_with_file_and_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let older = three_segments(&options)[0].clone();
    let good = fs::read(&older).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        fs::write(&older, bad).unwrap();
        let message = refusal(&options);
        assert!(message.contains(older.to_str().unwrap()), "{message}");
        assert!(message.contains("smart-router doctor") && message.contains("move"), "{message}");
    }
    fs::write(&older, good).unwrap();
    UsageLog::open(Arc::new(FileSystem), &options).unwrap();
}

#[test]
fn an_older_segment_that_is_cut_short_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let older = three_segments(&options)[0].clone();
    let bytes = fs::read(&older).unwrap();
    fs::write(&older, &bytes[..bytes.len() - 1]).unwrap();
    assert!(refusal(&options).contains("cut short"));
}

#[test]
fn damage_before_other_records_of_the_last_segment_is_no_torn_end() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let last = three_segments(&options)[2].clone();
    let mut bytes = fs::read(&last).unwrap();
    bytes[HEADER_BYTES + 20] ^= 1;
    fs::write(&last, bytes).unwrap();
    assert!(refusal(&options).contains(&format!("byte {HEADER_BYTES}")));
}

#[test]
fn a_torn_end_is_cut_off_and_its_numbers_are_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let last = three_segments(&options)[2].clone();
    let bytes = fs::read(&last).unwrap();
    for (cut, zeros) in [(1, 0), (5, 0), (3, 500)] {
        let mut torn = bytes[..bytes.len() - cut].to_vec();
        torn.resize(torn.len() + zeros, 0);
        fs::write(&last, torn).unwrap();
        let (log, shared) = open(&options);
        let before = shared.last();
        log.append(&outcome("after the crash"));
        shared.flush();
        let events = delivered(&shared, before - 1);
        assert_eq!(events[0].request_id, "second to last");
        assert_eq!((events[1].request_id.as_str(), events[1].sequence), ("after the crash", before + 1));
    }
}

#[test]
fn a_missing_segment_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let paths = three_segments(&options);
    fs::remove_file(&paths[1]).unwrap();
    assert!(refusal(&options).contains("missing before it"));
}

#[test]
fn a_log_that_ends_before_what_was_delivered_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (log, shared) = open(&options);
    log.append(&outcome("a"));
    shared.flush();
    let before = fs::read(&shared.writer().current_segment().path).unwrap();
    log.append(&outcome("b"));
    shared.flush();
    shared.commit(2);
    shared.remember_committed();
    let path = shared.writer().current_segment().path.clone();
    drop((log, shared));
    fs::write(path, before).unwrap();
    assert!(refusal(&options).contains("event 2 was delivered"));
}

#[test]
fn moving_a_damaged_log_away_begins_a_new_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let paths = three_segments(&options);
    let epoch_dir = paths[0].parent().unwrap().to_path_buf();
    fs::rename(&epoch_dir, dir.path().join("damaged")).unwrap();
    let (log, shared) = open(&options);
    assert_ne!(shared.epoch.to_string(), epoch_dir.file_name().unwrap().to_str().unwrap());
    assert_eq!(log.unsent(), 0);
}

#[test]
fn two_logs_in_one_directory_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let paths = three_segments(&options);
    let other = options.dir.join("12345");
    fs::create_dir(&other).unwrap();
    fs::copy(&paths[0], other.join(paths[0].file_name().unwrap())).unwrap();
    let error = UsageLog::open(Arc::new(FileSystem), &options).err().unwrap().to_string();
    assert!(error.contains("12345") && error.contains("move all but the one"), "{error}");
}

#[test]
fn an_epoch_that_was_being_created_is_begun_again_but_nothing_foreign_is_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    fs::create_dir_all(options.dir.join("77")).unwrap();
    let (_, shared) = open(&options);
    assert_ne!(shared.epoch, 77);
    drop(shared);
    let foreign = options.dir.join("78");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("00000000000000000001.log.saved"), "precious").unwrap();
    assert!(UsageLog::open(Arc::new(FileSystem), &options).is_err());
    assert!(foreign.join("00000000000000000001.log.saved").exists());
}

#[test]
fn a_second_router_is_kept_out() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let _held = open(&options);
    let error = UsageLog::open(Arc::new(FileSystem), &options).err().unwrap();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
}
