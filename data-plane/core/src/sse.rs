//! Server-sent events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>): where they end, what they say,
//! and how a chunk of them is written on with edits. Knows no dialect.

mod edited;
mod event;
mod line;

use bytes::Bytes;

pub(crate) use edited::EditedChunk;
pub use event::Event;
pub(crate) use line::LineScanner;

/// The most that is held back while an event has not ended. Events carry whole answers, never more than bodies may have.
pub(crate) const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// The events of a whole stream, each with its empty line; the last one may lack it.
pub fn split(stream: &Bytes) -> Vec<Bytes> {
    let mut lines = LineScanner::default();
    let (mut events, mut start) = (Vec::new(), 0);
    while let Some(length) = lines.event_end(&stream[start..]) {
        events.push(stream.slice(start..start + length));
        start += length;
    }
    if start < stream.len() {
        events.push(stream.slice(start..));
    }
    events
}
