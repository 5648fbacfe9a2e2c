use std::collections::HashMap;

use crate::dialect::neutral::{AnswerEvent, BlockStart, Delta};
use crate::json::Fields;

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// `message`
    Message,
    /// `reasoning`
    Reasoning,
    /// `function_call`, `custom_tool_call`
    Call,
    /// `image_generation_call`
    Image,
    /// What no other dialect knows.
    Other,
}

impl ItemKind {
    /// How many there are.
    pub const COUNT: usize = 5;

    /// The kind that an item's `type` names.
    pub fn of(kind: &str) -> Self {
        match kind {
            "message" => Self::Message,
            "reasoning" => Self::Reasoning,
            "function_call" | "custom_tool_call" => Self::Call,
            "image_generation_call" => Self::Image,
            _ => Self::Other,
        }
    }
}

/// Where in an item a text belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    list: List,
    index: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum List {
    Text,
    Refusal,
    Summary,
    Thought,
    Arguments,
}

impl Slot {
    /// A call's arguments.
    pub const ARGUMENTS: Self = Self { list: List::Arguments, index: 0 };

    /// A message's text.
    pub fn text(fields: &mut Fields<'_>) -> Self {
        Self { list: List::Text, index: fields.take_count("content_index").unwrap_or_default() }
    }

    /// A message's words of refusal.
    pub fn refusal(fields: &mut Fields<'_>) -> Self {
        Self { list: List::Refusal, index: fields.take_count("content_index").unwrap_or_default() }
    }

    /// A part of a summary of reasoning.
    pub fn summary(fields: &mut Fields<'_>) -> Self {
        Self { list: List::Summary, index: fields.take_count("summary_index").unwrap_or_default() }
    }

    /// A part of the reasoning itself.
    pub fn thought(fields: &mut Fields<'_>) -> Self {
        Self { list: List::Thought, index: fields.take_count("content_index").unwrap_or_default() }
    }

    /// A part of a message by its type.
    pub fn of_part(kind: &str, index: u64) -> Option<Self> {
        match kind {
            "output_text" | "text" => Some(Self { list: List::Text, index }),
            "refusal" => Some(Self { list: List::Refusal, index }),
            _ => None,
        }
    }

    /// A part of reasoning, by the list that it stands in.
    pub fn of_reasoning(is_summary: bool, index: usize) -> Self {
        Self { list: if is_summary { List::Summary } else { List::Thought }, index: index as u64 }
    }
}

/// An item of the upstream's, as far as it was told.
pub struct ItemState {
    /// What it is.
    pub kind: ItemKind,
    /// It has ended.
    pub done: bool,
    /// The block of a reasoning item or a call.
    pub block: Option<usize>,
    parts: HashMap<Slot, PartState>,
    // Of a summary and the reasoning itself, the one that came first is told.
    told_list: Option<List>,
}

/// A text that is told piece by piece.
#[derive(Default)]
struct PartState {
    block: usize,
    // Among the parts of its item.
    number: usize,
    // Bytes that were told.
    told: usize,
    annotations: usize,
    logprobs: bool,
    closed: bool,
}

/// Numbers the blocks.
#[derive(Default)]
pub struct Blocks {
    next: usize,
}

impl Blocks {
    /// Opens the next one.
    pub fn open(&mut self, start: BlockStart, out: &mut Vec<AnswerEvent>) -> usize {
        let block = self.next;
        self.next += 1;
        out.push(AnswerEvent::Open { block, start });
        block
    }
}

impl ItemState {
    /// An item of which nothing was told.
    pub fn new(kind: ItemKind) -> Self {
        Self { kind, done: false, block: None, parts: HashMap::new(), told_list: None }
    }

    /// A piece of a text.
    pub fn piece(
        &mut self,
        slot: Slot,
        text: &str,
        logprobs: Option<&str>,
        blocks: &mut Blocks,
        out: &mut Vec<AnswerEvent>,
    ) {
        let Some(part) = self.part(slot, text.is_empty(), blocks, out) else { return };
        part.told += text.len();
        part.logprobs |= logprobs.is_some();
        part.tell(slot, text, out);
        if let Some(logprobs) = logprobs {
            out.push(AnswerEvent::Delta { block: part.block, delta: Delta::Logprobs(logprobs.to_owned()) });
        }
    }

    /// A text as a whole: tells what the pieces did not.
    pub fn whole(
        &mut self,
        slot: Slot,
        text: &str,
        logprobs: Option<&str>,
        blocks: &mut Blocks,
        out: &mut Vec<AnswerEvent>,
    ) {
        let told = self.parts.get(&slot).map_or(0, |it| it.told);
        let untold = text.get(told..).unwrap_or_default();
        let logprobs = logprobs.filter(|_| !self.parts.get(&slot).is_some_and(|it| it.logprobs));
        if !untold.is_empty() || logprobs.is_some() {
            self.piece(slot, untold, logprobs, blocks, out);
        }
    }

    /// A citation, the first or a further one of its text.
    pub fn annotation(&mut self, slot: Slot, delta: Delta, blocks: &mut Blocks, out: &mut Vec<AnswerEvent>) {
        if let Some(part) = self.part(slot, false, blocks, out) {
            part.annotations += 1;
            out.push(AnswerEvent::Delta { block: part.block, delta });
        }
    }

    /// How many citations of a text were told.
    pub fn annotations(&self, slot: Slot) -> usize {
        self.parts.get(&slot).map_or(0, |it| it.annotations)
    }

    /// A text has ended, and everything about it was told.
    pub fn is_closed(&self, slot: Slot) -> bool {
        self.parts.get(&slot).is_some_and(|it| it.closed)
    }

    /// A text of a message has ended.
    pub fn close_part(&mut self, slot: Slot, out: &mut Vec<AnswerEvent>) {
        if let Some(part) = self.parts.get_mut(&slot).filter(|it| !it.closed) {
            part.closed = true;
            out.push(AnswerEvent::Close { block: part.block });
        }
    }

    /// The item has ended.
    pub fn close(&mut self, out: &mut Vec<AnswerEvent>) {
        self.done = true;
        let mut open: Vec<usize> = self.block.into_iter().collect();
        if self.kind == ItemKind::Message {
            open.extend(self.parts.values().filter(|it| !it.closed).map(|it| it.block));
            open.sort_unstable();
        }
        out.extend(open.into_iter().map(|block| AnswerEvent::Close { block }));
        self.parts = HashMap::new();
    }

    /// The part for a text; `None`: there is none to tell it in. Nothing is opened for an empty text.
    fn part(
        &mut self,
        slot: Slot,
        empty: bool,
        blocks: &mut Blocks,
        out: &mut Vec<AnswerEvent>,
    ) -> Option<&mut PartState> {
        if matches!(slot.list, List::Summary | List::Thought) && *self.told_list.get_or_insert(slot.list) != slot.list {
            return None;
        }
        if !self.parts.contains_key(&slot) {
            let start = match slot.list {
                _ if empty => return None,
                List::Text => BlockStart::Text,
                List::Refusal => BlockStart::Refusal,
                List::Summary | List::Thought => BlockStart::Reasoning,
                // A call's block begins with its name.
                List::Arguments => return Some(self.part_in(self.block?, slot)),
            };
            let block = match (self.kind, self.block) {
                (ItemKind::Reasoning, Some(block)) => block,
                _ => blocks.open(start, out),
            };
            if self.kind == ItemKind::Reasoning {
                self.block = Some(block);
            }
            return Some(self.part_in(block, slot));
        }
        self.parts.get_mut(&slot).filter(|it| !it.closed)
    }

    fn part_in(&mut self, block: usize, slot: Slot) -> &mut PartState {
        let number = self.parts.len();
        self.parts.entry(slot).or_insert(PartState { block, number, ..PartState::default() })
    }

    /// The list that the parts of the reasoning are told from, if any was.
    pub fn tells_summary(&self) -> Option<bool> {
        self.told_list.map(|it| it == List::Summary)
    }
}

impl PartState {
    fn tell(&self, slot: Slot, text: &str, out: &mut Vec<AnswerEvent>) {
        if text.is_empty() {
            return;
        }
        let text = text.to_owned();
        let delta = match slot.list {
            List::Text | List::Refusal => Delta::Text(text),
            List::Summary | List::Thought => Delta::Reasoning { part: self.number, text },
            List::Arguments => Delta::Arguments(text),
        };
        out.push(AnswerEvent::Delta { block: self.block, delta });
    }
}
