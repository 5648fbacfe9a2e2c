use std::mem;

use super::calls::Calls;
use super::lost::Lost;
use crate::dialect::answer::filter_answer;
use crate::dialect::codecs::codec;
use crate::dialect::filter::{TextFilter, TextOf};
use crate::dialect::neutral::{Arguments, Item, PartKind, Reply, Warnings};
use crate::dialect::{Dialect, InvalidBody, Operation, compact, splice};

/// A whole answer in the caller's dialect.
#[derive(Clone, Debug)]
pub struct Translated {
    /// JSON.
    pub body: Vec<u8>,
    /// What was not carried as it is: paths of the upstream's answer.
    pub warnings: Warnings,
}

/// Writes an upstream's whole answer of status 200 in the caller's dialect. The error is an answer that no client could use:
/// it is not JSON, or calls a tool without a name.
pub fn translate_answer(from: Dialect, to: Dialect, body: &[u8], reply: &Reply) -> Result<Translated, InvalidBody> {
    translate_filtered(from, to, body, reply, None)
}

/// The same, with its texts filtered.
fn translate_filtered(
    from: Dialect,
    to: Dialect,
    body: &[u8],
    reply: &Reply,
    filter: Option<&mut (dyn TextFilter + 'static)>,
) -> Result<Translated, InvalidBody> {
    let mut answer = codec(from).read_response(body)?;
    let mut calls = Calls::new(&reply.names);
    for item in &mut answer.items {
        if let Item::ToolCall(call) = item {
            calls.settle(&mut call.id, &mut call.name)?;
        }
    }
    if let Some(filter) = filter {
        filter_items(&mut answer.items, filter);
    }
    let mut warnings = mem::take(&mut answer.warnings);
    Lost::new(from, to).of_answer(&answer, &mut warnings);
    Ok(Translated { body: codec(to).write_response(&answer, reply), warnings })
}

/// Texts are numbered as they come.
fn filter_items(items: &mut [Item<'_>], filter: &mut dyn TextFilter) {
    let mut block = 0;
    for item in items {
        block += 1;
        match item {
            Item::Message(message) => {
                for part in &mut message.parts {
                    block += 1;
                    filter_part(&mut part.kind, TextOf::words(block), filter);
                }
            }
            Item::ToolCall(call) => {
                let (Arguments::Json(text) | Arguments::Text(text)) = &mut call.arguments;
                if let Some(out) = filter.whole(TextOf::arguments(block), text) {
                    *text = out.into();
                }
            }
            Item::Reasoning(_) | Item::ToolResult(_) | Item::Image(_) => {}
        }
    }
}

fn filter_part(part: &mut PartKind<'_>, of: TextOf, filter: &mut dyn TextFilter) {
    match part {
        PartKind::Text(text) => {
            if let Some(out) = filter.whole(of, &text.text) {
                text.text = out.into();
            }
            // They have the words as the model wrote them.
            text.logprobs = None;
        }
        PartKind::Refusal(text) => {
            if let Some(out) = filter.whole(of, text) {
                *text = out.into();
            }
        }
        PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. } => {}
    }
}

/// Makes the answer to an operation of an upstream's whole answer. `request` is the body that asked for it.
pub fn answer_operation(
    from: Dialect,
    operation: Operation,
    body: &[u8],
    request: &[u8],
    reply: &Reply,
    filter: Option<&mut (dyn TextFilter + 'static)>,
) -> Result<Translated, InvalidBody> {
    let to = operation.dialect();
    if operation != Operation::Compact {
        return translate_filtered(from, to, body, reply, filter);
    }
    // The upstream was asked for a summary.
    let Translated { body: answer, warnings } = if from == to {
        let splices = filter.map_or_else(|| Ok(Vec::new()), |it| filter_answer(to.operation(), body, it))?;
        let body = splice::apply_all(body, splices);
        Translated { body, warnings: Warnings::default() }
    } else {
        translate_filtered(from, to, body, reply, filter)?
    };
    Ok(Translated { body: compact::compaction(request, &answer, reply)?, warnings })
}
