use super::usage::Counts;
use super::{citation, finish, thinking};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{
    Answer, Arguments, Item, Message, Part, PartKind, Place, Role, Text, ToolCall, ToolName,
};
use crate::json::{Fields, Raw};

/// Reads an upstream's whole answer.
pub fn read_response(body: &[u8]) -> Result<Answer<'_>, InvalidBody> {
    let mut fields = Fields::document(body)?;
    // An answer without its content is no answer: another target may give one.
    let (offset, content) = (fields.offset, fields.take("content"));
    let wrong = || InvalidBody::field("content", content.as_ref().map_or(offset, |it| it.offset), "a list of blocks");
    let blocks = content.as_ref().and_then(Raw::elements).ok_or_else(wrong)?;
    let mut answer = Answer {
        finish: finish::read(fields.take_string("stop_reason").as_deref()),
        stop_sequence: fields.take_string("stop_sequence"),
        ..Answer::default()
    };
    if let Some(usage) = fields.take("usage") {
        answer.usage = Counts::read(&usage).map(|it| it.usage());
        answer.service_tier = usage.fields().and_then(|mut it| it.take_string("service_tier"));
    }
    for (index, block) in blocks.into_iter().enumerate() {
        read_block(&block, Place::of("content", index), &mut answer);
    }
    Ok(answer)
}

fn read_block<'a>(block: &Raw<'a>, place: Place, answer: &mut Answer<'a>) {
    let mut fields = block.fields().unwrap_or_default();
    let kind = fields.take_string("type").unwrap_or_default();
    if let Some(opaque) = thinking::opaque_field(&kind) {
        answer.items.push(Item::Reasoning(thinking::of_upstream(place, block, &mut fields, opaque)));
        return;
    }
    match &*kind {
        "text" => {
            let text = read_text(&mut fields, place, answer);
            push_part(answer, Part { place, kind: PartKind::Text(text), cache: None });
        }
        "tool_use" => answer.items.push(Item::ToolCall(ToolCall {
            place,
            id: fields.take_string("id").unwrap_or_default(),
            item_id: None,
            name: ToolName::function(fields.take_string("name").unwrap_or_default()),
            arguments: Arguments::Json(fields.take("input").map_or("", |it| it.as_str()).into()),
            cache: None,
        })),
        // What the vendor's own tools did.
        _ => answer.warnings.dropped(format!("{place}/{kind}")),
    }
}

fn read_text<'a>(fields: &mut Fields<'a>, place: Place, answer: &mut Answer<'a>) -> Text<'a> {
    let citations = fields.take_elements("citations");
    let annotations: Vec<_> = citations.iter().filter_map(citation::read).collect();
    if annotations.len() < citations.len() {
        answer.warnings.dropped(place.field("citations"));
    }
    Text { text: fields.take_words("text").unwrap_or_default(), annotations, logprobs: None }
}

/// Texts that follow one another are one message.
fn push_part<'a>(answer: &mut Answer<'a>, part: Part<'a>) {
    if let Some(Item::Message(message)) = answer.items.last_mut() {
        message.parts.push(part);
    } else {
        let (place, role) = (part.place, Role::Assistant);
        answer.items.push(Item::Message(Message { place, id: None, role, name: None, parts: vec![part] }));
    }
}

#[cfg(test)]
mod tests;
