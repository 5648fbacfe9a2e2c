use std::mem;

use super::calls::Calls;
use super::lost::Lost;
use crate::dialect::codecs::codec;
use crate::dialect::neutral::{Item, Reply, Warnings};
use crate::dialect::{Dialect, InvalidBody, Operation, compact};

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
    let mut answer = codec(from).read_response(body)?;
    let mut calls = Calls::new(&reply.names);
    for item in &mut answer.items {
        if let Item::ToolCall(call) = item {
            calls.settle(&mut call.id, &mut call.name)?;
        }
    }
    let mut warnings = mem::take(&mut answer.warnings);
    Lost::new(from, to).of_answer(&answer, &mut warnings);
    Ok(Translated { body: codec(to).write_response(&answer, reply), warnings })
}

/// Makes the answer to an operation of an upstream's whole answer. `request` is the body that asked for it.
pub fn answer_operation(
    from: Dialect,
    operation: Operation,
    body: &[u8],
    request: &[u8],
    reply: &Reply,
) -> Result<Translated, InvalidBody> {
    let to = operation.dialect();
    if operation != Operation::Compact {
        return translate_answer(from, to, body, reply);
    }
    // The upstream was asked for a summary.
    let Translated { body: answer, warnings } = if from == to {
        Translated { body: body.to_vec(), warnings: Warnings::default() }
    } else {
        translate_answer(from, to, body, reply)?
    };
    Ok(Translated { body: compact::compaction(request, &answer, reply)?, warnings })
}
