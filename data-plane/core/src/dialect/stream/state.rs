use std::ops::Range;

use super::{StreamEdits, StreamFacts, chat, messages, responses};
use crate::decide::FailureClass;
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::minted::Minted;
use crate::dialect::neutral::Realm;
use crate::dialect::response_id;
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody};
use crate::sse::Event;

/// What is known of a stream, updated by each event.
pub struct State {
    dialect: Dialect,
    facts: StreamFacts,
    usage: Option<ReportedUsage>,
    finish_seen: bool,
    /// Who minted what is opaque, where that is to be marked.
    realm: Option<Realm>,
    tag_ids: bool,
    /// Messages: blocks that are open and whose signature has begun.
    signed: Vec<u64>,
}

/// More blocks than this are not open at once.
const MOST_SIGNED: usize = 64;

/// What an event says, one dialect like the other.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations")]
pub struct Seen {
    /// Where `model`'s value stands in the data, quotes included.
    pub model: Option<Range<usize>>,
    /// Chat: the event is the usage chunk, and nothing else.
    pub usage_only: bool,
    /// Token counts.
    pub usage: Option<ReportedUsage>,
    /// It carries content.
    pub content: bool,
    /// Bytes of text in it.
    pub chars: u64,
    /// It is the last one.
    pub complete: bool,
    /// A choice is finished; others may not be.
    pub finish: bool,
    /// The upstream failed.
    pub failure: Option<UpstreamFailure>,
    /// Its number.
    pub sequence_number: Option<u64>,
    /// The id of the response.
    pub response_id: Option<String>,
    /// What only the upstream can use.
    pub minted: Minted,
    /// Messages: the block that the event is about.
    pub block: Option<u64>,
    /// Messages: the block ends.
    pub block_ends: bool,
}

impl State {
    /// Nothing was seen yet.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            facts: StreamFacts::default(),
            usage: None,
            finish_seen: false,
            realm: None,
            tag_ids: false,
            signed: Vec::new(),
        }
    }

    /// The same, where what is opaque gets marks.
    pub fn with_marks(self, edits: &StreamEdits) -> Self {
        Self { realm: edits.realm, tag_ids: edits.tag_ids, ..self }
    }

    /// What is known.
    pub fn facts(&self) -> &StreamFacts {
        &self.facts
    }

    /// What is known, for what a translation makes different.
    pub fn facts_mut(&mut self) -> &mut StreamFacts {
        &mut self.facts
    }

    /// Reads an event and takes in what it says.
    pub fn read(&mut self, event: &Event<'_>) -> Seen {
        self.facts.events += 1;
        let mut seen = self.interpret(event).unwrap_or_else(|_| Seen {
            failure: Some(UpstreamFailure::unnamed(FailureClass::InvalidResponse)),
            ..Seen::default()
        });
        if let Some(usage) = &seen.usage {
            let total = self.usage.get_or_insert_default();
            total.update(usage);
            self.facts.usage = Some(total.normalise(self.dialect));
        }
        if let Some(failure) = &seen.failure {
            self.fail(failure.clone());
        }
        self.facts.content_started |= seen.content;
        self.facts.output_chars += seen.chars;
        self.facts.complete |= seen.complete;
        self.finish_seen |= seen.finish;
        self.facts.last_sequence_number = seen.sequence_number.or(self.facts.last_sequence_number);
        if let Some(id) = seen.response_id.take() {
            let id = self.as_told(id);
            self.facts.response_id.get_or_insert(id);
        }
        if self.dialect == Dialect::AnthropicMessages {
            self.mark_once(&mut seen);
        }
        seen
    }

    /// The id of the response as the caller sees it.
    fn as_told(&self, mut id: String) -> String {
        if let (Some(realm), Some(at)) = (self.realm.filter(|_| self.tag_ids), response_id::tag_position(&id)) {
            id.insert_str(at, &response_id::tag(realm));
        }
        id
    }

    /// A signature may come in pieces, of which only the first one starts it.
    fn mark_once(&mut self, seen: &mut Seen) {
        let block = seen.block.unwrap_or_default();
        if seen.block_ends {
            self.signed.retain(|it| *it != block);
        } else if !seen.minted.values.is_empty() {
            if self.signed.contains(&block) {
                seen.minted.values.clear();
            } else {
                if self.signed.len() == MOST_SIGNED {
                    self.signed.remove(0);
                }
                self.signed.push(block);
            }
        }
    }

    fn interpret(&self, event: &Event<'_>) -> Result<Seen, InvalidBody> {
        if event.is_done_mark() {
            // The other dialects have ends of their own; some servers add this one.
            return Ok(Seen { complete: self.dialect == Dialect::OpenaiChat, ..Seen::default() });
        }
        match self.dialect {
            Dialect::OpenaiChat => chat::read(event),
            Dialect::OpenaiResponses => responses::read(event, self.realm.is_some()),
            Dialect::AnthropicMessages => messages::read(event),
        }
    }

    /// The upstream failed; the first failure is kept.
    pub fn fail(&mut self, failure: UpstreamFailure) {
        self.facts.failure.get_or_insert(failure);
    }

    /// The upstream closed its stream.
    pub fn end(&mut self) {
        self.facts.complete |= self.finish_seen;
    }
}
