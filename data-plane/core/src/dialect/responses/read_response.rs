use super::{finish, read_item, usage};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Answer, Item, Place, Warnings};
use crate::json::Fields;

#[cfg(test)]
mod tests;

/// Reads an upstream's whole answer.
pub fn read_response(body: &[u8]) -> Result<Answer<'_>, InvalidBody> {
    let mut fields = Fields::document(body)?;
    let offset = fields.offset;
    let Some(output) = fields.take("output") else {
        return Err(InvalidBody::field("output", offset, "a list of items"));
    };
    let wrong = || InvalidBody::field("output", output.offset, "a list of items");
    let mut warnings = Warnings::default();
    let mut items = Vec::new();
    for (index, raw) in output.elements().ok_or_else(wrong)?.into_iter().enumerate() {
        items.extend(read_item::read(&raw, Place::of("output", index), &mut warnings));
    }
    let calls = items.iter().any(|it| matches!(it, Item::ToolCall(_)));
    Ok(Answer {
        items,
        finish: finish::read(&mut fields, calls),
        stop_sequence: None,
        usage: fields.take("usage").and_then(|it| usage::read(&it)),
        service_tier: fields.take_string("service_tier"),
        warnings,
    })
}
