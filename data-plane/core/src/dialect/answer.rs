//! Whole answers, read in place.

use super::codecs::codec;
use super::error_object::ErrorObject;
use super::failure::UpstreamFailure;
use super::filter::TextFilter;
use super::splice::Splice;
use super::usage::ReportedUsage;
use super::{Dialect, InvalidBody, Operation};
use crate::json::{Fields, Key, Reader};

pub use super::seen::AnswerFacts;

#[derive(Default)]
struct Draft {
    facts: AnswerFacts,
    usage: Option<ReportedUsage>,
}

/// Reads a whole answer of status 200. The error is an answer that is not JSON, which no client could read.
pub fn read_answer(operation: Operation, body: &[u8]) -> Result<AnswerFacts, InvalidBody> {
    let dialect = operation.dialect();
    let mut draft = Draft::default();
    Reader::lenient(body)?.document(|reader, key| draft.field(reader, key, operation))?;
    let Draft { mut facts, usage } = draft;
    if let Some((tokens, shortfall)) = usage.and_then(|it| it.normalise(dialect)) {
        (facts.usage, facts.shortfall) = (Some(tokens), shortfall);
    }
    // Nothing, for no reason: another target may have an answer.
    let worked = facts.usage.is_some_and(|it| it.output > 0);
    facts.is_answer &= !facts.is_empty || facts.tells_end || worked;
    Ok(facts)
}

impl Draft {
    fn field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>, operation: Operation) -> Result<(), InvalidBody> {
        let dialect = operation.dialect();
        match &*key.name {
            "error" => {
                if let Some(error) = ErrorObject::read(reader)? {
                    self.facts.error = Some(UpstreamFailure::of(dialect, &error));
                }
            }
            "model" => self.facts.model_span = reader.maybe_string()?.map(|it| it.span),
            "input_tokens" if operation.counts() => {
                self.usage = reader.maybe_count()?.map(ReportedUsage::of_input);
                self.facts.is_answer = self.usage.is_some();
            }
            "usage" => self.usage = ReportedUsage::read(reader)?,
            _ => codec(dialect).answer_field(&mut self.facts, operation, reader, key)?,
        }
        Ok(())
    }
}

/// What a filter changes in a whole answer, in no order.
pub fn filter_answer(
    operation: Operation,
    body: &[u8],
    filter: &mut dyn TextFilter,
) -> Result<Vec<Splice>, InvalidBody> {
    let mut splices = Vec::new();
    codec(operation.dialect()).filter_answer(&Fields::document(body)?, filter, &mut splices);
    Ok(splices)
}

/// The router's own answer to a question for the number of input tokens, JSON.
pub fn input_tokens(dialect: Dialect, tokens: u64) -> String {
    codec(dialect).input_tokens(tokens)
}

#[cfg(test)]
mod tests;
