//! Streamed answers (server-sent events, <https://html.spec.whatwg.org/multipage/server-sent-events.html>), forwarded as
//! they are but for what [`StreamEdits`] name.

pub(in crate::dialect) mod state;

use std::mem;
use std::ops::Range;

use bytes::{Buf, Bytes};

use super::codec::{EventEdits, FilterStream, ScanStream, Terminal};
use super::codecs::codec;
use super::failure::UpstreamFailure;
use super::filter::TextFilter;
use super::id_tag::{IdTags, ItemTagger};
use super::scrub::{self, Scrub};
use super::seen::Seen;
use super::splice::{self, Splice, json_string};
use super::{Dialect, Operation};
use crate::facts::Realm;
use crate::sse::{EditedChunk, Event, LineScanner, MAX_EVENT_BYTES};
use state::State;
use vocabulary::FailureClass;

pub use super::seen::StreamFacts;

/// What is changed in a stream.
#[derive(Clone, Debug, Default)]
pub struct StreamEdits {
    /// The `model` that the caller sees; `None`: the upstream's own.
    pub model: Option<String>,
    /// Chat: the usage chunk is for the router alone.
    pub withhold_usage: bool,
    /// Who minted what only the upstream can use: the caller gets it with a mark; `None`: as it is.
    pub realm: Option<Realm>,
    /// Responses: what ids bear.
    pub id_tags: IdTags,
    /// Responses: the event that ends the stream well is wanted, see [`StreamReader::take_terminal`].
    pub keeps_response: bool,
    /// What takes the provider's key out of failures.
    pub scrub: Option<Scrub>,
}

/// Reads a stream as it arrives, in chunks of any cut.
pub struct StreamReader {
    scanner: Box<dyn ScanStream + Send>,
    // `None`: texts stay as they are.
    filter: Option<Filter>,
    dialect: Dialect,
    state: State,
    model: Option<Bytes>,
    withhold_usage: bool,
    realm: Option<Realm>,
    id_tags: IdTags,
    item_tagger: Option<ItemTagger>,
    keeps_response: bool,
    scrub: Option<Scrub>,
    terminal: Option<Terminal>,
    lines: LineScanner,
    // The start of an event whose end has not arrived.
    held: Vec<u8>,
    // The line feed of a CRLF can arrive when its event is gone, and goes where the event went.
    last_withheld: bool,
    position: Position,
}

/// What filters texts, and what finds them.
struct Filter {
    stream: Box<dyn FilterStream + Send>,
    texts: Box<dyn TextFilter>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Start,
    Further,
    /// An event was unreadable or too large; nothing is forwarded any more.
    GivenUp,
}

impl StreamReader {
    /// A reader at a stream's start.
    pub fn new(operation: Operation, edits: StreamEdits) -> Self {
        let dialect = operation.dialect();
        Self {
            scanner: codec(dialect).stream_scanner(edits.realm, &edits.id_tags),
            filter: None,
            dialect,
            state: State::new(dialect),
            model: edits.model.as_deref().map(json_string),
            withhold_usage: edits.withhold_usage,
            realm: edits.realm,
            item_tagger: edits.id_tags.item.clone().map(ItemTagger::new),
            id_tags: edits.id_tags,
            keeps_response: edits.keeps_response,
            scrub: edits.scrub,
            terminal: None,
            lines: LineScanner::default(),
            held: Vec::new(),
            last_withheld: false,
            position: Position::Start,
        }
    }

    /// The same, with texts filtered.
    #[must_use]
    pub fn with_filter(self, filter: Option<Box<dyn TextFilter>>) -> Self {
        let stream = || codec(self.dialect).stream_filter();
        Self { filter: filter.map(|texts| Filter { stream: stream(), texts }), ..self }
    }

    /// Takes the next bytes and appends to `out` what can be forwarded now: whole events, as slices of what arrived.
    pub fn push(&mut self, mut chunk: Bytes, out: &mut Vec<Bytes>) {
        if self.position == Position::GivenUp || chunk.is_empty() {
            return;
        }
        if let Some(scrub) = &self.scrub {
            chunk = scrub.clean_answer(&chunk);
        }
        if self.held.is_empty() && self.lines.take_line_feed(&chunk) {
            let line_feed = chunk.split_to(1);
            if !self.last_withheld {
                out.push(line_feed);
            }
        }
        if !self.held.is_empty() {
            let Some(end) = self.lines.event_end(&chunk) else { return self.hold(&chunk) };
            self.held.extend_from_slice(&chunk[..end]);
            chunk.advance(end);
            self.release(out);
            if self.position == Position::GivenUp {
                return;
            }
        }
        let mut writer = EditedChunk::new(&chunk, out);
        let mut start = 0;
        while self.position != Position::GivenUp
            && let Some(length) = self.lines.event_end(&chunk[start..])
        {
            self.event(start..start + length, &mut writer);
            start += length;
        }
        writer.keep_until(start);
        self.hold(&chunk[start..]);
    }

    /// The upstream closed its stream: appends what was held back.
    pub fn finish(&mut self, out: &mut Vec<Bytes>) {
        if !self.held.is_empty() {
            self.release(out);
        }
        self.state.end();
    }

    /// What is known until now.
    pub fn facts(&self) -> &StreamFacts {
        self.state.facts()
    }

    /// Responses: the event that ended the stream well, if it was among those of the last call; its place is that in the
    /// pieces that were appended to. What follows it is part of its end.
    pub fn take_terminal(&mut self) -> Option<Terminal> {
        self.terminal.take()
    }

    fn hold(&mut self, bytes: &[u8]) {
        if self.position == Position::GivenUp {
            return;
        }
        if self.held.len() + bytes.len() > MAX_EVENT_BYTES {
            self.position = Position::GivenUp;
            self.held = Vec::new();
            self.state.fail(UpstreamFailure::unnamed(FailureClass::InvalidResponse));
            return;
        }
        self.held.extend_from_slice(bytes);
    }

    fn release(&mut self, out: &mut Vec<Bytes>) {
        let mut event = Bytes::from(mem::take(&mut self.held));
        if let Some(scrub) = &self.scrub {
            event = scrub.clean_answer(&event);
        }
        let mut writer = EditedChunk::new(&event, out);
        self.event(0..event.len(), &mut writer);
        writer.keep_until(event.len());
    }

    /// Reads the event that stands there and edits it.
    fn event(&mut self, range: Range<usize>, writer: &mut EditedChunk<'_>) {
        let bytes = &writer.chunk()[range.clone()];
        let at_start = mem::replace(&mut self.position, Position::Further) == Position::Start;
        let Some(event) = Event::parse(bytes, at_start) else {
            self.last_withheld = false;
            return;
        };
        let has_failed = self.facts().failure.is_some();
        let seen = if event.is_done_mark() { Ok(self.state.done()) } else { self.scanner.scan(&event) };
        let seen = self.state.take_in(seen);
        // Servers that fail still close their streams as if they had not; no sign of success follows a failure.
        if has_failed && (seen.complete || event.is_done_mark()) && seen.failure.is_none() {
            self.last_withheld = true;
            writer.replace(range, Bytes::new());
            return;
        }
        if seen.failure.as_ref().is_some_and(|it| it.class == FailureClass::InvalidResponse) {
            self.position = Position::GivenUp;
            writer.replace(range, Bytes::new());
            return;
        }
        self.last_withheld = self.withhold_usage && seen.usage_only;
        if self.last_withheld {
            writer.replace(range, Bytes::new());
            return;
        }
        let response = seen.response.clone().filter(|_| self.keeps_response);
        let scrub = self.scrub.as_ref().filter(|_| seen.failure.is_some());
        let keys = scrub.map_or_else(Vec::new, |it| it.places(bytes));
        let mut splices = self.splices(&event, seen);
        if let Some(edits) = self.filtered(&event) {
            writer.replace(range.start..range.start, edits.before.into());
            if edits.withheld {
                self.last_withheld = true;
                return writer.replace(range, Bytes::new());
            }
            splices.extend(edits.splices);
            splices.sort_by_key(|it| it.range.start);
        }
        if let Some(response) = response {
            writer.keep_until(range.start);
            let response = splice::within(&event.data, response, &splices);
            self.terminal = Some(Terminal { at: writer.pieces(), response });
        }
        let in_event = |Splice { range, with }: Splice| {
            let at = event.position(range.start);
            Splice { range: at..at + range.len(), with }
        };
        for Splice { range: part, with } in without_keys(splices.into_iter().map(in_event), &keys) {
            writer.replace(range.start + part.start..range.start + part.end, with);
        }
    }

    /// What a filter changes about an event. What could not be filtered does not pass.
    fn filtered(&mut self, event: &Event<'_>) -> Option<EventEdits> {
        let Filter { stream, texts } = self.filter.as_mut()?;
        let withheld = EventEdits { withheld: true, ..EventEdits::default() };
        let edits = stream.event(event, self.model.as_deref(), &mut **texts).unwrap_or(withheld);
        let facts = self.state.facts_mut();
        facts.last_sequence_number = edits.sequence_number.or(facts.last_sequence_number);
        Some(edits)
    }

    /// What is changed in an event's data, in ascending order.
    fn splices(&mut self, event: &Event<'_>, seen: Seen) -> Vec<Splice> {
        let mut splices = seen.minted.marks(self.realm, self.id_tags.response.as_ref());
        if let Some(tagger) = &mut self.item_tagger {
            splices.extend(seen.minted.item_tags(tagger, &event.data));
        }
        if let (Some(model), Some(range)) = (&self.model, seen.model)
            && event.data[range.clone()] != **model
        {
            splices.push(Splice { range, with: model.clone() });
        }
        splices.sort_by_key(|it| it.range.start);
        splices
    }
}

/// What is changed in an event that tells keys: no change lies over one.
fn without_keys(splices: impl Iterator<Item = Splice>, keys: &[Range<usize>]) -> Vec<Splice> {
    let apart = |it: &Splice| !keys.iter().any(|key| it.range.start < key.end && key.start < it.range.end);
    let mut splices: Vec<_> = splices.filter(apart).collect();
    splices.extend(keys.iter().cloned().map(scrub::splice));
    splices.sort_by_key(|it| it.range.start);
    splices
}

/// The bytes that keep a silent stream alive, in the form that the dialect's clients accept.
pub fn keep_alive(dialect: Dialect) -> &'static [u8] {
    codec(dialect).keep_alive()
}

#[cfg(test)]
mod tests;
