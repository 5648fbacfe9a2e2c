use crate::dialect::codecs::codec;
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::seen::{Seen, StreamFacts};
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody};
use vocabulary::FailureClass;

/// What is known of a stream, updated by each event.
pub struct State {
    dialect: Dialect,
    facts: StreamFacts,
    usage: Option<ReportedUsage>,
    finish_seen: bool,
}

impl State {
    /// Nothing was seen yet.
    pub fn new(dialect: Dialect) -> Self {
        Self { dialect, facts: StreamFacts::default(), usage: None, finish_seen: false }
    }

    /// What is known.
    pub fn facts(&self) -> &StreamFacts {
        &self.facts
    }

    /// What is known, for what a translation makes different.
    pub fn facts_mut(&mut self) -> &mut StreamFacts {
        &mut self.facts
    }

    /// Takes in what an event says. The error is data that no client could read.
    pub fn take_in(&mut self, seen: Result<Seen, InvalidBody>) -> Seen {
        self.facts.events += 1;
        let mut seen = seen.unwrap_or_else(|_| Seen {
            failure: Some(UpstreamFailure::unnamed(FailureClass::InvalidResponse)),
            ..Seen::default()
        });
        // Nothing counts behind the end. A report that cannot be meant takes nothing from those that can.
        let is_over = self.facts.complete || self.facts.failure.is_some();
        if let Some(usage) = seen.usage.filter(|it| !is_over && it.normalise(self.dialect).is_some()) {
            let total = self.usage.get_or_insert_default();
            total.update(&usage);
            let (tokens, shortfall) = total.normalise(self.dialect).unzip();
            (self.facts.usage, self.facts.shortfall) = (tokens, shortfall.unwrap_or_default());
        }
        if let Some(failure) = &seen.failure {
            self.fail(failure.clone());
        }
        self.facts.content_started |= seen.content;
        self.facts.output_chars += seen.chars;
        self.facts.complete |= seen.complete;
        self.finish_seen |= seen.finish;
        self.facts.tells_end |= seen.tells_end || seen.finish;
        self.facts.last_sequence_number = seen.sequence_number.or(self.facts.last_sequence_number);
        if let Some(id) = seen.response_id.take() {
            self.facts.response_id.get_or_insert(id);
        }
        seen
    }

    /// What OpenAI's end mark says. It ends an answer: with nothing before it there is none.
    pub fn done(&self) -> Seen {
        if self.facts.events == 0 {
            let failure = Some(UpstreamFailure::unnamed(FailureClass::InvalidResponse));
            return Seen { failure, ..Seen::default() };
        }
        Seen { complete: codec(self.dialect).ends_with_done_mark(), ..Seen::default() }
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
