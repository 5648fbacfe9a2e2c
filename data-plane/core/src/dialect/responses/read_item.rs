//! Output items of an upstream's whole answer. They are read leniently: private servers leave things out.

use std::borrow::Cow;

use super::output;
use crate::dialect::Dialect;
use crate::dialect::neutral::{
    Arguments, Artefact, GeneratedImage, Item, Message, Part, PartKind, Place, ReasoningItem, Role, Text, ToolCall,
    ToolName, Warnings,
};
use crate::json::{Fields, Raw};

/// Reads an item; `None`: it is of a kind that no other dialect knows, which is told.
pub fn read<'a>(raw: &Raw<'a>, place: Place, warnings: &mut Warnings) -> Option<Item<'a>> {
    let mut fields = raw.fields()?;
    let kind = fields.take_string("type").unwrap_or_default();
    let item = match &*kind {
        "message" => Some(message(fields, place, warnings)),
        "reasoning" => Some(reasoning(raw, fields, place)),
        "function_call" | "custom_tool_call" => call(fields, place, kind == "custom_tool_call"),
        "image_generation_call" => image(fields, place),
        _ => None,
    };
    if item.is_none() {
        warnings.dropped(format!("{place}/{kind}"));
    }
    item
}

fn message<'a>(mut fields: Fields<'a>, place: Place, warnings: &mut Warnings) -> Item<'a> {
    let mut parts = Vec::new();
    for (index, raw) in fields.take_elements("content").into_iter().enumerate() {
        let place = place.inside("content", index);
        parts.extend(raw.fields().and_then(|fields| part(fields, place, warnings)));
    }
    Item::Message(Message { place, id: None, role: Role::Assistant, name: None, parts })
}

fn part<'a>(mut fields: Fields<'a>, place: Place, warnings: &mut Warnings) -> Option<Part<'a>> {
    let kind = match fields.take_string("type").as_deref() {
        Some("refusal") => PartKind::Refusal(fields.take_string("refusal")?),
        Some("output_text" | "text") | None => {
            let annotations = output::annotations(&mut fields, &place, warnings);
            let logprobs = fields.take("logprobs").and_then(|it| logprobs(&it));
            PartKind::Text(Text { text: fields.take_words("text")?, annotations, logprobs })
        }
        Some(other) => {
            warnings.dropped(format!("{place}/{other}"));
            return None;
        }
    };
    Some(Part { place, kind, cache: None })
}

/// Probabilities of tokens, if there are any.
pub fn logprobs<'a>(raw: &Raw<'a>) -> Option<Cow<'a, str>> {
    let any = raw.elements().is_some_and(|it| !it.is_empty());
    any.then(|| Cow::Borrowed(raw.as_str()))
}

fn reasoning<'a>(raw: &Raw<'a>, mut fields: Fields<'a>, place: Place) -> Item<'a> {
    let artefact = artefact(raw, &fields);
    Item::Reasoning(ReasoningItem { place, id: None, text: output::reasoning_text(&mut fields), artefact })
}

/// What the upstream needs to have its reasoning back: the item as it was minted. Without anything that it could read there
/// is nothing to give back: an id alone refers to what it has not kept.
pub fn artefact<'a>(item: &Raw<'a>, fields: &Fields<'a>) -> Option<Artefact<'a>> {
    let sealed = fields.get("encrypted_content").and_then(|it| it.string()).is_some_and(|it| !it.is_empty());
    let readable = fields.get("content").and_then(|it| it.elements()).is_some_and(|it| !it.is_empty());
    let block = Cow::Borrowed(item.as_str());
    (sealed || readable).then_some(Artefact { realm: None, dialect: Dialect::OpenaiResponses, block })
}

fn call(mut fields: Fields<'_>, place: Place, custom: bool) -> Option<Item<'_>> {
    let name = tool_name(&mut fields, custom)?;
    let id = fields.take_string("call_id").unwrap_or_default();
    let arguments = arguments(&mut fields, custom);
    Some(Item::ToolCall(ToolCall { place, id, item_id: None, name, arguments, cache: None }))
}

/// The tool that a call names.
pub fn tool_name<'a>(fields: &mut Fields<'a>, custom: bool) -> Option<ToolName<'a>> {
    let name = fields.take_string("name")?;
    Some(ToolName { namespace: fields.take_string("namespace"), name, custom })
}

/// What a tool is called with.
pub fn arguments<'a>(fields: &mut Fields<'a>, custom: bool) -> Arguments<'a> {
    if custom {
        return Arguments::Text(fields.take_string("input").unwrap_or_default());
    }
    Arguments::Json(match fields.take("arguments") {
        // Private servers write the object itself.
        Some(raw) => raw.string().unwrap_or(Cow::Borrowed(raw.as_str())),
        None => Cow::Borrowed(""),
    })
}

fn image(mut fields: Fields<'_>, place: Place) -> Option<Item<'_>> {
    let format = fields.take_string("output_format");
    let media_type = output::media_type(format.as_deref()).into();
    let data = fields.take_string("result").filter(|it| !it.is_empty())?;
    Some(Item::Image(GeneratedImage { place, id: None, media_type, data }))
}
