use bytes::Bytes;

use crate::dialect::InvalidBody;
use crate::dialect::neutral::{AnswerEvent, Warnings};
use crate::dialect::seen::Seen;
use crate::sse::Event;

/// Reads an upstream's stream that is forwarded, event by event.
pub trait ScanStream {
    /// Reads an event's data, and returns what the router has to know of it. The error is data that no client could read.
    fn scan(&mut self, event: &Event<'_>) -> Result<Seen, InvalidBody>;
}

/// Reads an upstream's stream that is translated, event by event.
pub trait ReadStream {
    /// Reads an event's data, once: appends what it says to `out`, and returns what the router has to know of it. Of an event
    /// that tells a failure nothing is appended: the stream ends there. The error is data that no client could read.
    fn read(&mut self, event: &Event<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, InvalidBody>;

    /// The upstream closed its stream and it was complete: appends `End`, if that has not come.
    fn end(&mut self, out: &mut Vec<AnswerEvent>);

    /// What was not carried as it is.
    fn warnings(&self) -> &Warnings;
}

/// Writes a stream for a caller. It is given events in the order that [`AnswerEvent`] states, tools by the caller's names.
pub trait WriteStream {
    /// Appends what the caller gets for an event: whole server-sent events.
    fn write(&mut self, event: &AnswerEvent, out: &mut Vec<u8>);

    /// Responses: the id of the response; the others have none that matters later.
    fn response_id(&self) -> Option<&str> {
        None
    }

    /// Responses: the last `sequence_number` that was written.
    fn last_sequence_number(&self) -> Option<u64> {
        None
    }

    /// Responses: a failure repeats what the stream began with.
    fn repeats_beginning(&self) -> bool {
        false
    }

    /// Responses: the whole response, from the end of the stream on.
    fn terminal(&self) -> Option<&Terminal> {
        None
    }
}

/// The event that ends a stream of Responses well, as the caller gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Where it starts, in what was written at once.
    pub at: usize,
    /// The whole response, JSON: what the response store keeps.
    pub response: Bytes,
}
