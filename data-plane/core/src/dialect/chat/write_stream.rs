mod block;

use std::collections::BTreeMap;

use block::{Block, Call};

use super::{details, finish, parts, usage};
use crate::dialect::codec::WriteStream;
use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta, Finish, Reply, Usage, mint_id, openai_tier};
use crate::json::write::{self, ObjectWriter};

/// Writes a stream for a caller.
pub struct ChatStreamWriter {
    reply: Reply,
    id: String,
    blocks: BTreeMap<usize, Block>,
    has_refusal: bool,
    /// Calls that were opened.
    calls: usize,
    /// Characters of text that were written.
    chars: u64,
    reasoning: Reasoning,
}

/// Where the reasoning that was written last belongs.
#[derive(Default)]
struct Reasoning {
    /// Entries of the list until now.
    entries: usize,
    /// The block and the piece in it.
    last: Option<(usize, usize)>,
}

impl ChatStreamWriter {
    /// A writer at a stream's start.
    pub fn new(reply: Reply) -> Self {
        let id = mint_id("chatcmpl-", &reply.request_id, 0);
        Self {
            reply,
            id,
            blocks: BTreeMap::new(),
            has_refusal: false,
            calls: 0,
            chars: 0,
            reasoning: Reasoning::default(),
        }
    }

    fn open(&mut self, number: usize, start: &BlockStart, out: &mut Vec<u8>) {
        let block = match start {
            BlockStart::Text => Block::Text { before: self.chars },
            BlockStart::Refusal => Block::Refusal,
            BlockStart::Reasoning => Block::Reasoning,
            BlockStart::Image { media_type, data } => {
                self.delta(out, |out| {
                    out.array("images", |out| out.object(|out| parts::write_image(media_type, data, None, out)));
                });
                Block::Image
            }
            BlockStart::ToolCall { id, name } => {
                let call = Call::new(self.calls, id, name);
                self.calls += 1;
                self.delta(out, |out| call.write_start(&self.reply, out));
                Block::Call(call)
            }
        };
        self.blocks.insert(number, block);
    }

    fn piece(&mut self, number: usize, delta: &Delta, out: &mut Vec<u8>) {
        match (self.blocks.get_mut(&number), delta) {
            (Some(Block::Text { .. }), Delta::Text(text)) if !text.is_empty() => {
                self.chars += text.chars().count() as u64;
                self.delta(out, |out| out.string("content", text));
            }
            (Some(Block::Refusal), Delta::Text(text)) if !text.is_empty() => {
                self.has_refusal = true;
                self.delta(out, |out| out.string("refusal", text));
            }
            (Some(Block::Text { before }), Delta::Annotation(annotation)) => {
                let before = *before;
                self.delta(out, |out| {
                    out.array("annotations", |out| {
                        out.object(|out| parts::write_annotation(annotation, before, out));
                    });
                });
            }
            (Some(Block::Text { .. }), Delta::Logprobs(logprobs)) => self.chunk(out, |out| {
                self.choice(out, |_| {}, Some(logprobs), None);
            }),
            (Some(Block::Reasoning), Delta::Reasoning { part, text }) if !text.is_empty() => {
                self.reasoning_text((number, *part), text, out);
            }
            (Some(Block::Reasoning), Delta::Artefact(artefact)) => {
                let seal = artefact.seal(self.reply.realm);
                let index = self.reasoning.entries;
                self.reasoning.entries += 1;
                self.delta(out, |out| {
                    out.array(details::DETAILS, |out| out.object(|out| details::write_sealed(&seal, index, out)));
                });
            }
            (Some(Block::Call(call)), Delta::Arguments(arguments)) if !arguments.is_empty() => {
                if let Some(index) = call.take(arguments) {
                    self.delta(out, |out| block::write_arguments(index, arguments, out));
                }
            }
            _ => {}
        }
    }

    fn reasoning_text(&mut self, place: (usize, usize), text: &str, out: &mut Vec<u8>) {
        let is_first = self.reasoning.last.is_none();
        let is_new = self.reasoning.last.replace(place) != Some(place);
        self.reasoning.entries += usize::from(is_new);
        let index = self.reasoning.entries - 1;
        self.delta(out, |out| {
            if is_new && !is_first {
                out.string(details::READABLE[0], &format!("{}{text}", details::BETWEEN));
            } else {
                out.string(details::READABLE[0], text);
            }
            out.array(details::DETAILS, |out| out.object(|out| details::write_text(text, index, out)));
        });
    }

    fn close(&mut self, number: usize, out: &mut Vec<u8>) {
        if let Some(Block::Call(call)) = self.blocks.remove(&number)
            && call.has_rest()
        {
            self.delta(out, |out| call.write_rest(out));
        }
    }

    fn end(&self, finish: Finish, usage: Option<&Usage>, service_tier: Option<&str>, out: &mut Vec<u8>) {
        self.chunk(out, |out| {
            let reason = finish::write(finish, self.calls > 0, self.has_refusal);
            self.choice(out, |_| {}, None, Some(reason));
            out.optional("service_tier", service_tier.map(openai_tier));
        });
        if let Some(usage) = usage.filter(|_| self.reply.include_usage) {
            self.chunk(out, |out| {
                out.array("choices", |_| {});
                out.object("usage", |out| usage::write(usage, out));
            });
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// Writes a chunk with a delta.
    fn delta(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        self.chunk(out, |out| self.choice(out, write, None, None));
    }

    #[expect(clippy::unused_self, reason = "it belongs to the chunk's writer")]
    fn choice(
        &self,
        out: &mut ObjectWriter<'_>,
        delta: impl FnOnce(&mut ObjectWriter<'_>),
        logprobs: Option<&str>,
        finish_reason: Option<&str>,
    ) {
        out.array("choices", |out| {
            out.object(|out| {
                out.plain("index", 0);
                out.object("delta", delta);
                if let Some(logprobs) = logprobs {
                    out.object("logprobs", |out| parts::write_logprobs(logprobs, out));
                }
                match finish_reason {
                    Some(reason) => out.string("finish_reason", reason),
                    None => out.null("finish_reason"),
                }
            });
        });
    }

    fn chunk(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut ObjectWriter<'_>)) {
        out.extend_from_slice(b"data: ");
        write::object(out, |out| {
            out.string("id", &self.id);
            out.string("object", "chat.completion.chunk");
            out.plain("created", self.reply.created);
            out.string("model", &self.reply.model);
            write(out);
        });
        out.extend_from_slice(b"\n\n");
    }
}

impl WriteStream for ChatStreamWriter {
    fn write(&mut self, event: &AnswerEvent, out: &mut Vec<u8>) {
        match event {
            AnswerEvent::Start { .. } => self.delta(out, |out| {
                out.string("role", "assistant");
                out.string("content", "");
            }),
            AnswerEvent::Open { block, start } => self.open(*block, start, out),
            AnswerEvent::Delta { block, delta } => self.piece(*block, delta, out),
            AnswerEvent::Close { block } => self.close(*block, out),
            AnswerEvent::End { finish, usage, service_tier, .. } => {
                self.end(*finish, usage.as_ref(), service_tier.as_deref(), out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
