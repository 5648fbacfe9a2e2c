use std::time::Instant;

use super::{event, outcome};
use crate::usage_log::{LogOptions, UsageLog};

/// Both writes together are on the path of every request. The bound is far above what they take, and far below what a
/// flush or a reading would add.
#[test]
fn begin_and_settle_take_microseconds() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _delivery) = UsageLog::open(&LogOptions::new(dir.path())).unwrap();
    let (intent, outcome) = (event("0b9d5b1e-0000-4000-8000-000000000000"), outcome("0b9d5b1e"));
    let began = Instant::now();
    for _ in 0..5_000 {
        log.begin(&intent).unwrap().settle(outcome.clone());
    }
    let each = began.elapsed() / 5_000;
    println!("begin and settle: {each:?}");
    assert!(each.as_micros() < 200, "{each:?}");
}
