use std::mem;

use super::calls::Calls;
use super::lost::Lost;
use crate::dialect::neutral::{Item, Reply, Warnings};
use crate::dialect::{Dialect, InvalidBody, chat, messages, responses};

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
    let mut answer = match from {
        Dialect::OpenaiChat => chat::read_response(body),
        Dialect::OpenaiResponses => responses::read_response(body),
        Dialect::AnthropicMessages => messages::read_response(body),
    }?;
    let mut calls = Calls::new(&reply.names);
    for item in &mut answer.items {
        if let Item::ToolCall(call) = item {
            calls.settle(&mut call.id, &mut call.name)?;
        }
    }
    let mut warnings = mem::take(&mut answer.warnings);
    Lost::new(from, to).of_answer(&answer, &mut warnings);
    let body = match to {
        Dialect::OpenaiChat => chat::write_response(&answer, reply),
        Dialect::OpenaiResponses => responses::write_response(&answer, reply),
        Dialect::AnthropicMessages => messages::write_response(&answer, reply),
    };
    Ok(Translated { body, warnings })
}
