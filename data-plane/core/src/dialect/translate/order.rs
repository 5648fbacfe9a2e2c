use std::collections::BTreeMap;

use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta};

/// Holds a reader to the order that [`AnswerEvent`] states, so that no upstream can make a writer emit a stream that its
/// clients refuse: what is missing is put in, what does not fit is left out, blocks are numbered anew.
#[derive(Default)]
pub struct Order {
    progress: Progress,
    /// Blocks that were opened until now.
    opened: usize,
    /// The blocks that are open, by the reader's numbers.
    open: BTreeMap<usize, Block>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Progress {
    #[default]
    Waiting,
    Started,
    Ended,
}

struct Block {
    number: usize,
    kind: OpenKind,
    /// Reasoning: the piece that is being written, by the reader's number and by ours.
    part: Option<(usize, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum OpenKind {
    Text,
    Refusal,
    Reasoning,
    ToolCall,
    /// Nothing may follow: a picture, or reasoning whose artefact came.
    Whole,
}

impl Order {
    /// `End` was let through.
    pub fn is_ended(&self) -> bool {
        self.progress == Progress::Ended
    }

    /// Takes a reader's event and hands on what a writer may see.
    pub fn push(&mut self, event: AnswerEvent, next: &mut impl FnMut(AnswerEvent)) {
        if self.progress == Progress::Ended {
            return;
        }
        if let AnswerEvent::Start { .. } = event {
            return self.start(event, next);
        }
        self.start(AnswerEvent::Start { usage: None }, next);
        match event {
            AnswerEvent::Open { block, start } => self.open(block, start, next),
            AnswerEvent::Delta { block, delta } => self.delta(block, delta, next),
            AnswerEvent::Close { block } => self.close(block, next),
            AnswerEvent::Start { .. } | AnswerEvent::End { .. } => {
                self.close_all(next);
                self.progress = Progress::Ended;
                next(event);
            }
        }
    }

    fn start(&mut self, event: AnswerEvent, next: &mut impl FnMut(AnswerEvent)) {
        if self.progress == Progress::Waiting {
            self.progress = Progress::Started;
            next(event);
        }
    }

    fn open(&mut self, block: usize, start: BlockStart, next: &mut impl FnMut(AnswerEvent)) {
        self.close(block, next);
        let kind = match start {
            BlockStart::Text => OpenKind::Text,
            BlockStart::Refusal => OpenKind::Refusal,
            BlockStart::Reasoning => OpenKind::Reasoning,
            BlockStart::ToolCall { .. } => OpenKind::ToolCall,
            BlockStart::Image { .. } => OpenKind::Whole,
        };
        let number = self.opened;
        self.opened += 1;
        self.open.insert(block, Block { number, kind, part: None });
        next(AnswerEvent::Open { block: number, start });
    }

    fn delta(&mut self, block: usize, delta: Delta, next: &mut impl FnMut(AnswerEvent)) {
        let Some(block) = self.open.get_mut(&block) else { return };
        if let Some(delta) = block.accept(delta) {
            next(AnswerEvent::Delta { block: block.number, delta });
        }
    }

    fn close(&mut self, block: usize, next: &mut impl FnMut(AnswerEvent)) {
        if let Some(Block { number, .. }) = self.open.remove(&block) {
            next(AnswerEvent::Close { block: number });
        }
    }

    fn close_all(&mut self, next: &mut impl FnMut(AnswerEvent)) {
        let mut open: Vec<usize> = std::mem::take(&mut self.open).into_values().map(|it| it.number).collect();
        open.sort_unstable();
        for block in open {
            next(AnswerEvent::Close { block });
        }
    }
}

impl Block {
    /// The delta as it may be written, if it fits; empty ones say nothing.
    fn accept(&mut self, delta: Delta) -> Option<Delta> {
        let (fits, says) = match &delta {
            Delta::Text(text) => (matches!(self.kind, OpenKind::Text | OpenKind::Refusal), !text.is_empty()),
            Delta::Logprobs(logprobs) => (self.kind == OpenKind::Text, !logprobs.is_empty()),
            Delta::Annotation(_) => (self.kind == OpenKind::Text, true),
            Delta::Reasoning { text, .. } => (self.kind == OpenKind::Reasoning, !text.is_empty()),
            Delta::Artefact(_) => (self.kind == OpenKind::Reasoning, true),
            Delta::Arguments(arguments) => (self.kind == OpenKind::ToolCall, !arguments.is_empty()),
        };
        if !fits || !says {
            return None;
        }
        match delta {
            Delta::Reasoning { part, text } => Some(Delta::Reasoning { part: self.part(part), text }),
            Delta::Artefact(_) => {
                self.kind = OpenKind::Whole;
                Some(delta)
            }
            _ => Some(delta),
        }
    }

    /// Pieces are counted from 0 on, without a gap and never back.
    fn part(&mut self, part: usize) -> usize {
        let ours = match self.part {
            Some((theirs, ours)) => ours + usize::from(theirs != part),
            None => 0,
        };
        self.part = Some((part, ours));
        ours
    }
}

#[cfg(test)]
mod tests;
