#![expect(clippy::unwrap_used, reason = "tests")]

mod bound;
mod damage;
mod delivery;
mod device;
mod examine;
mod model;
mod speed;
mod vanished;

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use proto::v1::UsageEvent;

use super::reader::LogReader;
use super::record;
use super::shared::SharedLog;
use super::{FileSystem, LogOptions, UsageLog, WhenFull};

thread_local! {
    /// What this thread opens has no room on its disk.
    pub(super) static NO_ROOM_AT_START: Cell<bool> = const { Cell::new(false) };
}

/// A log of small segments.
fn options(dir: &Path) -> LogOptions {
    LogOptions { dir: dir.join("usage"), max_bytes: 1 << 20, segment_bytes: 600, when_full: WhenFull::Refuse }
}

fn event(request_id: &str) -> UsageEvent {
    UsageEvent { request_id: request_id.to_owned(), model: "openai/mini".to_owned(), ..UsageEvent::default() }
}

fn outcome(request_id: &str) -> UsageEvent {
    UsageEvent { status: 200, code: "ok".to_owned(), ..event(request_id) }
}

/// All that delivery would send after `committed`.
fn delivered(shared: &SharedLog, committed: u64) -> Vec<UsageEvent> {
    let flushed = *shared.flushed.borrow();
    let mut reader = LogReader::after(shared.dir.clone(), committed);
    let mut events = Vec::new();
    while reader.next() <= flushed {
        let batch = reader.batch(flushed).unwrap();
        events.extend(batch.events.iter().map(|it| record::decode(it).unwrap()));
    }
    events
}

fn open(options: &LogOptions) -> (UsageLog, Arc<SharedLog>) {
    UsageLog::open_unattended(Arc::new(FileSystem), options).unwrap()
}
