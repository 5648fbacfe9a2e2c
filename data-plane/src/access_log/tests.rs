#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use proto::v1::{UsageAttempt, UsageEvent};
use serde_json::Value;
use tokio::sync::watch;

use super::{AccessLog, AccessLogOptions, AccessLogTo, MOST_WAITING};

fn open(path: &Path, sample: f64) -> AccessLog {
    let options = AccessLogOptions { to: AccessLogTo::File(path.to_owned()), sample };
    AccessLog::open(&options, watch::channel(None).1).unwrap()
}

fn event(id: &str, code: &str) -> Box<UsageEvent> {
    let attempts = vec![UsageAttempt { class: "timeout".into(), ..UsageAttempt::default() }];
    let (request_id, code) = (id.to_owned(), code.to_owned());
    Box::new(UsageEvent { request_id, code, attempts, started_ms: 1_767_225_600_123, ..UsageEvent::default() })
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|it| serde_json::from_str(it).unwrap()).collect()
}

#[tokio::test]
async fn a_line_has_every_scalar_column_of_the_row() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("access.log");
    let log = open(&path, 0.5);
    log.write(event("req_1", "upstream-timeout"));
    log.flushed(Duration::from_secs(5)).await;
    let line = &lines(&path)[0];
    assert_eq!(line["time"], "2026-01-01T00:00:00.123Z");
    assert_eq!((&line["class"], &line["attempts"], &line["sample"]), (&"timeout".into(), &1.into(), &1.0.into()));
    let migration = include_str!("../../../migrations/0003_usage.sql");
    let table = migration.split("create table usage_requests (").nth(1).unwrap().split(");").next().unwrap();
    let columns = table.lines().map(str::trim).filter(|it| !it.starts_with("--") && !it.starts_with("primary"));
    for column in columns.filter_map(|it| it.split(' ').next()).filter(|it| !it.is_empty()) {
        // What only the store knows, and the histogram's buckets, which say again how long it took.
        let own = ["epoch", "sequence", "latency_bucket", "first_byte_bucket"];
        let name = column.strip_suffix("_name").unwrap_or(column);
        assert_eq!(line.get(name).is_some(), !own.contains(&column), "{column}");
    }
    let text = fs::read_to_string(&path).unwrap();
    let object = line.as_object().unwrap();
    assert!(object.keys().all(|it| text.matches(&format!("\"{it}\":")).count() == 1), "no field twice: {text}");
}

#[tokio::test]
async fn a_file_that_is_moved_away_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (path, moved) = (dir.path().join("access.log"), dir.path().join("access.log.1"));
    let log = open(&path, 1.0);
    log.write(event("req_1", "ok"));
    log.flushed(Duration::from_secs(5)).await;
    fs::rename(&path, &moved).unwrap();
    tokio::time::sleep(Duration::from_millis(1100)).await;
    log.write(event("req_2", "ok"));
    log.flushed(Duration::from_secs(5)).await;
    assert_eq!((&lines(&moved)[0]["request_id"], &lines(&path)[0]["request_id"]), (&"req_1".into(), &"req_2".into()));
}

#[test]
fn a_sample_is_of_what_was_served_and_misses_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(&dir.path().join("access.log"), 0.25);
    let kept = (0..10_000_u64).filter(|seed| log.keeps(*seed, true)).count();
    assert!((2300..2700).contains(&kept), "{kept}");
    assert!((0..10_000).all(|seed| log.keeps(seed, false)));
    let off = AccessLog::open(&AccessLogOptions::default(), watch::channel(None).1).unwrap();
    assert!(!off.keeps(0, false));
}

/// A pipe that nobody reads takes 64 KiB, and then nothing.
#[test]
fn a_writer_that_is_held_up_holds_nobody_up() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let log = open(&path, 1.0);
    for _ in 0..MOST_WAITING * 2 {
        log.write(event("req_1", "ok"));
    }
    assert!(log.dropped() > 0);
    drop(reader);
}

#[test]
fn a_place_that_cannot_be_written_is_told_at_the_start() {
    let options = AccessLogOptions { to: "/nonexistent/access.log".parse().unwrap(), sample: 1.0 };
    let error = AccessLog::open(&options, watch::channel(None).1).err().unwrap().to_string();
    assert!(error.starts_with("cannot write the access log to /nonexistent/access.log: "), "{error}");
}
