use std::borrow::Cow;
use std::mem;

use bytes::{Buf, Bytes};

use super::calls::Calls;
use super::filtered::Filtered;
use super::lost::Lost;
use super::order::Order;
use crate::dialect::Dialect;
use crate::dialect::codec::{ReadStream, Terminal, WriteStream};
use crate::dialect::codecs::codec;
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::filter::TextFilter;
use crate::dialect::neutral::{AnswerEvent, BlockStart, Reply, Warnings};
use crate::dialect::scrub::Scrub;
use crate::dialect::seen::StreamFacts;
use crate::dialect::stream::state::State;
use crate::sse::{Event, LineScanner, MAX_EVENT_BYTES};
use vocabulary::FailureClass;

/// More than this is not read of one answer: writers keep of it what they have to say again, or cannot say yet.
const MAX_ANSWER_BYTES: u32 = 256 * 1024 * 1024;

/// Writes an upstream's stream in the caller's dialect, as it arrives, in chunks of any cut.
pub struct StreamTranslator {
    reader: Box<dyn ReadStream + Send>,
    // `None`: nothing filters texts.
    filtered: Option<Filtered>,
    scrub: Option<Scrub>,
    order: Order,
    writer: Box<dyn WriteStream + Send>,
    calls: Calls,
    lost: Lost,
    // What the writer has no words for.
    unsaid: Warnings,
    terminal: Option<Terminal>,
    // The first events, where a failure repeats them.
    begun: Option<Bytes>,
    state: State,
    lines: LineScanner,
    // The start of an event whose end has not arrived.
    held: Vec<u8>,
    at_start: bool,
    // What the stream ended with was handed out.
    told_end: bool,
    // How many bytes may still come.
    left: u32,
    // What a reader says about one event; kept for its memory.
    events: Vec<AnswerEvent>,
}

impl StreamTranslator {
    /// A translator at a stream's start.
    pub fn new(from: Dialect, to: Dialect, reply: &Reply) -> Self {
        Self {
            reader: codec(from).stream_reader(),
            filtered: None,
            scrub: None,
            order: Order::default(),
            writer: codec(to).stream_writer(reply),
            calls: Calls::new(&reply.names),
            lost: Lost::new(from, to),
            unsaid: Warnings::default(),
            terminal: None,
            begun: None,
            state: State::new(from),
            lines: LineScanner::default(),
            held: Vec::new(),
            at_start: true,
            told_end: false,
            left: MAX_ANSWER_BYTES,
            events: Vec::new(),
        }
    }

    /// The same, with texts filtered.
    #[must_use]
    pub fn with_filter(self, filter: Option<Box<dyn TextFilter>>) -> Self {
        Self { filtered: filter.map(Filtered::new), ..self }
    }

    /// The same, with the upstream's key taken out of what it says.
    #[must_use]
    pub fn with_scrub(self, scrub: Option<Scrub>) -> Self {
        Self { scrub, ..self }
    }

    /// Takes the next bytes and appends to `out` what the caller gets for them: whole events.
    pub fn push(&mut self, mut chunk: Bytes, out: &mut Vec<Bytes>) {
        let mut written = Vec::new();
        if !self.is_over() {
            let length = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
            match self.left.checked_sub(length) {
                Some(left) => self.left = left,
                None => return self.state.fail(UpstreamFailure::unnamed(FailureClass::InvalidResponse)),
            }
        }
        if let Some(scrub) = &self.scrub {
            chunk = scrub.clean_answer(&chunk);
        }
        while !self.is_over()
            && let Some(end) = self.lines.event_end(&chunk)
        {
            if self.held.is_empty() {
                self.event(&chunk[..end], &mut written);
            } else {
                let mut event = mem::take(&mut self.held);
                event.extend_from_slice(&chunk[..end]);
                self.held_event(event, &mut written);
            }
            chunk.advance(end);
        }
        if !self.is_over() {
            self.hold(&chunk);
        }
        self.hand_out(written, out);
    }

    /// The upstream closed its stream: appends what is left to be told. Nothing, if the stream was not complete: the shell
    /// tells the caller that.
    pub fn finish(&mut self, out: &mut Vec<Bytes>) {
        let mut written = Vec::new();
        let held = mem::take(&mut self.held);
        if !self.is_over() && !held.is_empty() {
            self.held_event(held, &mut written);
        }
        self.state.end();
        self.end_if_complete(&mut written);
        self.hand_out(written, out);
    }

    /// What is known until now. `response_id` and `last_sequence_number` are those that the caller got.
    pub fn facts(&self) -> &StreamFacts {
        self.state.facts()
    }

    /// What was not carried as it is: paths of the upstream's events.
    pub fn warnings(&self) -> Warnings {
        let mut warnings = self.reader.warnings().clone();
        warnings.extend(&self.unsaid);
        warnings
    }

    /// Responses: the event that ended the stream well, if it was among those of the last call; its place is that in the
    /// pieces that were appended to. What follows it is part of its end.
    pub fn take_terminal(&mut self) -> Option<Terminal> {
        self.terminal.take()
    }

    /// Responses: what the caller got first. A failure repeats the response that began there.
    pub fn begun(&self) -> Option<&[u8]> {
        self.begun.as_deref()
    }

    /// Nothing can follow: the answer has its end, or the upstream failed.
    fn is_over(&self) -> bool {
        self.order.is_ended() || self.state.facts().failure.is_some()
    }

    fn hold(&mut self, bytes: &[u8]) {
        if self.held.len() + bytes.len() > MAX_EVENT_BYTES {
            self.held = Vec::new();
            self.state.fail(UpstreamFailure::unnamed(FailureClass::InvalidResponse));
            return;
        }
        self.held.extend_from_slice(bytes);
    }

    /// An event that came in pieces: in none of them its key was whole.
    fn held_event(&mut self, event: Vec<u8>, out: &mut Vec<u8>) {
        match self.scrub.clone() {
            Some(scrub) => self.event(&scrub.clean_answer(&event.into()), out),
            None => self.event(&event, out),
        }
    }

    fn event(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let at_start = mem::replace(&mut self.at_start, false);
        let Some(event) = Event::parse(bytes, at_start) else { return };
        // The end mark of OpenAI's streams is no JSON.
        let seen =
            if event.is_done_mark() { Ok(self.state.done()) } else { self.reader.read(&event, &mut self.events) };
        self.state.take_in(seen);
        if self.state.facts().failure.is_some() {
            self.events.clear();
            return;
        }
        self.write(out);
        self.end_if_complete(out);
    }

    fn end_if_complete(&mut self, out: &mut Vec<u8>) {
        if self.state.facts().complete && !self.is_over() {
            self.reader.end(&mut self.events);
            self.write(out);
        }
    }

    fn write(&mut self, out: &mut Vec<u8>) {
        let Self { filtered, order, writer, calls, lost, unsaid, events, state, .. } = self;
        for mut event in events.drain(..) {
            if let AnswerEvent::Open { start: BlockStart::ToolCall { id, name }, .. } = &mut event {
                let mut settled = Cow::Owned(mem::take(id));
                if calls.settle(&mut settled, name).is_err() {
                    return state.fail(UpstreamFailure::unnamed(FailureClass::InvalidResponse));
                }
                *id = settled.into_owned();
            }
            let mut write = |event| {
                order.push(event, &mut |event| {
                    lost.of_event(&event, unsaid);
                    writer.write(&event, out);
                });
            };
            match filtered {
                Some(filtered) => filtered.push(event, &mut write),
                None => write(event),
            }
        }
    }

    fn hand_out(&mut self, written: Vec<u8>, out: &mut Vec<Bytes>) {
        let mut written = Bytes::from(written);
        if self.begun.is_none() && !written.is_empty() && self.writer.repeats_beginning() {
            self.begun = Some(written.clone());
        }
        let ended = self.order.is_ended();
        if ended
            && !mem::replace(&mut self.told_end, ended)
            && let Some(terminal) = self.writer.terminal()
        {
            let before = written.split_to(terminal.at);
            out.extend(Some(before).filter(|it| !it.is_empty()));
            self.terminal = Some(Terminal { at: out.len(), response: terminal.response.clone() });
        }
        out.extend(Some(written).filter(|it| !it.is_empty()));
        let facts = self.state.facts_mut();
        // Clients go away once they have the end of their own dialect, whatever the upstream still has to say.
        facts.complete |= ended;
        facts.last_sequence_number = self.writer.last_sequence_number();
        if facts.response_id.as_deref() != self.writer.response_id() {
            facts.response_id = self.writer.response_id().map(str::to_owned);
        }
    }
}

#[cfg(test)]
mod tests;
