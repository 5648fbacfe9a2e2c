use std::borrow::Cow;

use super::place::{At, cache, drop_rest};
use super::{media, reasoning, tool_result};
use crate::dialect::InvalidBody;
use crate::dialect::messages::{citation, thinking};
use crate::dialect::neutral::{
    Annotation, Arguments, Item, Message, Part, PartKind, Place, Request, Role, Text, ToolCall, ToolName,
};
use crate::json::{Fields, Kind, Raw, Words};

/// Reads `messages`.
pub fn read<'a>(messages: Option<Raw<'a>>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let Some(list) = messages.as_ref().and_then(Raw::elements) else {
        let at = messages.map_or(0, |it| it.offset);
        return Err(InvalidBody::field("messages", at, "an array of messages"));
    };
    for (index, message) in list.into_iter().enumerate() {
        read_message(&message, index, request)?;
    }
    Ok(())
}

fn read_message<'a>(message: &Raw<'a>, index: usize, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    let place = Place::of("messages", index);
    let at = At::of(place);
    let mut fields = message.fields().ok_or_else(|| at.invalid(message, "a message"))?;
    let role = match fields.take_string("role").as_deref() {
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        Some("system") => Role::System,
        _ => return Err(at.invalid_field("role", message, "`user`, `assistant` or `system`")),
    };
    let mut turn = Turn { place, role, parts: Vec::new() };
    match fields.take("content") {
        None => {}
        Some(content) if content.kind() == Kind::String => {
            turn.parts.extend(content.words().map(|text| Part::text(place, text)));
        }
        Some(content) => {
            let expected = "a text or an array of blocks";
            let blocks = content.elements().ok_or_else(|| at.invalid_field("content", &content, expected))?;
            for (inner, block) in blocks.into_iter().enumerate() {
                turn.block(&block, place.inside("content", inner), request)?;
            }
        }
    }
    turn.end_message(request);
    reasoning::read_of_message(&mut fields, place, request);
    drop_rest(fields, place, &mut request.warnings);
    Ok(())
}

/// A message, which comes apart into several items where blocks that are no words stand between its words.
struct Turn<'a> {
    place: Place,
    role: Role,
    parts: Vec<Part<'a>>,
}

impl<'a> Turn<'a> {
    fn end_message(&mut self, request: &mut Request<'a>) {
        let (place, parts) = (self.place, std::mem::take(&mut self.parts));
        if !parts.is_empty() {
            request.items.push(Item::Message(Message { place, id: None, role: self.role, name: None, parts }));
        }
    }

    fn item(&mut self, item: Item<'a>, request: &mut Request<'a>) {
        self.end_message(request);
        request.items.push(item);
    }

    fn block(&mut self, block: &Raw<'a>, place: Place, request: &mut Request<'a>) -> Result<(), InvalidBody> {
        let at = At::of(place);
        let (mut fields, kind) = open(block, at)?;
        if let Some(opaque) = thinking::opaque_field(&kind) {
            let reasoning = thinking::of_caller(place, block, &mut fields, opaque);
            self.item(Item::Reasoning(reasoning), request);
            drop_rest(fields, place, &mut request.warnings);
            return Ok(());
        }
        match &*kind {
            "tool_use" => {
                let call = read_call(&mut fields, place, block, request)?;
                self.item(Item::ToolCall(call), request);
                drop_rest(fields, place, &mut request.warnings);
                Ok(())
            }
            "tool_result" => {
                let result = tool_result::read(fields, place, block, request)?;
                self.item(Item::ToolResult(result), request);
                Ok(())
            }
            _ => read_part(fields, &kind, at, block, request, &mut self.parts),
        }
    }
}

/// A block's fields, and its type.
pub fn open<'a>(block: &Raw<'a>, at: At) -> Result<(Fields<'a>, Cow<'a, str>), InvalidBody> {
    let mut fields = block.fields().ok_or_else(|| at.invalid(block, "a block"))?;
    let kind = fields.take_string("type").ok_or_else(|| at.invalid_field("type", block, "a text"))?;
    Ok((fields, kind))
}

/// A field that has to hold a text.
pub fn required_text<'a>(
    fields: &mut Fields<'a>,
    at: At,
    name: &str,
    block: &Raw<'a>,
) -> Result<Cow<'a, str>, InvalidBody> {
    fields.take_string(name).ok_or_else(|| at.invalid_field(name, block, "a text"))
}

/// The same, of any length.
pub fn required_words<'a>(
    fields: &mut Fields<'a>,
    at: At,
    name: &str,
    block: &Raw<'a>,
) -> Result<Words<'a>, InvalidBody> {
    fields.take_words(name).ok_or_else(|| at.invalid_field(name, block, "a text"))
}

/// Reads what a message and a tool's result can both hold. What only the vendor's own tools made is left out.
pub fn read_part<'a>(
    mut fields: Fields<'a>,
    kind: &str,
    at: At,
    block: &Raw<'a>,
    request: &mut Request<'a>,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), InvalidBody> {
    let place = at.place;
    let cache = cache(&mut fields, place, &mut request.warnings);
    let from = parts.len();
    match kind {
        "text" => {
            let text = required_words(&mut fields, at, "text", block)?;
            let annotations = read_citations(&mut fields, place, request);
            let kind = PartKind::Text(Text { text, annotations, logprobs: None });
            parts.push(Part { place, kind, cache: None });
        }
        "image" => media::read_image(&mut fields, place, request, parts),
        "document" => media::read_document(&mut fields, at, request, parts)?,
        "search_result" => media::read_search_result(&mut fields, place, request, parts),
        "tool_reference" => {
            // The tool itself is offered from the start.
            let name = required_text(&mut fields, at, "tool_name", block)?;
            parts.push(Part::text(place, format!("The tool {name} is ready to be called.")));
            request.warnings.approximated(format!("{place}/{kind}"));
        }
        "container_upload" => {
            super::impossible(request, place.field("file_id"), "a file belongs to the provider that keeps it");
            fields = Fields::default();
        }
        _ => {
            request.warnings.dropped(format!("{place}/{kind}"));
            fields = Fields::default();
        }
    }
    match parts.get_mut(from..).and_then(<[_]>::last_mut) {
        Some(last) => last.cache = cache,
        None if cache.is_some() => request.warnings.dropped(place.field("cache_control")),
        None => {}
    }
    drop_rest(fields, place, &mut request.warnings);
    Ok(())
}

/// Pages with an address are cited in other dialects, too, but without the text that the vendor keeps sealed.
fn read_citations<'a>(fields: &mut Fields<'a>, place: Place, request: &mut Request<'a>) -> Vec<Annotation<'a>> {
    let citations = fields.take_elements("citations");
    let annotations: Vec<_> = citations.iter().filter_map(citation::read).collect();
    if annotations.len() < citations.len() {
        request.warnings.dropped(place.field("citations"));
    } else if !annotations.is_empty() {
        request.warnings.approximated(place.field("citations"));
    }
    annotations
}

fn read_call<'a>(
    fields: &mut Fields<'a>,
    place: Place,
    block: &Raw<'a>,
    request: &mut Request<'a>,
) -> Result<ToolCall<'a>, InvalidBody> {
    let at = At::of(place);
    let id = required_text(fields, at, "id", block)?;
    let name = ToolName::function(required_text(fields, at, "name", block)?);
    let arguments = Arguments::Json(fields.take("input").map_or("", |it| it.as_str()).into());
    let cache = cache(fields, place, &mut request.warnings);
    let caller = fields.take_fields("caller").and_then(|mut it| it.take_string("type"));
    if caller.is_some_and(|it| it != "direct") {
        request.warnings.dropped(place.field("caller"));
    }
    Ok(ToolCall { place, id, item_id: None, name, arguments, cache })
}
