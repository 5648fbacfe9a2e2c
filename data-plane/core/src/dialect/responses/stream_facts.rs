//! What a Responses event says about its stream: <https://platform.openai.com/docs/api-reference/responses-streaming>.

use std::borrow::Cow;

use super::content::{ItemContent, is_words};
use super::{minted, response_id};
use crate::dialect::codec::ScanStream;
use crate::dialect::error_object::ErrorObject;
use crate::dialect::failure::UpstreamFailure;
use crate::dialect::id_tag::{IdTag, IdTags};
use crate::dialect::minted::Minted;
use crate::dialect::seen::Seen;
use crate::dialect::usage::ReportedUsage;
use crate::dialect::{Dialect, InvalidBody};
use crate::facts::Realm;
use crate::json::{Fields, Key, Kind, Reader};
use crate::sse::Event;
use vocabulary::FailureClass;

#[derive(Default)]
struct Draft<'a> {
    looks: Looks,
    seen: Seen,
    kind: Option<Cow<'a, str>>,
    // `response.error`, or the `error` of an error event.
    error: Option<ErrorObject<'a>>,
    // Something is in the item, the part or the piece.
    says: bool,
    // An error event without `error`: its fields stand at the top.
    flat: ErrorObject<'a>,
}

/// What is looked for in events.
#[derive(Clone, Copy, Default)]
struct Looks {
    /// What is opaque.
    marks: bool,
    /// Ids of items.
    items: bool,
}

/// Reads events that are forwarded.
pub struct ResponsesStreamScanner {
    looks: Looks,
    /// What the caller finds in ids of responses.
    tag: Option<IdTag>,
}

impl ResponsesStreamScanner {
    /// What is opaque gets the realm's mark, and ids the tags.
    pub fn new(realm: Option<Realm>, tags: &IdTags) -> Self {
        let looks = Looks { marks: realm.is_some(), items: tags.item.is_some() };
        Self { looks, tag: tags.response.clone() }
    }
}

impl ScanStream for ResponsesStreamScanner {
    fn scan(&mut self, event: &Event<'_>) -> Result<Seen, InvalidBody> {
        let mut draft = Draft { looks: self.looks, ..Draft::default() };
        Reader::lenient(&event.data)?.document(|reader, key| draft.field(reader, key))?;
        let mut seen = draft.finish(event);
        if let (Some(id), Some(tag)) = (&mut seen.response_id, &self.tag) {
            response_id::put_tag(id, tag);
        }
        Ok(seen)
    }
}

/// What an event says that is translated, and was taken apart for that.
pub fn of_fields(event: &Event<'_>, fields: &Fields<'_>) -> Seen {
    let mut draft = Draft { kind: fields.get("type").and_then(|it| it.string()), ..Draft::default() };
    let delta = fields.get("delta").filter(|it| it.kind() == Kind::String);
    draft.seen.chars = delta.map_or(0, |it| it.as_str().len().saturating_sub(2) as u64);
    let part = fields.get("part").and_then(|it| it.fields()).unwrap_or_default();
    draft.says = draft.seen.chars > 0
        || fields.get("item").and_then(|it| it.fields()).is_some_and(|it| ItemContent::of(&it).says())
        || part.iter().any(|(name, value)| is_words(name, value.kind(), value.as_str().len()));
    draft.seen.sequence_number = fields.get("sequence_number").and_then(|it| it.count());
    let response = fields.get("response").and_then(|it| it.fields()).unwrap_or_default();
    draft.says |= response.get("output").is_some_and(|it| it.as_str().len() > "[]".len());
    draft.seen.usage = response.get("usage").and_then(|it| ReportedUsage::of(&it));
    let error = fields.get("error").or_else(|| response.get("error"));
    draft.error = error.and_then(|it| ErrorObject::of(&it));
    if draft.kind.as_deref() == Some("error") && draft.error.is_none() {
        // Its `type` is the event's.
        let kind = fields.get("status").and_then(|it| it.string());
        draft.flat = ErrorObject { kind, ..ErrorObject::flat(&event.data) };
    }
    draft.finish(event)
}

impl<'a> Draft<'a> {
    fn field(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        match &*key.name {
            "type" => self.kind = reader.maybe_string()?.map(|it| it.decode()),
            "sequence_number" => self.seen.sequence_number = reader.maybe_count()?,
            "delta" => {
                self.seen.chars = reader.maybe_string()?.map_or(0, |it| it.raw.len() as u64);
                self.says |= self.seen.chars > 0;
            }
            "error" => self.error = ErrorObject::read(reader)?,
            "item" => {
                let mut minted = Minted::default();
                self.says |= minted::item(&mut minted, reader)?.says;
                if self.looks.marks {
                    self.seen.minted.values = minted.values;
                }
                if self.looks.items {
                    self.seen.minted.items = minted.items;
                }
            }
            "item_id" if self.looks.items => self.seen.minted.item_id(reader)?,
            "part" => {
                reader.maybe_object(|reader, key| {
                    let kind = reader.kind()?;
                    self.says |= is_words(&key.name, kind, reader.skip()?.len());
                    Ok(())
                })?;
            }
            "response" => self.seen.response = reader.maybe_object(|reader, key| self.response_field(reader, key))?,
            _ => self.flat.field(reader, key)?,
        }
        Ok(())
    }

    fn response_field(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        match &*key.name {
            "model" => self.seen.model = reader.maybe_string()?.map(|it| it.span),
            "id" => self.seen.response_id = minted::response_id(&mut self.seen.minted, reader)?,
            "output" if self.looks.marks || self.looks.items => {
                self.says |= minted::output(&mut self.seen.minted, reader)?.items > 0;
            }
            "output" => self.says |= reader.skip()?.len() > "[]".len(),
            "usage" => self.seen.usage = ReportedUsage::read(reader)?,
            "error" => self.error = ErrorObject::read(reader)?,
            _ => {
                reader.skip()?;
            }
        }
        Ok(())
    }

    /// What it comes to, by the event's type.
    fn finish(self, event: &Event<'_>) -> Seen {
        let Self { mut seen, kind, error, flat, says, .. } = self;
        let kind = kind.unwrap_or_else(|| String::from_utf8_lossy(event.name).into_owned().into());
        let ends = matches!(&*kind, "response.completed" | "response.incomplete");
        seen.response = seen.response.filter(|_| ends);
        match &*kind {
            "response.created" | "response.in_progress" | "response.queued" => {}
            "response.completed" | "response.incomplete" => {
                seen.complete = true;
                seen.content = says;
                seen.tells_end = kind == "response.incomplete";
            }
            "response.failed" => {
                let unnamed = || UpstreamFailure::unnamed(FailureClass::ServerError);
                seen.failure = Some(error.map_or_else(unnamed, |it| failure(&it)));
            }
            "error" => seen.failure = Some(failure(&error.unwrap_or(flat))),
            other => {
                // What has only begun may be asked of another target yet.
                let begins = matches!(other.rsplit('.').next(), Some("added" | "delta"));
                seen.content = other.starts_with("response.") && (says || !begins);
                // Chat's and proxies' way to fail, without a type.
                seen.failure = error.filter(|_| other.is_empty()).map(|it| failure(&it));
            }
        }
        seen
    }
}

fn failure(error: &ErrorObject<'_>) -> UpstreamFailure {
    UpstreamFailure::of(Dialect::OpenaiResponses, error)
}
