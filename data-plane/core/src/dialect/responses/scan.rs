//! What a Responses request asks: <https://platform.openai.com/docs/api-reference/responses/create>.

use std::ops::Range;

use super::{Responses, response_id};
use crate::dialect::InvalidBody;
use crate::dialect::draft::{
    Around, Content, Draft, List, Part, PartId, PartKind, ScanRequest, Visit, other, read_format, read_id, read_opaque,
    read_tools, refers,
};
use crate::dialect::id_tag::{self, ReadTag};
use crate::facts::provenance::{ArtefactKind, ItemTag, Kept, KeptId, Origin, PreviousResponse};
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
        "instructions" => draft.counted(reader, key),
        "previous_response_id" => {
            let previous = read_response_id(reader)?;
            let found = draft.content.trail.found();
            found.kept.extend(previous.as_ref().map(|it| KeptId {
                what: Kept::Response(it.id.clone()),
                param: "previous_response_id".to_owned(),
                seal: it.tag.as_ref().and_then(|(realm, _)| it.seal.map(|seal| (*realm, seal))),
                artefact: None,
            }));
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
            if reader.kind()? == Kind::String {
                found = read_id(reader)?;
            } else {
                reader.maybe_object(|reader, key| {
                    found |= if key.name == "id" { read_id(reader)? } else { refers(reader)? };
                    Ok(())
                })?;
            }
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
        _ => draft.pass(reader, key),
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
        "id" if content.is_outermost() => part.id = read_item_id(reader)?,
        "approval_request_id" if content.is_outermost() => {
            let tag = read_item_id(reader)?.and_then(|it| it.tag);
            content.trail.found().item_tags.extend(tag.map(|it| item_tag(it, false, None)));
        }
        "container_id" if content.is_outermost() => {
            let found = read_id(reader)?.then(|| other("input.container_id"));
            content.trail.found().kept.extend(found);
        }
        _ => content.pass(reader, key, "input")?,
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
    let kind = match part.kind {
        Some(PartKind::Reasoning) => ArtefactKind::Reasoning,
        _ => ArtefactKind::Compaction,
    };
    let id = part.id.take().filter(|it| !it.text.is_empty());
    let stands_for = id.as_ref().filter(|_| is_reference(part));
    // What was thought is found by its id, and is left out where it cannot be.
    let thought = stands_for.filter(|_| kind == ArtefactKind::Reasoning);
    let origin = part.opaque.take().or_else(|| thought.map(of_id));
    let artefact = origin.map(|origin| content.trail.artefact(list, kind, origin, span.clone()));
    let found = content.trail.found();
    found.kept.extend(stands_for.map(|it| KeptId {
        what: Kept::Item(it.text.clone()),
        param: "input.id".to_owned(),
        seal: it.tag.as_ref().and_then(|it| it.seal.map(|seal| (it.realm, seal))),
        artefact,
    }));
    let refers = stands_for.is_some() && artefact.is_none();
    // The mark of reasoning that is found by its id is its tag.
    let tag = if thought.is_some() { None } else { id.and_then(|it| it.tag) };
    found.item_tags.extend(tag.map(|it| item_tag(it, refers, artefact)));
}

/// Whether an item has nothing in it, but stands for one of an earlier answer by its id.
fn is_reference(part: &Part) -> bool {
    match part.kind {
        Some(PartKind::Reference) => true,
        Some(PartKind::Reasoning) => part.opaque.is_none() && !part.says.content,
        Some(PartKind::Attachment(_)) => !part.says.result,
        _ => !part.says.more,
    }
}

/// Who minted what an id stands for.
fn of_id(id: &PartId) -> Origin {
    id.tag.as_ref().map_or(Origin::Unknown, |it| Origin::Marked(it.realm, it.span.clone()))
}

fn item_tag(ReadTag { realm, span, .. }: ReadTag, refers: bool, artefact: Option<usize>) -> ItemTag {
    ItemTag { realm, span, refers, artefact }
}

/// Reads the id of an item, and where its tag stands. Tags need no escapes, so nobody writes one with them.
fn read_item_id(reader: &mut Reader<'_>) -> Result<Option<PartId>, InvalidBody> {
    let Some(text) = reader.maybe_string()? else { return Ok(None) };
    let mut id = text.decode().into_owned();
    let tag = id_tag::read_item(text.raw).map(|ReadTag { realm, seal, span }| {
        id = [&text.raw[..span.start], &text.raw[span.end..]].concat();
        let start = text.span.start + 1;
        ReadTag { realm, seal, span: start + span.start..start + span.end }
    });
    Ok(Some(PartId { text: id, tag }))
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
