use crate::dialect::InvalidBody;
use crate::dialect::neutral::{AnswerEvent, ReadStream, Warnings};
use crate::dialect::stream::Event;

/// Reads an upstream's stream.
#[derive(Default)]
pub struct StreamReader {
    warnings: Warnings,
}

impl ReadStream for StreamReader {
    fn read(&mut self, _event: &Event<'_>, _out: &mut Vec<AnswerEvent>) -> Result<(), InvalidBody> {
        Ok(())
    }

    fn end(&mut self, _out: &mut Vec<AnswerEvent>) {}

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
