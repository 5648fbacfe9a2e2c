use bytes::Bytes;
use data_plane_core::dialect::stream::{StreamEdits, StreamFacts, StreamReader};
use data_plane_core::dialect::translate::{StreamTranslator, Terminal, Warnings};

use super::filter::filter;
use crate::pipeline::exchange::Exchange;

/// Reads an upstream's stream and gives what the caller gets of it: the same bytes, or events of another dialect.
pub(super) enum PassageReader {
    Forwarding(Box<StreamReader>),
    Translating(Box<StreamTranslator>),
}

impl PassageReader {
    /// A reader at a stream's start.
    pub fn new(exchange: &Exchange<'_>, edits: StreamEdits) -> Self {
        let (facts, filter) = (&exchange.request.facts, filter(exchange));
        match &exchange.reply {
            None => Self::Forwarding(Box::new(StreamReader::new(facts.operation, edits).with_filter(filter))),
            Some(reply) => {
                let translator = StreamTranslator::new(exchange.call.dialect, facts.dialect(), reply);
                Self::Translating(Box::new(translator.with_filter(filter).with_scrub(edits.scrub)))
            }
        }
    }

    /// Takes the next bytes and appends what goes to the caller.
    pub fn push(&mut self, chunk: Bytes, out: &mut Vec<Bytes>) {
        match self {
            Self::Forwarding(reader) => reader.push(chunk, out),
            Self::Translating(translator) => translator.push(chunk, out),
        }
    }

    /// The upstream closed its stream: appends what is left.
    pub fn finish(&mut self, out: &mut Vec<Bytes>) {
        match self {
            Self::Forwarding(reader) => reader.finish(out),
            Self::Translating(translator) => translator.finish(out),
        }
    }

    /// What is known until now.
    pub fn facts(&self) -> &StreamFacts {
        match self {
            Self::Forwarding(reader) => reader.facts(),
            Self::Translating(translator) => translator.facts(),
        }
    }

    /// Responses: the event that ended the stream well, if the last call appended it.
    pub fn take_terminal(&mut self) -> Option<Terminal> {
        match self {
            Self::Forwarding(reader) => reader.take_terminal(),
            Self::Translating(translator) => translator.take_terminal(),
        }
    }

    /// The upstream's own words about its failures reach the caller.
    pub const fn tells_failures(&self) -> bool {
        matches!(self, Self::Forwarding(_))
    }

    /// Responses: what the caller got first, if it was written here. A failure repeats the response that began there.
    pub fn begun(&self) -> Option<&[u8]> {
        match self {
            Self::Forwarding(_) => None,
            Self::Translating(translator) => translator.begun(),
        }
    }

    /// What was not carried as it is; `None`: everything was.
    pub fn warnings(&self) -> Option<Warnings> {
        match self {
            Self::Forwarding(_) => None,
            Self::Translating(translator) => Some(translator.warnings()),
        }
    }
}
