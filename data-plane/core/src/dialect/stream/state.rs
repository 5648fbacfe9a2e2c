use super::{StreamEdits, StreamFacts};
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::neutral::Realm;
use crate::dialect::seen::Seen;
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody, chat, messages, response_id, responses};
use crate::sse::Event;
use vocabulary::FailureClass;

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
        let seen = self.interpret(event);
        self.take_in(seen)
    }

    /// Takes in what an event says. The error is data that no client could read.
    pub fn take_in(&mut self, seen: Result<Seen, InvalidBody>) -> Seen {
        self.facts.events += 1;
        let mut seen = seen.unwrap_or_else(|_| Seen {
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
            return Ok(self.done());
        }
        match self.dialect {
            Dialect::OpenaiChat => chat::stream_facts::read(event),
            Dialect::OpenaiResponses => responses::stream_facts::read(event, self.realm.is_some()),
            Dialect::AnthropicMessages => messages::stream_facts::read(event),
        }
    }

    /// What Chat's end of a stream says. The other dialects have ends of their own; some servers add this one.
    pub fn done(&self) -> Seen {
        Seen { complete: self.dialect == Dialect::OpenaiChat, ..Seen::default() }
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
