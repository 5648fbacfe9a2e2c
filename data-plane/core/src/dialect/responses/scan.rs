//! What a Responses request asks: <https://platform.openai.com/docs/api-reference/responses/create>.

use std::ops::Range;

use super::{Responses, response_id};
use crate::dialect::InvalidBody;
use crate::dialect::draft::{
    Around, Content, Draft, List, Part, PartKind, ScanRequest, Visit, other, read_format, read_id, read_opaque,
    read_tools, refers,
};
use crate::facts::provenance::{ArtefactKind, Kept, KeptId, PreviousResponse};
use crate::json::{Key, Kind, Reader};

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
            let previous = read_response_id(reader)?;
            let found = draft.content.trail.found();
            let id = previous.as_ref().map(|it| Kept::Response(it.id.clone()));
            found.kept.extend(id.map(|what| KeptId { what, param: "previous_response_id".to_owned() }));
            found.previous_response = previous;
            Ok(())
        }
        "conversation" => {
            let found = reader.kind()? != Kind::Null;
            reader.skip()?;
            draft.keep(found, "conversation");
            Ok(())
        }
        // A prompt that was written at the vendor's, and its variables.
        "prompt" => {
            let mut found = false;
            reader.maybe_object(|reader, key| {
                found |= if key.name == "id" { read_id(reader)? } else { refers(reader)? };
                Ok(())
            })?;
            draft.keep(found, "prompt.id");
            Ok(())
        }
        "store" => {
            draft.facts.store = reader.want_bool("store")?.unwrap_or(true);
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
fn part_field<'a>(content: &mut Content, reader: &mut Reader<'a>, key: &Key<'a>, part: &mut Part) -> Visit {
    match &*key.name {
        "encrypted_content" if content.is_outermost() => part.opaque = read_opaque(reader)?,
        // Tools that came up in the conversation; whether it is that, the item's type tells.
        "tools" => {
            read_tools(reader, "input.tools", &Responses, &mut part.tools, &mut content.trail.found().kept)?;
        }
        "id" if content.is_outermost() => part.id = reader.maybe_string()?.map(|it| it.decode().into_owned()),
        "container_id" if content.is_outermost() => {
            let found = read_id(reader)?.then(|| other("input.container_id"));
            content.trail.found().kept.extend(found);
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
        "item_reference" => Some(PartKind::Reference),
        _ => None,
    }
}

/// Notes what an item means for the conversation.
fn end_part(content: &mut Content, part: &mut Part, list: &mut List, span: &Range<usize>) {
    if !content.is_outermost() {
        return;
    }
    // An object of an id, and perhaps a type, stands for the item that has it.
    if let Some(id) = part.id.take().filter(|_| !part.says_more || matches!(part.kind, Some(PartKind::Reference))) {
        content.trail.found().kept.push(KeptId { what: Kept::Item(id), param: "input.id".to_owned() });
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
    let mut id = text.raw.to_owned();
    let (mut tag, mut seal) = (None, None);
    if let Some(read) = response_id::read_tag(&id) {
        let start = text.span.start + 1;
        tag = Some((read.realm, start + read.span.start..start + read.span.end));
        seal = read.seal;
        id.replace_range(read.span, "");
    }
    Ok(Some(PreviousResponse { id, tag, seal }))
}
