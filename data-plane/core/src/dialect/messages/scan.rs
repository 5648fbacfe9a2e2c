//! What a Messages request asks: <https://docs.anthropic.com/en/api/messages>.

use std::ops::Range;

use super::Messages;
use crate::dialect::InvalidBody;
use crate::dialect::draft::{
    Around, Block, Content, Draft, List, Part, PartKind, ScanRequest, Trail, Visit, read_format, read_id, read_opaque,
    read_speaker,
};
use crate::facts::provenance::{ArtefactKind, Clearing, Kept, KeptId, Origin, Slot};
use crate::json::{Key, Kind, Reader};

impl ScanRequest for Messages {
    fn field<'a>(&self, draft: &mut Draft, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
        field(draft, reader, key)
    }

    fn part_field<'a>(
        &self,
        content: &mut Content,
        reader: &mut Reader<'a>,
        key: &Key<'a>,
        part: &mut Part,
        around: Around<'_>,
    ) -> Visit {
        part_field(content, reader, key, part, around.tools)
    }

    fn kind_of(&self, name: &str) -> Option<PartKind> {
        kind_of(name)
    }

    fn end_part(&self, content: &mut Content, part: &mut Part, list: &mut List, span: &Range<usize>) {
        end_part(content, part, list, span);
    }

    fn plain_tool(&self) -> &'static str {
        "client"
    }

    fn tool_type<'k>(&self, named: Option<&'k str>) -> &'k str {
        named.filter(|it| *it != "custom").unwrap_or_else(|| self.plain_tool())
    }
}

/// Reads a field of the request.
fn field<'a>(draft: &mut Draft, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
    match &*key.name {
        "messages" => draft.messages(reader),
        "system" => draft.content(reader, "system"),
        "max_tokens" => draft.cap(reader, key),
        "thinking" => {
            draft.content.trail.found().thinking = draft.reasoning.thinking(reader)?;
            Ok(())
        }
        "container" => {
            let found = container(reader)?;
            draft.keep(found, "container");
            Ok(())
        }
        "thread" => {
            let found = (reader.kind()? != Kind::Null).then(|| KeptId {
                what: Kept::Thread,
                param: "thread".to_owned(),
                seal: None,
                artefact: None,
            });
            reader.skip()?;
            draft.content.trail.found().kept.extend(found);
            Ok(())
        }
        "context_management" => context_management(draft, reader, key),
        "output_config" => {
            let (facts, reasoning) = (&mut draft.facts, &mut draft.reasoning);
            reader.want_object("output_config", |reader, key| match &*key.name {
                "effort" => reasoning.effort(reader, "output_config.effort"),
                "format" => read_format(reader, "output_config.format", facts),
                _ => reader.skip().map(drop),
            })?;
            Ok(())
        }
        "output_format" => draft.format(reader, "output_format"),
        // Tools on servers that the vendor calls itdraft.
        "mcp_servers" => {
            let mut any = false;
            reader.want_array("mcp_servers", |reader| {
                any = true;
                reader.skip().map(drop)
            })?;
            draft.offer("mcp_toolset", any);
            Ok(())
        }
        _ => draft.pass(reader, key),
    }
}

/// Whether it names a container, or skills of the account's own, rather than asking for a new one.
fn container(reader: &mut Reader<'_>) -> Result<bool, InvalidBody> {
    if reader.kind()? == Kind::String {
        return read_id(reader);
    }
    let mut found = false;
    reader.maybe_object(|reader, key| match &*key.name {
        "id" => {
            found |= read_id(reader)?;
            Ok(())
        }
        "skills" => {
            reader.maybe_array(|reader| {
                reader.maybe_object(|reader, key| match &*key.name {
                    "type" => {
                        found |= reader.maybe_string()?.is_some_and(|it| it.decode() != "anthropic");
                        Ok(())
                    }
                    _ => reader.skip().map(drop),
                })?;
                Ok(())
            })?;
            Ok(())
        }
        _ => reader.skip().map(drop),
    })?;
    Ok(found)
}

/// Looks for edits of earlier thinking.
fn context_management<'a>(draft: &mut Draft, reader: &mut Reader<'a>, key: &Key<'a>) -> Visit {
    let mut list = draft.content.trail.open();
    let mut edits: Vec<Slot> = Vec::new();
    reader.maybe_object(|reader, key| {
        if key.name != "edits" {
            return reader.skip().map(drop);
        }
        reader.maybe_array(|reader| {
            let start = reader.offset();
            if let Some(edit) = edits.last_mut().filter(|it| it.index + 1 == list.len()) {
                edit.after = Some(start);
            }
            let mut clears = false;
            reader.maybe_object(|reader, key| match &*key.name {
                "type" => {
                    clears = reader.maybe_string()?.is_some_and(|it| it.decode().starts_with("clear_thinking"));
                    Ok(())
                }
                _ => reader.skip().map(drop),
            })?;
            let span = start..reader.position();
            if clears {
                edits.push(list.slot(span.clone()));
            }
            Trail::leave(&mut list, span.end);
            Ok(())
        })?;
        Ok(())
    })?;
    if !edits.is_empty() {
        let field = draft.fields.slot(key.span.start..reader.position());
        draft.content.trail.found().clearing = Some(Clearing { field, edits, all: list.len() });
    }
    Ok(())
}

/// Reads a field of a message or a block.
fn part_field<'a>(
    content: &mut Content,
    reader: &mut Reader<'a>,
    key: &Key<'a>,
    part: &mut Part,
    tools: &mut Vec<String>,
) -> Visit {
    match &*key.name {
        "role" if content.is_outermost() => part.role = read_speaker(reader)?,
        "signature" | "data" if content.is_block() => part.opaque = read_opaque(reader)?.or(part.opaque.take()),
        // The source of a picture or document: `base64`, `url`, `file`, `text`, or `content` with parts.
        "source" => {
            reader.maybe_object(|reader, key| match &*key.name {
                "type" => {
                    let kind = reader.maybe_string()?.map(|it| it.decode());
                    part.text_source = matches!(kind.as_deref(), Some("text" | "content"));
                    Ok(())
                }
                "file_id" => {
                    part.keeps = read_id(reader)?.then_some("messages.content.source.file_id");
                    Ok(())
                }
                "content" if reader.kind()? == Kind::Array => content.read(reader, "content", tools).map(drop),
                _ => content.pass(reader, key, "messages.content.source"),
            })?;
        }
        _ => content.pass(reader, key, "messages")?,
    }
    Ok(())
}

/// The types of blocks that the conversation's form depends on.
fn kind_of(name: &str) -> Option<PartKind> {
    Some(PartKind::Block(match name {
        "thinking" | "redacted_thinking" => Block::Thinking,
        "tool_use" => Block::Call,
        "tool_result" => Block::Result,
        _ => return None,
    }))
}

/// Notes what a message or a block means for the conversation.
fn end_part(content: &mut Content, part: &mut Part, list: &mut List, span: &Range<usize>) {
    if content.is_outermost() {
        return content.trail.end_message(list, part.role, span.clone());
    }
    if !content.is_block() {
        return;
    }
    let block = match part.kind {
        Some(PartKind::Block(block)) => block,
        _ => Block::Other,
    };
    if block == Block::Thinking {
        let origin = part.opaque.take().unwrap_or(Origin::Unsigned);
        content.trail.artefact(list, ArtefactKind::Thinking, origin, span.clone());
    }
    content.trail.block(block);
}
