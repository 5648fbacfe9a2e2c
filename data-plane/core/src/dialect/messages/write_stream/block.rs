use super::event;
use crate::dialect::messages::citation;
use crate::dialect::messages::write_response::PIECES;
use crate::dialect::neutral::{Annotation, Delta, Reply};
use crate::json::write::ObjectWriter;

/// A block that waits for its turn, with what came for it.
pub struct Pending {
    /// Its number among the answer's blocks.
    pub number: usize,
    /// The block.
    pub block: Block,
    /// What came.
    pub deltas: Vec<Delta>,
    /// Nothing more comes.
    pub closed: bool,
}

impl Pending {
    /// A block that waits.
    pub const fn new(number: usize, block: Block) -> Self {
        Self { number, block, deltas: Vec::new(), closed: false }
    }
}

/// A block that is being written. Text and reasoning begin with their first piece, as clients refuse to send empty ones
/// back.
pub struct Block {
    kind: WrittenBlock,
    /// Once it has begun.
    index: Option<usize>,
}

enum WrittenBlock {
    /// Citations that came before any text.
    Text(Vec<Annotation<'static>>),
    /// The piece of reasoning that is being written.
    Reasoning(usize),
    Call {
        id: String,
        name: String,
    },
}

impl Block {
    /// Text.
    pub const fn text() -> Self {
        Self { kind: WrittenBlock::Text(Vec::new()), index: None }
    }

    /// Reasoning.
    pub const fn reasoning() -> Self {
        Self { kind: WrittenBlock::Reasoning(0), index: None }
    }

    /// A call.
    pub const fn call(id: String, name: String) -> Self {
        Self { kind: WrittenBlock::Call { id, name }, index: None }
    }

    /// Its turn has come.
    pub fn begin(&mut self, written: &mut usize, out: &mut Vec<u8>) {
        if let WrittenBlock::Call { id, name } = &self.kind {
            self.index = Some(start(written, out, |out| {
                out.string("type", "tool_use");
                out.string("id", id);
                out.string("name", name);
                out.object("input", |_| {});
            }));
        }
    }

    /// Writes a piece.
    pub fn delta(&mut self, delta: &Delta, reply: &Reply, written: &mut usize, out: &mut Vec<u8>) {
        match (&mut self.kind, delta) {
            (WrittenBlock::Text(early), Delta::Text(text)) if !text.is_empty() => {
                let early = std::mem::take(early);
                let index = self.index_of_text(written, out);
                for annotation in &early {
                    cite(index, annotation, out);
                }
                piece(index, "text_delta", "text", text, out);
            }
            (WrittenBlock::Text(early), Delta::Annotation(annotation)) => match self.index {
                Some(index) => cite(index, annotation, out),
                None => early.push(annotation.clone()),
            },
            (WrittenBlock::Reasoning(current), Delta::Reasoning { part, text }) if !text.is_empty() => {
                let next = *part != std::mem::replace(current, *part);
                let begun = self.index.is_some();
                let index = self.index_of_thinking(written, out);
                if next && begun {
                    piece(index, "thinking_delta", "thinking", PIECES, out);
                }
                piece(index, "thinking_delta", "thinking", text, out);
            }
            (WrittenBlock::Reasoning(_), Delta::Artefact(artefact)) => {
                let sealed = artefact.seal(reply.realm);
                match self.index {
                    Some(index) => piece(index, "signature_delta", "signature", &sealed, out),
                    None => {
                        self.index = Some(start(written, out, |out| {
                            out.string("type", "redacted_thinking");
                            out.string("data", &sealed);
                        }));
                    }
                }
            }
            (WrittenBlock::Call { .. }, Delta::Arguments(arguments)) if !arguments.is_empty() => {
                if let Some(index) = self.index {
                    piece(index, "input_json_delta", "partial_json", arguments, out);
                }
            }
            _ => {}
        }
    }

    /// Ends it, if it has begun.
    pub fn end(self, out: &mut Vec<u8>) {
        if let Some(index) = self.index {
            event(out, "content_block_stop", |out| out.plain("index", index));
        }
    }

    fn index_of_text(&mut self, written: &mut usize, out: &mut Vec<u8>) -> usize {
        *self.index.get_or_insert_with(|| {
            start(written, out, |out| {
                out.string("type", "text");
                out.string("text", "");
            })
        })
    }

    fn index_of_thinking(&mut self, written: &mut usize, out: &mut Vec<u8>) -> usize {
        *self.index.get_or_insert_with(|| {
            start(written, out, |out| {
                out.string("type", "thinking");
                out.string("thinking", "");
                out.string("signature", "");
            })
        })
    }
}

fn start(written: &mut usize, out: &mut Vec<u8>, block: impl FnOnce(&mut ObjectWriter<'_>)) -> usize {
    let index = *written;
    *written += 1;
    event(out, "content_block_start", |out| {
        out.plain("index", index);
        out.object("content_block", block);
    });
    index
}

fn cite(index: usize, annotation: &Annotation<'_>, out: &mut Vec<u8>) {
    write_delta(index, "citations_delta", out, |out| {
        out.object("citation", |out| citation::write(out, annotation));
    });
}

fn piece(index: usize, kind: &str, field: &str, text: &str, out: &mut Vec<u8>) {
    write_delta(index, kind, out, |out| out.string(field, text));
}

fn write_delta(index: usize, kind: &str, out: &mut Vec<u8>, fields: impl FnOnce(&mut ObjectWriter<'_>)) {
    event(out, "content_block_delta", |out| {
        out.plain("index", index);
        out.object("delta", |out| {
            out.string("type", kind);
            fields(out);
        });
    });
}
