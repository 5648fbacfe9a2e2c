//! Follows artefacts through a conversation while it is read.

use std::ops::Range;

use crate::dialect::neutral::{SEAL, Sealed};
use crate::facts::provenance::{ArtefactFact, ArtefactKind, Holder, Origin, Provenance, Slot, TurnMessage};
use crate::json::{Escapes, InvalidBody, Reader};

/// What was found so far.
#[derive(Default)]
pub struct Trail {
    found: Provenance,
    lists: usize,
    message: Message,
    turn: Vec<(TurnMessage, bool)>,
    answered: bool,
}

/// The message that is being read.
#[derive(Default)]
struct Message {
    blocks: usize,
    first: usize,
    leading: Vec<usize>,
    has_begun: bool,
    calls: bool,
    results: bool,
}

/// A list or an object that is being read, entry by entry.
pub struct List {
    number: usize,
    index: usize,
    before: Option<usize>,
    /// The last entry is an artefact or a holder, and must learn where the next one starts.
    waiting: Option<Waiting>,
}

enum Waiting {
    Artefact(usize),
    Holder(usize),
}

/// What a block of a message is, as far as the conversation's form depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// The model's thinking.
    Thinking,
    /// A call of a tool.
    Call,
    /// A tool's result.
    Result,
    /// Anything else.
    Other,
}

/// Who speaks in a message.
#[derive(Clone, Copy, Default)]
pub enum Speaker {
    Model,
    User,
    #[default]
    Other,
}

impl Trail {
    /// A list begins.
    pub fn open(&mut self) -> List {
        self.lists += 1;
        List { number: self.lists, index: 0, before: None, waiting: None }
    }

    /// An entry of a list begins.
    pub fn enter(&mut self, list: &mut List, start: usize) {
        let slot = match list.waiting.take() {
            Some(Waiting::Artefact(at)) => self.found.artefacts.get_mut(at).map(|it| &mut it.slot),
            Some(Waiting::Holder(at)) => self.found.holders.get_mut(at).map(|it| &mut it.slot),
            None => None,
        };
        if let Some(slot) = slot {
            slot.after = Some(start);
        }
    }

    /// The entry was read, up to there.
    pub fn leave(list: &mut List, end: usize) {
        list.before = Some(end);
        list.index += 1;
    }

    /// The entry that is being read is an artefact; returns which.
    pub fn artefact(&mut self, list: &mut List, kind: ArtefactKind, origin: Origin, span: Range<usize>) -> usize {
        let slot = list.slot(span);
        let place = self.found.artefacts.len();
        list.waiting = Some(Waiting::Artefact(place));
        self.found.artefacts.push(ArtefactFact { kind, origin, slot, holder: None });
        place
    }

    /// A message begins.
    pub fn begin_message(&mut self) {
        self.message = Message { first: self.found.artefacts.len(), ..Message::default() };
    }

    /// A block of the message was read; if it is thinking, it was noted as an artefact just before.
    pub fn block(&mut self, block: Block) {
        let message = &mut self.message;
        message.blocks += 1;
        message.calls |= block == Block::Call;
        message.results |= block == Block::Result;
        if block == Block::Thinking && !message.has_begun {
            message.leading.push(self.found.artefacts.len() - 1);
        } else {
            message.has_begun = true;
        }
    }

    /// The message was read.
    pub fn end_message(&mut self, list: &mut List, speaker: Speaker, span: Range<usize>) {
        let Message { blocks, first, leading, calls, results, .. } = std::mem::take(&mut self.message);
        let holder = self.found.holders.len();
        if first < self.found.artefacts.len() {
            self.found.artefacts[first..].iter_mut().for_each(|it| it.holder = Some(holder));
            self.found.holders.push(Holder { slot: list.slot(span), blocks });
            list.waiting = Some(Waiting::Holder(holder));
        }
        match speaker {
            Speaker::Model => {
                self.turn.push((TurnMessage { leading }, calls));
                self.answered = false;
            }
            Speaker::User if results => self.answered = !self.turn.is_empty(),
            // Behind results, further words of the user belong to the same turn.
            Speaker::User if !self.answered => self.turn.clear(),
            Speaker::User | Speaker::Other => {}
        }
    }

    /// All that was found.
    pub fn finish(mut self) -> Provenance {
        if self.answered && self.turn.last().is_some_and(|(_, calls)| *calls) {
            self.found.open_turn = self.turn.into_iter().map(|(message, _)| message).collect();
        }
        self.found
    }

    /// What was found, for what is no part of the conversation.
    pub fn found(&mut self) -> &mut Provenance {
        &mut self.found
    }
}

impl List {
    /// The place of the entry that is being read.
    pub fn slot(&self, span: Range<usize>) -> Slot {
        Slot { list: self.number, index: self.index, span, before: self.before, after: None }
    }

    /// How many entries were read.
    pub fn len(&self) -> usize {
        self.index
    }
}

/// Reads an opaque value; `None`: it is empty, or none.
pub fn read_opaque(reader: &mut Reader<'_>) -> Result<Option<Origin>, InvalidBody> {
    let Some(text) = reader.maybe_string()?.filter(|it| !it.raw.is_empty()) else { return Ok(None) };
    if text.escapes == Escapes::None && !text.raw.starts_with(SEAL) {
        return Ok(Some(Origin::Unknown));
    }
    let value = text.decode();
    Ok(Some(match Sealed::read(&value) {
        Sealed::Plain(_) => Origin::Unknown,
        Sealed::Marked { realm, value: minted } => {
            let start = text.span.start + 1;
            Origin::Marked(realm, start..start + written_length(text.raw, value.len() - minted.len()))
        }
        Sealed::Foreign(artefact) => match (artefact.summary(), artefact.realm) {
            (Some(summary), _) => Origin::Summary(summary),
            (None, Some(realm)) => Origin::Sealed(realm),
            (None, None) => Origin::Unknown,
        },
    }))
}

/// How many bytes of a string's text the first ASCII characters take, escaped or not.
fn written_length(raw: &str, characters: usize) -> usize {
    let bytes = raw.as_bytes();
    (0..characters).fold(0, |at, _| match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\\'), Some(b'u')) => at + 6,
        (Some(b'\\'), _) => at + 2,
        _ => at + 1,
    })
}
