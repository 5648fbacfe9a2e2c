use std::borrow::Cow;

use super::turns::{self, AssistantTurn, Call, Turn};
use super::{Context, content, reasoning, system};
use crate::config::Modality;
use crate::dialect::chat::parts;
use crate::dialect::neutral::{Arguments, Item, Message, Part, PartKind, ToolCall, ToolResult, custom, tool_call_id};
use crate::json::write::{ArrayWriter, ObjectWriter};

/// Writes the conversation.
pub fn write(items: &[Item<'_>], context: &mut Context<'_>, out: &mut ArrayWriter<'_>) {
    let items = system::leading(items, context, out);
    for turn in turns::arrange(items) {
        match turn {
            Turn::Words(message) => words(message, context, out),
            Turn::Assistant(turn) => assistant(&turn, context, out),
            Turn::Stray(result) => {
                context.warnings.approximated(result.place.to_string());
                about_result(result, context);
                let parts: Vec<_> = result.parts.iter().collect();
                user(&content::of_user(&parts, context), None, out);
            }
        }
    }
}

fn words(message: &Message<'_>, context: &mut Context<'_>, out: &mut ArrayWriter<'_>) {
    if system::is_operator(message) {
        return user(&system::reminder(message, context), None, out);
    }
    let parts: Vec<_> = message.parts.iter().collect();
    user(&content::of_user(&parts, context), message.name.as_deref(), out);
}

fn user(written: &[content::Written<'_>], name: Option<&str>, out: &mut ArrayWriter<'_>) {
    if !written.is_empty() {
        out.object(|out| {
            out.string("role", "user");
            out.optional("name", name);
            content::write(written, out);
        });
    }
}

fn assistant(turn: &AssistantTurn<'_, '_>, context: &mut Context<'_>, out: &mut ArrayWriter<'_>) {
    let (refusals, texts): (Vec<&Part<'_>>, Vec<&Part<'_>>) =
        turn.words.iter().partition(|it| matches!(it.kind, PartKind::Refusal(_)));
    let written = content::of_texts(&texts, context);
    let refusal: String = refusals.iter().filter_map(|it| refusal(it)).collect();
    let says_nothing = written.is_empty() && refusal.is_empty() && turn.calls.is_empty();
    let reasoning = reasoning::given_back(&turn.reasoning, !says_nothing, context);
    if !says_nothing {
        out.object(|out| {
            out.string("role", "assistant");
            match written.is_empty() {
                false => content::write(&written, out),
                true if turn.calls.is_empty() => out.string("content", ""),
                true => out.null("content"),
            }
            if !refusal.is_empty() {
                out.string("refusal", &refusal);
            }
            reasoning.write(out);
            if !turn.calls.is_empty() {
                out.array("tool_calls", |out| {
                    for call in &turn.calls {
                        out.object(|out| tool_call(call.item, context, out));
                    }
                });
            }
        });
    }
    results(turn, context, out);
}

fn refusal<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    match &part.kind {
        PartKind::Refusal(words) => Some(words),
        _ => None,
    }
}

fn tool_call(call: &ToolCall<'_>, context: &mut Context<'_>, out: &mut ObjectWriter<'_>) {
    if call.cache.is_some() {
        context.warnings.dropped(call.place.field("cache_control"));
    }
    let name = context.names.add(&call.name, context.custom_kept);
    out.string("id", &id(&call.id));
    if call.name.custom && context.custom_kept {
        let (Arguments::Json(input) | Arguments::Text(input)) = &call.arguments;
        out.string("type", "custom");
        return out.object("custom", |out| {
            out.string("name", &name);
            out.string("input", input);
        });
    }
    let arguments = match &call.arguments {
        Arguments::Json(json) if json.trim().is_empty() => Cow::Borrowed("{}"),
        Arguments::Json(json) => Cow::Borrowed(&**json),
        Arguments::Text(text) => Cow::Owned(custom::wrap(text)),
    };
    out.string("type", "function");
    out.object("function", |out| {
        out.string("name", &name);
        out.string("arguments", &arguments);
    });
}

fn id(id: &str) -> Cow<'_, str> {
    tool_call_id(id, "call_")
}

/// The results of a turn's calls, in the order of the calls; then, as a message of the user, what cannot be in them.
fn results(turn: &AssistantTurn<'_, '_>, context: &mut Context<'_>, out: &mut ArrayWriter<'_>) {
    let answered = turn.followed || turn.calls.iter().any(|it| it.result.is_some());
    let mut moved = Vec::new();
    for Call { item: call, result, .. } in turn.calls.iter().filter(|_| answered) {
        let texts = if let Some(result) = result {
            about_result(result, context);
            let is_text = |part: &&Part<'_>| matches!(part.kind, PartKind::Text(_) | PartKind::Refusal(_));
            let (texts, others): (Vec<_>, Vec<_>) = result.parts.iter().partition(is_text);
            moved.extend(content::of_user(&others, context));
            content::of_texts(&texts, context)
        } else {
            context.warnings.approximated(call.place.to_string());
            Vec::new()
        };
        out.object(|out| {
            out.string("role", "tool");
            out.string("tool_call_id", &id(&call.id));
            content::write(&texts, out);
        });
    }
    let sees = context.target.input_modalities.contains(&Modality::Image);
    for image in &turn.images {
        if sees {
            context.warnings.approximated(image.place.to_string());
            moved.push(content::json(|out| parts::write_image(&image.media_type, &image.data, None, out)));
        } else {
            context.warnings.dropped(image.place.to_string());
        }
    }
    user(&moved, None, out);
}

/// What only Messages says about a result.
fn about_result(result: &ToolResult<'_>, context: &mut Context<'_>) {
    if result.is_error {
        context.warnings.dropped(result.place.field("is_error"));
    }
    if result.cache.is_some() {
        context.warnings.dropped(result.place.field("cache_control"));
    }
}
