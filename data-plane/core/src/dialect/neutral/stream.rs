use super::{AnswerEvent, Warnings};
use crate::dialect::InvalidBody;
use crate::sse::Event;

/// Reads an upstream's stream, event by event.
pub trait ReadStream {
    /// Reads an event's data and appends what it says to `out`. Error events are not its business: the stream ends there.
    /// The error is data that no client could read.
    fn read(&mut self, event: &Event<'_>, out: &mut Vec<AnswerEvent>) -> Result<(), InvalidBody>;

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

    /// Responses: the whole response, JSON, from the end of the stream on: what the response store keeps.
    fn terminal(&self) -> Option<&[u8]> {
        None
    }
}
