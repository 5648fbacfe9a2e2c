mod block;

use std::collections::VecDeque;

use block::{Block, Pending};

use super::finish::{self, Seen};
use super::input::CallIds;
use super::usage;
use crate::dialect::codec::WriteStream;
use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta, Finish, Reply, Usage, mint_id};
use crate::json::write::{self, ObjectWriter};

/// Writes a stream for a caller. Clients accept one open block at a time: what comes for others waits.
pub struct MessagesStreamWriter {
    reply: Reply,
    /// The block that is being written.
    current: Option<(usize, Block)>,
    /// Those that wait, in the order in which they were opened.
    waiting: VecDeque<Pending>,
    /// Blocks that were written until now: the next one's index.
    written: usize,
    ids: CallIds,
    calls: usize,
    seen: Seen,
    /// What to tell at the end, if the upstream reports nothing more.
    usage: Usage,
}

impl MessagesStreamWriter {
    /// A writer at a stream's start.
    pub fn new(reply: Reply) -> Self {
        Self {
            reply,
            current: None,
            waiting: VecDeque::new(),
            written: 0,
            ids: CallIds::default(),
            calls: 0,
            seen: Seen::default(),
            usage: Usage::default(),
        }
    }

    fn message_start(&mut self, known: Option<&Usage>, out: &mut Vec<u8>) {
        let start = usage::at_start(known, &self.reply);
        self.usage = known.copied().unwrap_or(start);
        event(out, "message_start", |out| {
            out.object("message", |out| {
                out.string("id", &mint_id("msg_", &self.reply.request_id, 0));
                out.string("type", "message");
                out.string("role", "assistant");
                out.string("model", &self.reply.model);
                out.array("content", |_| {});
                out.null("stop_reason");
                out.null("stop_sequence");
                usage::write(out, &start, None);
            });
        });
    }

    fn open(&mut self, number: usize, start: &BlockStart, out: &mut Vec<u8>) {
        let block = match start {
            BlockStart::Text => Block::text(),
            BlockStart::Refusal => {
                self.seen.refusal = true;
                Block::text()
            }
            BlockStart::Reasoning => Block::reasoning(),
            BlockStart::ToolCall { id, name } => {
                let id = self.ids.next(id, &self.reply.request_id, self.calls);
                self.calls += 1;
                self.seen.tool_call = true;
                Block::call(id, name.name.as_ref().to_owned())
            }
            // Answers show no pictures in this dialect.
            BlockStart::Image { .. } => return,
        };
        if self.current.is_none() {
            self.begin(number, block, out);
        } else {
            self.waiting.push_back(Pending::new(number, block));
        }
    }

    fn begin(&mut self, number: usize, mut block: Block, out: &mut Vec<u8>) {
        block.begin(&mut self.written, out);
        self.current = Some((number, block));
    }

    fn delta(&mut self, number: usize, delta: &Delta, out: &mut Vec<u8>) {
        match &mut self.current {
            Some((current, block)) if *current == number => {
                block.delta(delta, &self.reply, &mut self.written, out);
            }
            _ => {
                if let Some(pending) = self.pending(number) {
                    pending.deltas.push(delta.clone());
                }
            }
        }
    }

    fn close(&mut self, number: usize, out: &mut Vec<u8>) {
        if self.current.as_ref().is_none_or(|(current, _)| *current != number) {
            if let Some(pending) = self.pending(number) {
                pending.closed = true;
            }
            return;
        }
        self.end_current(out);
        while let Some(Pending { number, block, deltas, closed }) = self.waiting.pop_front() {
            self.begin(number, block, out);
            for delta in &deltas {
                self.delta(number, delta, out);
            }
            if !closed {
                break;
            }
            self.end_current(out);
        }
    }

    /// Blocks wait in the order of their numbers.
    fn pending(&mut self, number: usize) -> Option<&mut Pending> {
        let at = self.waiting.binary_search_by_key(&number, |it| it.number).ok()?;
        self.waiting.get_mut(at)
    }

    fn end_current(&mut self, out: &mut Vec<u8>) {
        if let Some((_, block)) = self.current.take() {
            block.end(out);
        }
    }

    fn message_end(
        &mut self,
        finish: Finish,
        sequence: Option<&str>,
        usage: &Usage,
        tier: Option<&str>,
        out: &mut Vec<u8>,
    ) {
        self.seen.stop_sequence = sequence.is_some();
        let reason = finish::write(finish, self.seen);
        event(out, "message_delta", |out| {
            out.object("delta", |out| {
                out.string("stop_reason", reason);
                match sequence.filter(|_| reason == "stop_sequence") {
                    Some(sequence) => out.string("stop_sequence", sequence),
                    None => out.null("stop_sequence"),
                }
            });
            usage::write(out, usage, tier);
        });
        event(out, "message_stop", |_| {});
    }
}

impl WriteStream for MessagesStreamWriter {
    fn write(&mut self, event: &AnswerEvent, out: &mut Vec<u8>) {
        match event {
            AnswerEvent::Start { usage } => self.message_start(usage.as_ref(), out),
            AnswerEvent::Open { block, start } => self.open(*block, start, out),
            AnswerEvent::Delta { block, delta } => self.delta(*block, delta, out),
            AnswerEvent::Close { block } => self.close(*block, out),
            AnswerEvent::End { finish, stop_sequence, usage, service_tier } => {
                let usage = usage.unwrap_or(self.usage);
                self.message_end(*finish, stop_sequence.as_deref(), &usage, service_tier.as_deref(), out);
            }
        }
    }
}

/// Writes an event: its name, and its data with the name as `type`.
fn event(out: &mut Vec<u8>, name: &str, fields: impl FnOnce(&mut ObjectWriter<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    write::object(out, |out| {
        out.string("type", name);
        fields(out);
    });
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests;
