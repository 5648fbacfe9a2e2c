use super::tool_calls::ToolCalls;
use crate::dialect::chat::details::{Piece, Reasoning};
use crate::dialect::neutral::{Annotation, AnswerEvent, BlockStart, Delta, Warnings};
use crate::json::{Fields, Raw};

/// Makes blocks of deltas, which say nothing of where something starts or ends: text and reasoning end where something else
/// starts, calls at the answer's end, as their fragments may be mixed.
#[derive(Default)]
pub struct Blocks {
    next: usize,
    open: Option<Open>,
    calls: ToolCalls,
    /// Characters of text in blocks that are closed; those of the open one.
    chars: (u64, u64),
}

struct Open {
    block: usize,
    kind: ChatBlockKind,
}

enum ChatBlockKind {
    Text,
    Refusal,
    Reasoning(Reasoning),
}

impl Blocks {
    /// Nothing came yet.
    pub fn is_empty(&self) -> bool {
        self.next == 0 && self.calls.is_empty()
    }

    /// Text of the assistant.
    pub fn text(&mut self, text: &str, out: &mut Vec<AnswerEvent>) {
        if text.is_empty() {
            return;
        }
        let block = match &self.open {
            Some(Open { block, kind: ChatBlockKind::Text }) => *block,
            _ => self.open(BlockStart::Text, ChatBlockKind::Text, out),
        };
        self.chars.1 += text.chars().count() as u64;
        out.push(AnswerEvent::Delta { block, delta: Delta::Text(text.to_owned()) });
    }

    /// Words of refusal.
    pub fn refusal(&mut self, text: &str, out: &mut Vec<AnswerEvent>) {
        if text.is_empty() {
            return;
        }
        let block = match &self.open {
            Some(Open { block, kind: ChatBlockKind::Refusal }) => *block,
            _ => self.open(BlockStart::Refusal, ChatBlockKind::Refusal, out),
        };
        out.push(AnswerEvent::Delta { block, delta: Delta::Text(text.to_owned()) });
    }

    /// Reasoning: what `take` takes for the block that is open, or else for a new one; `None`: there is none.
    pub fn reasoning(&mut self, out: &mut Vec<AnswerEvent>, take: impl FnOnce(&mut Reasoning) -> Option<Vec<Piece>>) {
        let (block, pieces) = if let Some(Open { block, kind: ChatBlockKind::Reasoning(reasoning) }) = &mut self.open {
            (*block, take(reasoning))
        } else {
            let mut reasoning = Reasoning::default();
            let Some(pieces) = take(&mut reasoning) else { return };
            (self.open(BlockStart::Reasoning, ChatBlockKind::Reasoning(reasoning), out), Some(pieces))
        };
        for Piece { part, text } in pieces.unwrap_or_default() {
            out.push(AnswerEvent::Delta { block, delta: Delta::Reasoning { part, text } });
        }
    }

    /// A picture, whole.
    pub fn image(&mut self, media_type: &str, data: &str, out: &mut Vec<AnswerEvent>) {
        self.close(out);
        let block = self.number();
        let start = BlockStart::Image { media_type: media_type.to_owned(), data: data.to_owned() };
        out.extend([AnswerEvent::Open { block, start }, AnswerEvent::Close { block }]);
    }

    /// Something about the text that is open; `false`: none is.
    pub fn add_to_text(&self, delta: Delta, out: &mut Vec<AnswerEvent>) -> bool {
        let Some(Open { block, kind: ChatBlockKind::Text }) = self.open else { return false };
        out.push(AnswerEvent::Delta { block, delta });
        true
    }

    /// A citation. Its range counts in the whole text of the answer.
    pub fn annotate(&self, annotation: Annotation<'_>, out: &mut Vec<AnswerEvent>) -> bool {
        let before = self.chars.0;
        let range = annotation.range.and_then(|(start, end)| start.checked_sub(before).zip(end.checked_sub(before)));
        self.add_to_text(Delta::Annotation(Annotation { range, ..annotation.into_owned() }), out)
    }

    /// A piece of a call; `false`: it could not be read.
    pub fn tool_fragment(&mut self, fragment: &Raw<'_>, out: &mut Vec<AnswerEvent>) -> bool {
        let Some(fields) = fragment.fields() else { return false };
        self.close(out);
        self.calls.fragment(fields, &mut self.next, out);
        true
    }

    /// A piece of the one call of the old form.
    pub fn function_fragment(&mut self, function: Fields<'_>, out: &mut Vec<AnswerEvent>) {
        self.close(out);
        self.calls.function(function, &mut self.next, out);
    }

    /// Closes all blocks; tells whether there was a call.
    pub fn close_all(&mut self, out: &mut Vec<AnswerEvent>, warnings: &mut Warnings) -> bool {
        self.close(out);
        self.calls.close(out, warnings)
    }

    fn open(&mut self, start: BlockStart, kind: ChatBlockKind, out: &mut Vec<AnswerEvent>) -> usize {
        self.close(out);
        let block = self.number();
        self.open = Some(Open { block, kind });
        out.push(AnswerEvent::Open { block, start });
        block
    }

    fn number(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    fn close(&mut self, out: &mut Vec<AnswerEvent>) {
        let Some(Open { block, kind }) = self.open.take() else { return };
        match kind {
            ChatBlockKind::Text => self.chars = (self.chars.0 + self.chars.1, 0),
            ChatBlockKind::Refusal => {}
            ChatBlockKind::Reasoning(reasoning) => {
                if let Some(artefact) = reasoning.artefact() {
                    out.push(AnswerEvent::Delta { block, delta: Delta::Artefact(artefact) });
                }
            }
        }
        out.push(AnswerEvent::Close { block });
    }
}
