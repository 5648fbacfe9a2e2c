use super::block::{Block, Mark};
use super::media;
use crate::config::Target;
use crate::dialect::neutral::{Field, Format, Message, PartKind, Request, Warnings};

/// The blocks of instructions that stand before the conversation.
pub fn blocks<'r>(message: &'r Message<'_>, warnings: &mut Warnings) -> Vec<Block<'r>> {
    let mut blocks = Vec::new();
    for part in &message.parts {
        match &part.kind {
            PartKind::Text(_) => blocks.extend(media::text(part, warnings)),
            _ => warnings.dropped(part.place.to_string()),
        }
    }
    blocks
}

/// Instructions in the middle of a conversation, as the user's words. Models know these tags from Claude Code.
pub fn reminders<'r>(message: &'r Message<'_>, warnings: &mut Warnings) -> Vec<Block<'r>> {
    let mut blocks = Vec::new();
    for part in &message.parts {
        match &part.kind {
            PartKind::Text(text) if text.text.is_blank() => {}
            PartKind::Text(text) => {
                let wrapped = text.text.trim_start().starts_with("<system-reminder>");
                let text = if wrapped {
                    text.text.borrowed()
                } else {
                    format!("<system-reminder>\n{}\n</system-reminder>", text.text).into()
                };
                blocks.push(Block::Text { text, mark: Mark::of(part.cache.as_ref(), part.place) });
            }
            _ => warnings.dropped(part.place.to_string()),
        }
    }
    warnings.approximated(message.place.to_string());
    blocks
}

/// Asks in words for a form that the target cannot be held to.
pub fn ask_for_form(request: &Request<'_>, target: &Target, system: &mut Vec<Block<'_>>, warnings: &mut Warnings) {
    let text = match &request.format {
        Some(Format::JsonObject) => "Answer with a single JSON object and nothing else.".to_owned(),
        Some(Format::JsonSchema { schema, .. }) if !target.structured_outputs => {
            format!("Answer with JSON that is valid under this JSON Schema, and with nothing else:\n{schema}")
        }
        _ => return,
    };
    warnings.approximated(request.field_path(Field::Format));
    system.push(Block::Text { text: text.into(), mark: None });
}
