//! What a Chat request asks: <https://platform.openai.com/docs/api-reference/chat/create>.

use std::ops::Range;

use super::Chat;
use crate::config::Modality;
use crate::dialect::draft::{
    Around, Content, Draft, List, Part, PartKind, ScanRequest, Visit, other, read_id, read_opaque, read_speaker, refers,
};
use crate::facts::StreamOptions;
use crate::facts::provenance::{ArtefactKind, Origin};
use crate::json::{Key, Kind, Reader};

impl ScanRequest for Chat {
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
        part_field(content, reader, key, part, around.fields)
    }

    fn kind_of(&self, _name: &str) -> Option<PartKind> {
        None
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
        "messages" => draft.messages(reader),
        "stream_options" => stream_options(draft, reader),
        "functions" => {
            let mut any = false;
            let span = reader.want_array("functions", |reader| {
                any = true;
                reader.skip().map(drop)
            })?;
            draft.offer("function", any);
            draft.count(span);
            Ok(())
        }
        "function_call" => {
            draft.facts.tool_choice_forced |= reader.kind()? == Kind::Object;
            reader.skip().map(drop)
        }
        // Chat's way to offer the vendor's own search, beside `tools`.
        "web_search_options" => {
            let asked = reader.want_object("web_search_options", |reader, _| reader.skip().map(drop))?;
            draft.offer("web_search", asked.is_some());
            Ok(())
        }
        "response_format" => draft.format(reader, "response_format"),
        "max_tokens" | "max_completion_tokens" => draft.cap(reader, key),
        "modalities" => modalities(draft, reader),
        "reasoning_effort" => draft.reasoning.effort(reader, "reasoning_effort"),
        "reasoning" => draft.reasoning.settings(reader, "reasoning"),
        "thinking" => draft.reasoning.thinking(reader).map(drop),
        _ => draft.pass(reader, key),
    }
}

fn stream_options(draft: &mut Draft, reader: &mut Reader<'_>) -> Visit {
    let start = reader.offset();
    let (mut any, mut usage) = (false, None);
    let facts = &mut draft.facts;
    let span = reader.want_object("stream_options", |reader, key| {
        any = true;
        if key.name != "include_usage" {
            return reader.skip().map(drop);
        }
        let start = reader.offset();
        facts.include_usage = reader.want_bool("stream_options.include_usage")?.unwrap_or_default();
        usage = Some(start..reader.position());
        Ok(())
    })?;
    draft.facts.stream_options = match (usage, any) {
        (Some(value), _) => StreamOptions::WithUsage(value),
        (None, true) => StreamOptions::WithoutUsage(start),
        (None, false) => StreamOptions::Empty(span.unwrap_or(start..start + "null".len())),
    };
    Ok(())
}

fn modalities(draft: &mut Draft, reader: &mut Reader<'_>) -> Visit {
    let mut wanted = Vec::new();
    reader.want_array("modalities", |reader| {
        let modality = match reader.maybe_string()?.map(|it| it.decode()).as_deref() {
            Some("text") => Modality::Text,
            Some("audio") => Modality::Audio,
            Some("image") => Modality::Image,
            _ => return Ok(()),
        };
        if !wanted.contains(&modality) {
            wanted.push(modality);
        }
        Ok(())
    })?;
    if !wanted.is_empty() {
        draft.facts.output_modalities = wanted;
    }
    Ok(())
}

/// Reads a field of a message or a part.
fn part_field<'a>(
    content: &mut Content,
    reader: &mut Reader<'a>,
    key: &Key<'a>,
    part: &mut Part,
    fields: &mut List,
) -> Visit {
    match &*key.name {
        "role" if content.is_outermost() => part.role = read_speaker(reader)?,
        "reasoning_details" if content.is_outermost() => details(content, reader, key, fields)?,
        // An answer in sound that is referred to.
        "audio" if reader.kind()? == Kind::Object => {
            content.see(Modality::Audio);
            let mut refers = false;
            reader.object(|reader, key| {
                refers |= read_id(reader)? && key.name == "id";
                Ok(())
            })?;
            content.trail.found().kept.extend(refers.then(|| other("messages.audio.id")));
        }
        "file" => {
            let found = refers(reader)?.then(|| other("messages.content.file.file_id"));
            content.trail.found().kept.extend(found);
        }
        _ => content.pass(reader, key, "messages")?,
    }
    Ok(())
}

/// Notes what a message means for the conversation.
fn end_part(content: &mut Content, part: &Part, list: &mut List, span: &Range<usize>) {
    if content.is_outermost() {
        content.trail.end_message(list, part.role, span.clone());
    }
}

/// The place for what other dialects sign. What Chat's own upstreams put there stays as it is.
fn details<'a>(content: &mut Content, reader: &mut Reader<'a>, key: &Key<'a>, fields: &mut List) -> Visit {
    let mut sealed = None;
    reader.maybe_array(|reader| {
        reader.maybe_object(|reader, key| match &*key.name {
            "data" | "signature" => {
                let origin = read_opaque(reader)?;
                sealed = sealed.take().or(origin.filter(|it| matches!(it, Origin::Sealed(_))));
                Ok(())
            }
            _ => reader.skip().map(drop),
        })?;
        Ok(())
    })?;
    if let Some(origin) = sealed {
        let _index = content.trail.artefact(fields, ArtefactKind::Details, origin, key.span.start..reader.position());
    }
    Ok(())
}
