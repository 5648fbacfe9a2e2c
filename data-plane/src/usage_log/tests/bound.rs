use std::fs::File;
use std::sync::Arc;

use super::{delivered, event, open, options, outcome};
use crate::usage_log::{LogRefusal, LogState, WhenFull};

#[test]
fn a_full_log_refuses_requests_and_still_settles_those_that_it_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let (log, shared) = open(&options(dir.path()));
    let mut tickets = Vec::new();
    let refusal = loop {
        match log.begin(&event("request")) {
            Ok(ticket) => tickets.push(ticket),
            Err(refusal) => break refusal,
        }
    };
    assert_eq!((refusal, log.state()), (LogRefusal::Full, LogState::Full));
    let accepted = tickets.len() as u64;
    let mut large = outcome("request");
    large.warnings = vec!["w".repeat(10 << 10)];
    for ticket in tickets {
        ticket.settle(&large);
    }
    shared.flush();
    assert_eq!(delivered(&shared, 0).len() as u64, accepted);
    assert!(log.used_bytes() <= 1 << 20, "the outcomes fit in the room that was kept for them");
}

#[test]
fn a_full_log_accepts_again_once_its_events_are_committed() {
    let dir = tempfile::tempdir().unwrap();
    let (log, shared) = open(&options(dir.path()));
    let mut count = 0;
    while let Ok(ticket) = log.begin(&event("request")) {
        let mut large = outcome("request");
        large.warnings = vec!["w".repeat(4 << 10)];
        ticket.settle(&large);
        shared.flush();
        count += 1;
    }
    assert_eq!(log.unsent(), count);
    shared.commit(count);
    assert_eq!((log.unsent(), log.state()), (0, LogState::Accepting));
    log.begin(&event("request")).unwrap().settle(&outcome("request"));
}

#[test]
fn a_full_log_that_may_drop_serves_and_counts() {
    let dir = tempfile::tempdir().unwrap();
    let (log, shared) = open(&crate::usage_log::LogOptions { when_full: WhenFull::Drop, ..options(dir.path()) });
    let mut tickets = Vec::new();
    while log.dropped() == 0 {
        tickets.push(log.begin(&event("request")).unwrap());
    }
    log.append(&outcome("without an upstream"));
    assert_eq!((log.dropped(), log.state()), (2, LogState::Dropping));
    let accepted = tickets.len() as u64 - 1;
    for ticket in tickets {
        ticket.settle(&outcome("request"));
    }
    assert_eq!(shared.last(), accepted);
}

#[test]
fn a_disk_without_room_is_told_apart_from_a_log_at_its_bound() {
    let dir = tempfile::tempdir().unwrap();
    let no_room = std::io::ErrorKind::StorageFull.into();
    for (when_full, expected) in [(WhenFull::Refuse, LogState::DiskFull), (WhenFull::Drop, LogState::Dropping)] {
        let (log, shared) = open(&crate::usage_log::LogOptions { when_full, ..options(dir.path()) });
        assert_eq!(log.state(), LogState::Accepting);
        shared.disk_is_full(&no_room);
        assert_eq!(log.state(), expected);
        log.begin(&event("there is room again")).unwrap().settle(&outcome("there is room again"));
        assert_eq!(log.state(), LogState::Accepting);
    }
}

#[test]
fn a_failed_write_stops_the_log_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (log, shared) = open(&options);
    let ticket = log.begin(&event("before")).unwrap();
    let path = shared.writer().current_segment().path.clone();
    // A file that is open for reading alone fails every write as a broken disk does.
    shared.writer().replace_file(Arc::new(File::open(path).unwrap()));
    ticket.settle(&outcome("before"));
    let refused = log.begin(&event("after")).err().unwrap();
    assert!(matches!(&refused, LogRefusal::Failed(why) if why.contains("cannot write to it")), "{refused}");
    assert!(matches!(log.state(), LogState::Failed(_)));
    log.append(&outcome("after"));
    assert_eq!(log.dropped(), 1);
    drop((log, shared));
    let (_log, shared) = open(&options);
    let events = delivered(&shared, 0);
    assert_eq!((events.len(), events[0].code.as_str()), (1, "interrupted"));
    assert_eq!(events[0].attempts[0].class, "interrupted");
    assert_eq!(events[0].attempts[0].target, "openai/mini");
}

#[test]
fn one_slow_request_holds_back_no_segment() {
    let dir = tempfile::tempdir().unwrap();
    let options = options(dir.path());
    let (log, shared) = open(&options);
    let slow = log.begin(&event("slow")).unwrap();
    for _ in 0..50 {
        log.begin(&event("quick")).unwrap().settle(&outcome("quick"));
        shared.flush();
    }
    assert!(shared.writer().segment_count() > 5);
    shared.commit(50);
    assert_eq!(shared.writer().segment_count(), 1);
    slow.forget();
    drop((log, shared));
    let (_log, shared) = open(&options);
    let events = delivered(&shared, 50);
    assert_eq!((events.len(), events[0].request_id.as_str(), events[0].code.as_str()), (1, "slow", "interrupted"));
}
