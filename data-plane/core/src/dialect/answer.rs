//! Whole answers, read in place.

use std::ops::Range;

use super::error_object::ErrorObject;
use super::failure::UpstreamFailure;
use super::minted::Minted;
use super::usage::ReportedUsage;
use super::{InvalidBody, Operation, messages, responses};
use crate::json::{Key, Reader};
use crate::usage::TokenUsage;
use vocabulary::FailureClass;

/// What the router needs to know of a whole answer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AnswerFacts {
    /// Where `model`'s value stands, quotes included.
    pub model_span: Option<Range<usize>>,
    /// `None`: the upstream reported none.
    pub usage: Option<TokenUsage>,
    /// Bytes that the model wrote, the JSON around its words included; for estimates where usage is missing.
    pub output_chars: u64,
    /// An error inside an answer of status 200.
    pub error: Option<UpstreamFailure>,
    /// What only the upstream can use.
    pub minted: Minted,
}

#[derive(Default)]
struct Draft {
    facts: AnswerFacts,
    usage: Option<ReportedUsage>,
    failed: bool,
}

/// Reads a whole answer of status 200. The error is an answer that is not JSON, which no client could read.
pub fn read_answer(operation: Operation, body: &[u8]) -> Result<AnswerFacts, InvalidBody> {
    let dialect = operation.dialect();
    let mut draft = Draft::default();
    Reader::lenient(body)?.document(|reader, key| draft.field(reader, key, operation))?;
    let Draft { mut facts, usage, failed } = draft;
    facts.usage = usage.map(|it| it.normalise(dialect));
    if failed && facts.error.is_none() {
        facts.error = Some(UpstreamFailure::unnamed(FailureClass::ServerError));
    }
    Ok(facts)
}

impl Draft {
    fn field<'a>(&mut self, reader: &mut Reader<'a>, key: &Key<'a>, operation: Operation) -> Result<(), InvalidBody> {
        match (&*key.name, operation) {
            ("error", _) => {
                self.facts.error = ErrorObject::read(reader)?.map(|error| error.failure(operation.dialect()));
            }
            ("model", _) => self.facts.model_span = reader.maybe_string()?.map(|it| it.span),
            ("input_tokens", Operation::CountTokens | Operation::InputTokens) => {
                self.usage = reader.maybe_count()?.map(ReportedUsage::of_input);
            }
            ("usage", _) => self.usage = ReportedUsage::read(reader)?,
            ("status", Operation::Responses) => {
                self.failed = reader.maybe_string()?.is_some_and(|it| it.decode() == "failed");
            }
            ("choices", Operation::ChatCompletions) => self.facts.output_chars = read_choices(reader)?,
            ("id", Operation::Responses) => drop(responses::minted::response_id(&mut self.facts.minted, reader)?),
            ("output", Operation::Responses | Operation::Compact) => {
                self.facts.output_chars = responses::minted::output(&mut self.facts.minted, reader)?;
            }
            ("content", Operation::Messages) => {
                self.facts.output_chars = messages::minted::content(&mut self.facts.minted, reader)?;
            }
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }
}

/// The size of all choices' messages.
fn read_choices(reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
    let mut size = 0;
    reader.maybe_array(|reader| {
        reader.maybe_object(|reader, key| {
            let span = reader.skip()?;
            if key.name == "message" {
                size += span.len() as u64;
            }
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(size)
}

#[cfg(test)]
mod tests;
