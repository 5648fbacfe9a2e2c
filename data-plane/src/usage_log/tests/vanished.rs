use std::fs;
use std::sync::Arc;

use super::{NO_ROOM_AT_START, delivered, event, open, options, outcome};
use crate::usage_log::scan;
use crate::usage_log::shared::SharedLog;
use crate::usage_log::{FileSystem, LogOptions, LogRefusal, LogState, UsageLog, WhenFull};

#[test]
fn a_directory_that_vanished_is_written_again_with_all_that_was_being_written() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (log, shared) = open(&options);
    log.begin(&event("before")).unwrap().settle(&outcome("before"));
    let open_one = log.begin(&event("during")).unwrap();
    shared.flush();
    fs::remove_dir_all(&options.dir).unwrap();
    log.append(&outcome("unseen"));
    shared.look();
    assert_eq!((log.state(), log.lost()), (LogState::Accepting, 0));
    open_one.settle(&outcome("during"));
    log.begin(&event("killed")).unwrap().forget();
    shared.flush();
    let ids =
        |shared: &SharedLog| -> Vec<String> { delivered(shared, 0).into_iter().map(|it| it.request_id).collect() };
    assert_eq!(ids(&shared), ["before", "unseen", "during"]);
    // A second router is kept out as before.
    assert!(UsageLog::open(Arc::new(FileSystem), &options).is_err());
    let epoch = shared.epoch;
    drop((log, shared));
    let (_log, shared) = open(&options);
    shared.flush();
    assert_eq!(shared.epoch, epoch);
    assert_eq!(ids(&shared), ["before", "unseen", "during", "killed"]);
}

#[test]
fn a_directory_that_was_moved_or_replaced_is_written_again() {
    for replaced in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let options = options(dir.path());
        let (log, shared) = open(&options);
        log.append(&outcome("before"));
        let path = shared.writer().current_segment().path.clone();
        let bytes = fs::read(&path).unwrap();
        fs::rename(&options.dir, dir.path().join("elsewhere")).unwrap();
        if replaced {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, bytes).unwrap();
        }
        shared.look();
        log.append(&outcome("after"));
        shared.flush();
        assert_eq!((log.state(), delivered(&shared, 0).len()), (LogState::Accepting, 2), "{replaced}");
        assert_eq!(path.with_extension("stranded").exists(), replaced, "what somebody put there is kept");
    }
}

#[test]
fn of_older_segments_that_vanished_the_events_are_lost_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (log, shared) = open(&options);
    let slow = log.begin(&event("slow")).unwrap();
    while shared.writer().segment_count() < 4 {
        log.append(&outcome("older"));
        shared.flush();
    }
    let paths = shared.writer().paths();
    fs::remove_file(&paths[1]).unwrap();
    shared.look();
    let (gone, kept) = (shared.oldest(), shared.writer().segment_count());
    assert_eq!((log.state(), kept), (LogState::Accepting, 2));
    assert!(gone > 0 && log.lost() == gone && paths[0].with_extension("stranded").exists());
    slow.settle(&outcome("slow"));
    shared.flush();
    let events = delivered(&shared, gone);
    assert_eq!(events.last().map(|it| it.request_id.as_str()), Some("slow"), "it was open in a segment that vanished");
    let (epoch, directory) = (shared.epoch, shared.dir.clone());
    drop((log, shared));
    assert_eq!(scan::epoch(epoch, &directory).unwrap().lost, None, "a start does not tell it once more");
}

#[test]
fn where_nothing_can_be_written_again_requests_are_refused_until_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (log, shared) = open(&options);
    log.append(&outcome("before"));
    fs::remove_dir_all(&options.dir).unwrap();
    fs::write(&options.dir, "in the way").unwrap();
    shared.look();
    assert_eq!(log.begin(&event("refused")).err(), Some(LogRefusal::Missing));
    assert!(matches!(log.state(), LogState::Failed(_)));
    fs::remove_file(&options.dir).unwrap();
    shared.look();
    log.begin(&event("after")).unwrap().settle(&outcome("after"));
    shared.flush();
    assert_eq!((log.state(), delivered(&shared, 0).len()), (LogState::Accepting, 2));
}

#[test]
fn the_logs_own_thread_looks_while_nothing_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (_log, _delivery) = UsageLog::open(Arc::new(FileSystem), &options).unwrap();
    fs::remove_dir_all(&options.dir).unwrap();
    while !options.dir.join("lock").exists() {
        std::thread::yield_now();
    }
}

#[test]
fn where_events_may_be_dropped_requests_are_served_without_a_log() {
    let dir = tempfile::tempdir().unwrap();
    let options = LogOptions { when_full: WhenFull::Drop, ..options(dir.path()) };
    let (log, shared) = open(&options);
    fs::remove_dir_all(&options.dir).unwrap();
    fs::write(&options.dir, "in the way").unwrap();
    shared.look();
    log.begin(&event("served")).unwrap().settle(&outcome("served"));
    assert_eq!((log.dropped(), log.state()), (1, LogState::Dropping));
}

#[test]
fn an_outcome_that_finds_no_room_waits_for_some() {
    let dir = tempfile::tempdir().unwrap();
    let (log, shared) = open(&options(dir.path()));
    let ticket = log.begin(&event("during")).unwrap();
    shared.writer().no_room = true;
    ticket.settle(&outcome("during"));
    shared.look();
    assert_eq!(log.state(), LogState::DiskFull);
    assert_eq!(log.begin(&event("refused")).err(), Some(LogRefusal::DiskFull));
    shared.writer().no_room = false;
    shared.look();
    assert_eq!(log.state(), LogState::Accepting);
    shared.flush();
    let events = delivered(&shared, 0);
    assert_eq!((events.len(), events[0].request_id.as_str(), events[0].code.as_str()), (1, "during", "ok"));
}

#[test]
fn a_log_opens_on_a_full_disk_and_settles_what_was_open_when_there_is_room() {
    for when_full in [WhenFull::Refuse, WhenFull::Drop] {
        let dir = tempfile::tempdir().unwrap();
        let options = LogOptions { when_full, ..options(dir.path()) };
        let (log, shared) = open(&options);
        for request in ["first", "second"] {
            log.begin(&event(request)).unwrap().forget();
        }
        drop((log, shared));
        NO_ROOM_AT_START.set(true);
        let (log, shared) = open(&options);
        NO_ROOM_AT_START.set(false);
        let refused = log.begin(&event("refused")).err();
        match when_full {
            WhenFull::Refuse => assert_eq!((log.state(), refused), (LogState::DiskFull, Some(LogRefusal::DiskFull))),
            WhenFull::Drop => assert_eq!((log.state(), refused, log.dropped()), (LogState::Dropping, None, 1)),
        }
        // Killed once more before there is room.
        drop((log, shared));
        NO_ROOM_AT_START.set(true);
        let (log, shared) = open(&options);
        NO_ROOM_AT_START.set(false);
        shared.writer().no_room = false;
        shared.look();
        assert_eq!(log.state(), LogState::Accepting);
        log.append(&outcome("later"));
        shared.flush();
        let mut found: Vec<_> = delivered(&shared, 0).into_iter().map(|it| (it.request_id, it.code)).collect();
        found.sort();
        let expected = [("first", "interrupted"), ("later", "ok"), ("second", "interrupted")];
        assert_eq!(found, expected.map(|(id, code)| (id.to_owned(), code.to_owned())));
        drop((log, shared));
        let (_, shared) = open(&options);
        assert_eq!(delivered(&shared, 0).len(), 3, "nothing is settled twice");
    }
}

#[test]
fn delivered_segments_are_let_go_without_room_for_what_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let (log, shared) = open(&options(dir.path()));
    let slow = log.begin(&event("slow")).unwrap();
    while shared.writer().segment_count() < 3 {
        log.append(&outcome("quick"));
        shared.flush();
    }
    shared.writer().no_room = true;
    shared.commit(shared.last());
    assert!(!shared.has_failed(), "nothing is carried, and nothing is broken");
    shared.writer().no_room = false;
    slow.settle(&outcome("slow"));
    shared.flush();
    shared.commit(shared.last());
    assert_eq!(shared.writer().segment_count(), 1);
}

#[test]
fn a_segment_that_cannot_be_created_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let (log, shared) = open(&options(dir.path()));
    let blocked = shared.dir.join("next.tmp");
    fs::create_dir(&blocked).unwrap();
    for _ in 0..50 {
        log.append(&outcome("meanwhile"));
        shared.flush();
    }
    assert_eq!((log.state(), shared.writer().segment_count()), (LogState::Accepting, 1));
    fs::remove_dir(&blocked).unwrap();
    log.append(&outcome("healed"));
    shared.flush();
    assert_eq!((shared.writer().segment_count(), delivered(&shared, 0).len()), (2, 51));
}

#[test]
fn a_start_tells_first_segments_that_vanished_from_those_that_were_let_go() {
    let dir = tempfile::tempdir().unwrap();
    let (log, shared) = open(&options(dir.path()));
    while shared.writer().segment_count() < 4 {
        log.append(&outcome("event"));
        shared.flush();
    }
    let paths = shared.writer().paths();
    let mut committed = 0;
    while paths[0].exists() {
        committed += 1;
        shared.commit(committed);
    }
    let (epoch, directory) = (shared.epoch, shared.dir.clone());
    drop((log, shared));
    assert_eq!(scan::epoch(epoch, &directory).unwrap().lost, None);
    let left = scan::epoch(epoch, &directory).unwrap().segments;
    fs::remove_file(&left[0].path).unwrap();
    let lost = scan::epoch(epoch, &directory).unwrap().lost.unwrap().to_string();
    assert!(lost.contains(&format!("events {} to", committed + 1)), "{lost}");
}
