use std::task::{Context, Poll};

use bytes::Bytes;
use data_plane_core::dialect::request::hides_usage;
use data_plane_core::dialect::stream::{StreamEdits, StreamFacts};
use data_plane_core::dialect::translate::Warnings;

use super::reader::PassageReader;
use crate::pipeline::exchange::Exchange;
use crate::responses_store::Ending;

/// A stream on its way through the router: what goes in are an upstream's chunks, what comes out whole events for the
/// caller.
pub(in crate::pipeline) struct StreamPassage {
    reader: PassageReader,
    /// What is held back until the answer is kept.
    ending: Ending,
}

impl StreamPassage {
    /// At the stream's start.
    pub fn open(exchange: &Exchange<'_>) -> Self {
        let Exchange { request, .. } = exchange;
        let facts = &request.facts;
        let edits = StreamEdits {
            model: (!request.group.reveal.target).then(|| facts.model.clone()),
            withhold_usage: hides_usage(facts),
            realm: exchange.mark(),
            id_tags: exchange.id_tags(),
            keeps_response: request.keeping.is_some(),
            scrub: exchange.scrub.clone(),
        };
        Self { reader: PassageReader::new(exchange, edits), ending: Ending::new(request.keeping.clone()) }
    }

    /// Takes the next bytes and appends what goes to the caller now.
    pub fn push(&mut self, chunk: Bytes, out: &mut Vec<Bytes>) {
        self.reader.push(chunk, out);
        self.keep(out);
    }

    /// The upstream closed its stream: appends what is left.
    pub fn finish(&mut self, out: &mut Vec<Bytes>) {
        self.reader.finish(out);
        self.keep(out);
    }

    /// Holds the stream's end back until the answer is kept.
    fn keep(&mut self, out: &mut Vec<Bytes>) {
        if let Some(terminal) = self.reader.take_terminal() {
            self.ending.take(terminal, out);
        }
    }

    /// Something is held back, and nothing more is taken until it goes.
    pub fn holds(&self) -> bool {
        self.ending.is_held()
    }

    /// Lets go what is held back, as soon as it may.
    pub fn poll_release(&mut self, cx: &mut Context<'_>, out: &mut Vec<Bytes>) -> Poll<()> {
        self.ending.poll(cx, out)
    }

    /// What is known until now.
    pub fn facts(&self) -> &StreamFacts {
        self.reader.facts()
    }

    /// The upstream's own words about its failures reach the caller.
    pub const fn tells_failures(&self) -> bool {
        self.reader.tells_failures()
    }

    /// Responses: what the caller got first, if it was written here. A failure repeats the response that began there.
    pub fn begun(&self) -> Option<&[u8]> {
        self.reader.begun()
    }

    /// What was not carried as it is.
    pub fn warnings(&self) -> Warnings {
        let mut warnings = self.reader.warnings().unwrap_or_default();
        warnings.extend(self.ending.warnings());
        warnings
    }
}
