mod block;
mod events;

#[cfg(test)]
mod tests;

use self::block::Block;
use self::events::Events;
use super::envelope::{Envelope, Outcome};
use super::finish::Ending;
use super::write_item::{OutputItem, Stage};
use crate::dialect::codec::{Terminal, WriteStream};
use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta, Finish, Reply, Usage};
use crate::json::{Fields, write};

/// Writes a stream for a caller. Each block becomes an item, under the block's number.
pub struct ResponsesStreamWriter {
    envelope: Envelope,
    events: Events,
    blocks: Vec<Block>,
    // The last block that ended: its item is told to have ended when it is known whether the answer was cut off there.
    closing: Option<usize>,
    terminal: Option<Terminal>,
}

impl ResponsesStreamWriter {
    /// A writer at a stream's start.
    pub fn new(reply: Reply) -> Self {
        let events = Events::new(wants_logprobs(&reply));
        Self { envelope: Envelope::new(reply), events, blocks: Vec::new(), closing: None, terminal: None }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        for kind in ["response.created", "response.in_progress"] {
            let envelope = &self.envelope;
            self.events.write(out, kind, |event| event.object("response", |it| envelope.write(it, None)));
        }
    }

    fn open(&mut self, start: &BlockStart, out: &mut Vec<u8>) {
        let index = self.blocks.len();
        let block = Block::new(start, self.envelope.reply(), index);
        block.open(&mut self.events, out);
        self.blocks.push(block);
    }

    fn delta(&mut self, block: usize, delta: &Delta, out: &mut Vec<u8>) {
        let realm = self.envelope.reply().realm;
        if let Some(block) = self.blocks.get_mut(block) {
            block.delta(delta, realm, &mut self.events, out);
        }
    }

    fn close(&mut self, index: usize, out: &mut Vec<u8>) {
        self.settle(Ending::Completed, out);
        if let Some(block) = self.blocks.get_mut(index).filter(|it| it.is_open) {
            block.close(&mut self.events, out);
            self.closing = Some(index);
        }
    }

    /// Tells that the item that ended last has ended.
    fn settle(&mut self, ending: Ending, out: &mut Vec<u8>) {
        if let Some(index) = self.closing.take() {
            let is_last = index + 1 == self.blocks.len();
            let status = if is_last { ending.status() } else { Ending::Completed.status() };
            self.blocks[index].end(status, &mut self.events, out);
        }
    }

    fn end(&mut self, finish: Finish, usage: Option<Usage>, service_tier: Option<&str>, out: &mut Vec<u8>) {
        let open = (0..self.blocks.len()).filter(|it| self.blocks[*it].is_open).collect::<Vec<_>>();
        for index in open {
            self.close(index, out);
        }
        let refused = self.blocks.iter().any(|it| matches!(it.item, OutputItem::Refusal(_)));
        let ending = Ending::of(finish, refused);
        self.settle(ending, out);
        let mut output = Vec::new();
        write::array(&mut output, |list| {
            for block in &self.blocks {
                list.object(|it| block.item.write(it, &block.id, Stage::Ended(block.status)));
            }
        });
        let output = String::from_utf8_lossy(&output);
        let outcome = Outcome { ending, output: &output, usage, service_tier };
        let mut response = Vec::new();
        write::object(&mut response, |it| self.envelope.write(it, Some(&outcome)));
        let kind = match ending {
            Ending::Completed => "response.completed",
            Ending::Incomplete(_) => "response.incomplete",
        };
        let at = out.len();
        self.events.write(out, kind, |event| event.raw("response", &String::from_utf8_lossy(&response)));
        out.extend_from_slice(b"data: [DONE]\n\n");
        self.terminal = Some(Terminal { at, response: response.into() });
    }
}

impl WriteStream for ResponsesStreamWriter {
    fn write(&mut self, event: &AnswerEvent, out: &mut Vec<u8>) {
        self.events.before(event, out);
        match event {
            AnswerEvent::Start { .. } => self.start(out),
            AnswerEvent::Open { start, .. } => {
                self.settle(Ending::Completed, out);
                self.open(start, out);
            }
            AnswerEvent::Delta { block, delta } => {
                self.settle(Ending::Completed, out);
                self.delta(*block, delta, out);
            }
            AnswerEvent::Close { block } => self.close(*block, out),
            AnswerEvent::End { finish, usage, service_tier, .. } => {
                self.end(*finish, *usage, service_tier.as_deref(), out);
            }
        }
    }

    fn response_id(&self) -> Option<&str> {
        Some(&self.envelope.id)
    }

    fn repeats_beginning(&self) -> bool {
        true
    }

    fn last_sequence_number(&self) -> Option<u64> {
        self.events.last()
    }

    fn terminal(&self) -> Option<&Terminal> {
        self.terminal.as_ref()
    }
}

/// The caller asked for the probabilities of tokens, in one of the two ways.
fn wants_logprobs(reply: &Reply) -> bool {
    let mut request = Fields::document(&reply.request).unwrap_or_default();
    request.take_count("top_logprobs").is_some_and(|it| it > 0)
        || request.take_elements("include").iter().any(|it| it.as_str().contains("logprobs"))
}
