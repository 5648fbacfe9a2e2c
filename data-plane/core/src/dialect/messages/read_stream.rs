mod block;

use std::collections::HashMap;

use block::{Block, UpstreamBlock};

use super::usage::Counts;
use super::{finish, stream_facts};
use crate::dialect::InvalidBody;
use crate::dialect::codec::ReadStream;
use crate::dialect::neutral::{AnswerEvent, Finish, Warnings};
use crate::dialect::seen::Seen;
use crate::json::Fields;
use crate::sse::Event;

/// Reads an upstream's stream.
#[derive(Default)]
pub struct MessagesStreamReader {
    progress: Progress,
    /// The blocks that are open, by the upstream's index.
    open: HashMap<u64, Block>,
    /// Blocks that were opened until now.
    opened: usize,
    counts: Option<Counts>,
    finish: Finish,
    stop_sequence: Option<String>,
    service_tier: Option<String>,
    warnings: Warnings,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Waiting,
    Started,
    Ended,
}

impl ReadStream for MessagesStreamReader {
    fn read(&mut self, event: &Event<'_>, out: &mut Vec<AnswerEvent>) -> Result<Seen, InvalidBody> {
        let mut fields = Fields::document(&event.data)?;
        let seen = stream_facts::of_fields(event, &fields);
        if self.progress == Progress::Ended || seen.failure.is_some() {
            return Ok(seen);
        }
        let kind = fields.take_string("type").unwrap_or_else(|| String::from_utf8_lossy(event.name));
        match &*kind {
            "message_start" => self.message_start(fields, out),
            "content_block_start" => self.block_start(fields, out),
            "content_block_delta" => self.block_delta(fields, out),
            "content_block_stop" => self.close(fields.take_count("index").unwrap_or_default(), out),
            "message_delta" => self.message_delta(fields),
            "message_stop" => self.end(out),
            _ => {}
        }
        Ok(seen)
    }

    fn end(&mut self, out: &mut Vec<AnswerEvent>) {
        if self.progress == Progress::Ended {
            return;
        }
        self.start(out);
        let mut left: Vec<u64> = self.open.keys().copied().collect();
        left.sort_unstable();
        for index in left {
            self.close(index, out);
        }
        self.progress = Progress::Ended;
        out.push(AnswerEvent::End {
            finish: self.finish,
            stop_sequence: self.stop_sequence.take(),
            usage: self.counts.map(|it| it.usage()),
            service_tier: self.service_tier.take(),
        });
    }

    fn warnings(&self) -> &Warnings {
        &self.warnings
    }
}

impl MessagesStreamReader {
    fn start(&mut self, out: &mut Vec<AnswerEvent>) {
        if self.progress == Progress::Waiting {
            self.progress = Progress::Started;
            out.push(AnswerEvent::Start { usage: self.counts.map(|it| it.usage()) });
        }
    }

    fn message_start(&mut self, mut fields: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        if let Some(message) = fields.take_fields("message") {
            self.usage(message);
        }
        self.start(out);
    }

    fn message_delta(&mut self, mut fields: Fields<'_>) {
        if let Some(mut delta) = fields.take_fields("delta") {
            if let Some(reason) = delta.take_string("stop_reason") {
                self.finish = finish::read(Some(&reason));
            }
            if let Some(sequence) = delta.take_string("stop_sequence") {
                self.stop_sequence = Some(sequence.into_owned());
            }
        }
        self.usage(fields);
    }

    /// Takes over the `usage` of what an event holds.
    fn usage(&mut self, mut holder: Fields<'_>) {
        let Some(usage) = holder.take("usage") else { return };
        if let Some(counts) = Counts::read(&usage) {
            self.counts.get_or_insert_default().update(&counts);
        }
        if let Some(tier) = usage.fields().and_then(|mut it| it.take_string("service_tier")) {
            self.service_tier = Some(tier.into_owned());
        }
    }

    fn block_start(&mut self, mut fields: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        self.start(out);
        let index = fields.take_count("index").unwrap_or_default();
        self.close(index, out);
        let Some(content) = fields.take("content_block") else { return };
        let mut block = content.fields().unwrap_or_default();
        let kind = block.take_string("type").unwrap_or_default();
        let Some(known) = UpstreamBlock::of_start(&kind, &content, &mut block) else {
            self.warnings.dropped(format!("content[{index}]/{kind}"));
            self.open.insert(index, Block::ignored());
            return;
        };
        let mut opened = self.open_block(known, out);
        opened.first_pieces(block, out);
        self.open.insert(index, opened);
    }

    fn block_delta(&mut self, mut fields: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        self.start(out);
        let index = fields.take_count("index").unwrap_or_default();
        let Some(mut delta) = fields.take_fields("delta") else { return };
        let kind = delta.take_string("type").unwrap_or_default();
        if let Some(fitting) = UpstreamBlock::of_delta(&kind)
            && !self.open.get(&index).is_some_and(|it| it.takes(&fitting))
        {
            // A delta that does not fit its block belongs to one that the upstream forgot to open.
            if self.open.get(&index).is_some_and(Block::is_ignored) {
                return;
            }
            self.close(index, out);
            let opened = self.open_block(fitting, out);
            self.open.insert(index, opened);
        }
        if let Some(block) = self.open.get_mut(&index)
            && !block.delta(&kind, delta, out)
        {
            self.warnings.dropped(format!("content[{index}]/{kind}"));
        }
    }

    fn open_block(&mut self, kind: UpstreamBlock, out: &mut Vec<AnswerEvent>) -> Block {
        let number = self.opened;
        self.opened += 1;
        Block::open(number, kind, out)
    }

    fn close(&mut self, index: u64, out: &mut Vec<AnswerEvent>) {
        if let Some(block) = self.open.remove(&index) {
            block.close(out);
        }
    }
}

#[cfg(test)]
mod tests;
