use bytes::Bytes;

use crate::dialect::neutral::{AnswerEvent, ReadStream, Reply, Warnings, WriteStream};
use crate::dialect::stream::StreamFacts;
use crate::dialect::{Dialect, chat, messages, responses};

/// Writes an upstream's stream in the caller's dialect, as it arrives, in chunks of any cut.
pub struct StreamTranslator {
    reader: Box<dyn ReadStream + Send>,
    writer: Box<dyn WriteStream + Send>,
    facts: StreamFacts,
    warnings: Warnings,
    events: Vec<AnswerEvent>,
}

impl StreamTranslator {
    /// A translator at a stream's start.
    pub fn new(from: Dialect, to: Dialect, reply: &Reply) -> Self {
        let reader: Box<dyn ReadStream + Send> = match from {
            Dialect::OpenaiChat => Box::new(chat::StreamReader::default()),
            Dialect::OpenaiResponses => Box::new(responses::StreamReader::default()),
            Dialect::AnthropicMessages => Box::new(messages::StreamReader::default()),
        };
        let writer: Box<dyn WriteStream + Send> = match to {
            Dialect::OpenaiChat => Box::new(chat::StreamWriter::new(reply.clone())),
            Dialect::OpenaiResponses => Box::new(responses::StreamWriter::new(reply.clone())),
            Dialect::AnthropicMessages => Box::new(messages::StreamWriter::new(reply.clone())),
        };
        Self { reader, writer, facts: StreamFacts::default(), warnings: Warnings::default(), events: Vec::new() }
    }

    /// Takes the next bytes and appends to `out` what the caller gets for them: whole events.
    pub fn push(&mut self, chunk: Bytes, out: &mut Vec<Bytes>) {
        let _ = (chunk, out, &self.reader, &self.writer, &self.events);
    }

    /// The upstream closed its stream: appends what is left to be told. Nothing, if the stream was not complete: the shell
    /// tells the caller that.
    pub fn finish(&mut self, out: &mut Vec<Bytes>) {
        let _ = out;
    }

    /// What is known until now. `response_id` and `last_sequence_number` are those that the caller got.
    pub fn facts(&self) -> &StreamFacts {
        &self.facts
    }

    /// What was not carried as it is: paths of the upstream's events.
    pub fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}
