//! The operator's words. Many private servers' templates take one such message, and only at the start.

use super::Context;
use super::content::{self, Written};
use crate::dialect::neutral::{Item, Message, Part, Role};
use crate::json::write::ArrayWriter;

/// Writes the operator's words that stand before everything else as one message, a part for each text. Returns what
/// follows them.
pub fn leading<'i, 'a>(items: &'i [Item<'a>], context: &mut Context<'_>, out: &mut ArrayWriter<'_>) -> &'i [Item<'a>] {
    let of_operator = |item: &&Item<'_>| matches!(item, Item::Message(it) if is_operator(it));
    let (leading, rest) = items.split_at(items.iter().take_while(of_operator).count());
    let messages = leading.iter().filter_map(|item| match item {
        Item::Message(message) => Some(message),
        _ => None,
    });
    let (mut name, mut parts) = (None, Vec::new());
    for message in messages {
        parts.extend(&message.parts);
        if leading.len() == 1 {
            name = message.name.as_deref();
        } else if message.name.is_some() {
            context.warnings.dropped(message.place.field("name"));
        }
    }
    let written = content::of_texts(&parts, context);
    if !written.is_empty() {
        out.object(|out| {
            out.string("role", "system");
            out.optional("name", name);
            content::write(&written, out);
        });
    }
    rest
}

/// The operator speaks.
pub fn is_operator(message: &Message<'_>) -> bool {
    matches!(message.role, Role::System | Role::Developer)
}

/// The operator's words in the middle of a conversation, as the user's. Models know these tags from Claude Code.
pub fn reminder<'p>(message: &'p Message<'_>, context: &mut Context<'_>) -> Vec<Written<'p>> {
    context.warnings.approximated(message.place.to_string());
    let parts: Vec<&Part<'_>> = message.parts.iter().collect();
    let written = content::of_texts(&parts, context);
    written.into_iter().map(wrapped).collect()
}

fn wrapped(written: Written<'_>) -> Written<'_> {
    match written {
        Written::Text(text) if !text.trim_start().starts_with("<system-reminder>") => {
            Written::Text(format!("<system-reminder>\n{text}\n</system-reminder>").into())
        }
        other => other,
    }
}
