use crate::dialect::neutral::{AnswerEvent, Reply, WriteStream};

/// Writes a stream for a caller.
pub struct StreamWriter {
    _reply: Reply,
}

impl StreamWriter {
    /// A writer at a stream's start.
    pub fn new(reply: Reply) -> Self {
        Self { _reply: reply }
    }
}

impl WriteStream for StreamWriter {
    fn write(&mut self, _event: &AnswerEvent, _out: &mut Vec<u8>) {}
}
