//! What a Responses request asks: <https://platform.openai.com/docs/api-reference/responses/create>.

use std::ops::Range;

use super::{Responses, response_id};
use crate::dialect::InvalidBody;
use crate::dialect::draft::{
    Around, Content, Draft, List, Part, PartKind, ScanRequest, Visit, read_format, read_opaque, read_tools,
};
use crate::facts::provenance::{ArtefactKind, PreviousResponse};
use crate::json::{Key, Reader};

impl ScanRequest for Responses {
    fn field<'a>(&self, draft: &mut Draft, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        field(draft, reader, key)
    }

    fn part_field<'a>(
        &self,
        content: &mut Content,
        reader: &mut Reader<'a>,
        key: &Key<'a>,
        part: &mut Part,
        _around: Around<'_>,
    ) -> Visit {
        part_field(content, reader, key, part)
    }

    fn kind_of(&self, name: &str) -> Option<PartKind> {
        kind_of(name)
    }

    fn end_part(&self, content: &mut Content, part: &mut Part, list: &mut List, span: &Range<usize>) {
        end_part(content, part, list, span);
    }

    fn plain_tool(&self) -> &'static str {
        "function"
    }
}

/// Reads a field of the request.
fn field<'a>(draft: &mut Draft, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
    match &*key.name {
        "input" => draft.content(reader, "input"),
        "instructions" => draft.counted(reader),
        "previous_response_id" => {
            draft.content.trail.found().previous_response = read_response_id(reader)?;
            Ok(())
        }
        "text" => {
            let facts = &mut draft.facts;
            reader.want_object("text", |reader, key| match &*key.name {
                "format" => read_format(reader, "text.format", facts),
                _ => reader.skip().map(drop),
            })?;
            Ok(())
        }
        "max_output_tokens" => draft.cap(reader, key),
        "reasoning" => draft.reasoning.settings(reader, "reasoning"),
        _ => reader.skip().map(drop),
    }
}

/// Reads a field of an item or a part.
fn part_field<'a>(content: &Content, reader: &mut Reader<'a>, key: &Key<'a>, part: &mut Part) -> Visit {
    match &*key.name {
        "encrypted_content" if content.is_outermost() => part.opaque = read_opaque(reader)?,
        // Tools that came up in the conversation; whether it is that, the item's type tells.
        "tools" => {
            read_tools(reader, "input.tools", &Responses, &mut part.tools)?;
        }
        _ => {
            reader.skip()?;
        }
    }
    Ok(())
}

/// The types of items that mean something to the conversation.
fn kind_of(name: &str) -> Option<PartKind> {
    match name {
        "reasoning" => Some(PartKind::Reasoning),
        "additional_tools" | "tool_search_output" => Some(PartKind::ToolList),
        _ => None,
    }
}

/// Notes what an item means for the conversation.
fn end_part(content: &mut Content, part: &mut Part, list: &mut List, span: &Range<usize>) {
    if !content.is_outermost() {
        return;
    }
    let kind = match part.kind {
        Some(PartKind::Reasoning) => ArtefactKind::Reasoning,
        _ => ArtefactKind::Compaction,
    };
    if let Some(origin) = part.opaque.take() {
        content.trail.artefact(list, kind, origin, span.clone());
    }
}

/// Reads the id of the response that is continued, and where its tag stands.
fn read_response_id(reader: &mut Reader<'_>) -> Result<Option<PreviousResponse>, InvalidBody> {
    let Some(text) = reader.maybe_string()? else { return Ok(None) };
    let tag = response_id::read_tag(text.raw).map(|(realm, tag)| {
        let start = text.span.start + 1;
        (realm, start + tag.start..start + tag.end)
    });
    Ok(Some(PreviousResponse { tag }))
}
