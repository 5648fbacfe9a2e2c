use std::collections::BTreeMap;

use crate::dialect::filter::{TextFilter, TextKind, TextOf};
use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta};

/// Filters what a reader says of texts, before it is put in order. What was held back goes out where a text ends.
pub struct Filtered {
    filter: Box<dyn TextFilter>,
    /// Texts that are open, by the reader's numbers.
    open: BTreeMap<usize, Open>,
}

struct Open {
    kind: TextKind,
    /// A text begins with its first words: there may be none left.
    start: Option<BlockStart>,
}

impl Filtered {
    /// At a stream's start.
    pub fn new(filter: Box<dyn TextFilter>) -> Self {
        Self { filter, open: BTreeMap::new() }
    }

    /// Takes a reader's event and hands on what passes.
    pub fn push(&mut self, event: AnswerEvent, next: &mut impl FnMut(AnswerEvent)) {
        match event {
            AnswerEvent::Open { block, start } => self.open(block, start, next),
            AnswerEvent::Delta { block, delta } => self.delta(block, delta, next),
            AnswerEvent::Close { block } => {
                self.end(block, next);
                next(AnswerEvent::Close { block });
            }
            AnswerEvent::End { .. } => {
                for block in self.open.keys().copied().collect::<Vec<_>>() {
                    self.end(block, next);
                }
                next(event);
            }
            AnswerEvent::Start { .. } => next(event),
        }
    }

    fn open(&mut self, block: usize, start: BlockStart, next: &mut impl FnMut(AnswerEvent)) {
        self.end(block, next);
        match start {
            BlockStart::Text | BlockStart::Refusal => {
                self.open.insert(block, Open { kind: TextKind::Words, start: Some(start) });
            }
            BlockStart::ToolCall { .. } => {
                self.open.insert(block, Open { kind: TextKind::Arguments, start: None });
                next(AnswerEvent::Open { block, start });
            }
            BlockStart::Reasoning | BlockStart::Image { .. } => next(AnswerEvent::Open { block, start }),
        }
    }

    fn delta(&mut self, block: usize, delta: Delta, next: &mut impl FnMut(AnswerEvent)) {
        let Some(open) = self.open.get_mut(&block) else { return next(AnswerEvent::Delta { block, delta }) };
        let (of, mut out) = (TextOf { block, kind: open.kind }, String::new());
        match &delta {
            Delta::Text(text) | Delta::Arguments(text) => {
                self.filter.piece(of, text, &mut out);
                open.pass(block, out, next);
            }
            // It has the words as the model wrote them.
            Delta::Logprobs(_) => {}
            Delta::Annotation(_) => {
                open.start.take().into_iter().for_each(|start| next(AnswerEvent::Open { block, start }));
                next(AnswerEvent::Delta { block, delta });
            }
            Delta::Reasoning { .. } | Delta::Artefact(_) => {
                next(AnswerEvent::Delta { block, delta });
            }
        }
    }

    fn end(&mut self, block: usize, next: &mut impl FnMut(AnswerEvent)) {
        let Some(mut open) = self.open.remove(&block) else { return };
        let mut out = String::new();
        self.filter.end(TextOf { block, kind: open.kind }, &mut out);
        open.pass(block, out, next);
    }
}

impl Open {
    fn pass(&mut self, block: usize, text: String, next: &mut impl FnMut(AnswerEvent)) {
        if text.is_empty() {
            return;
        }
        if let Some(start) = self.start.take() {
            next(AnswerEvent::Open { block, start });
        }
        let delta = match self.kind {
            TextKind::Words => Delta::Text(text),
            TextKind::Arguments => Delta::Arguments(text),
        };
        next(AnswerEvent::Delta { block, delta });
    }
}
