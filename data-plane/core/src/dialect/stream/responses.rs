//! Responses events: <https://platform.openai.com/docs/api-reference/responses-streaming>.

use std::borrow::Cow;

use super::state::Seen;
use crate::decide::FailureClass;
use crate::dialect::error_object::ErrorObject;
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody};
use crate::json::{Key, Reader};
use crate::sse::Event;

#[derive(Default)]
struct Draft<'a> {
    /// What is opaque is looked for.
    marks: bool,
    seen: Seen,
    kind: Option<Cow<'a, str>>,
    // `response.error`, or the `error` of an error event.
    error: Option<ErrorObject<'a>>,
    // An error event without `error`: its fields stand at the top.
    flat: ErrorObject<'a>,
}

/// Reads an event.
pub fn read(event: &Event<'_>, marks: bool) -> Result<Seen, InvalidBody> {
    let mut draft = Draft { marks, ..Draft::default() };
    Reader::lenient(&event.data)?.document(|reader, key| draft.field(reader, key))?;
    let kind = draft.kind.take().unwrap_or_else(|| String::from_utf8_lossy(event.name));
    let Draft { mut seen, error, flat, .. } = draft;
    match &*kind {
        "response.created" | "response.in_progress" | "response.queued" => {}
        "response.completed" | "response.incomplete" => {
            seen.complete = true;
            seen.content = true;
        }
        "response.failed" => {
            let unnamed = || UpstreamFailure::unnamed(FailureClass::ServerError);
            seen.failure = Some(error.map_or_else(unnamed, |it| it.failure(Dialect::OpenaiResponses)));
        }
        "error" => seen.failure = Some(error.unwrap_or(flat).failure(Dialect::OpenaiResponses)),
        other => {
            seen.content = other.starts_with("response.");
            // Chat's and proxies' way to fail, without a type.
            seen.failure = error.filter(|_| other.is_empty()).map(|it| it.failure(Dialect::OpenaiResponses));
        }
    }
    Ok(seen)
}

impl<'a> Draft<'a> {
    fn field(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        match &*key.name {
            "type" => self.kind = reader.maybe_string()?.map(|it| it.decode()),
            "sequence_number" => self.seen.sequence_number = reader.maybe_count()?,
            "delta" => self.seen.chars = reader.maybe_string()?.map_or(0, |it| it.raw.len() as u64),
            "error" => self.error = ErrorObject::read(reader)?,
            "item" if self.marks => self.seen.minted.item(reader)?,
            "response" => {
                reader.maybe_object(|reader, key| self.response_field(reader, key))?;
            }
            _ => self.flat.field(reader, key)?,
        }
        Ok(())
    }

    fn response_field(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        match &*key.name {
            "model" => self.seen.model = reader.maybe_string()?.map(|it| it.span),
            "id" => self.seen.response_id = self.seen.minted.response_id(reader)?,
            "output" if self.marks => drop(self.seen.minted.output(reader)?),
            "usage" => self.seen.usage = ReportedUsage::read(reader)?,
            "error" => self.error = ErrorObject::read(reader)?,
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }
}
