use super::envelope::{Envelope, Outcome};
use super::finish::Ending;
use super::write_item::{OutputItem, Stage};
use crate::dialect::neutral::{Answer, Reply};
use crate::json::write;

#[cfg(test)]
mod tests;

/// Writes a whole answer for a caller.
pub fn write_response(answer: &Answer<'_>, reply: &Reply) -> Vec<u8> {
    let mut items: Vec<_> = answer.items.iter().flat_map(|item| OutputItem::of(item, reply)).collect();
    let refused = items.iter().any(|it| matches!(it, OutputItem::Refusal(_)));
    let ending = Ending::of(answer.finish, refused);
    let last = items.len().wrapping_sub(1);
    let mut output = Vec::new();
    write::array(&mut output, |list| {
        for (index, item) in items.iter_mut().enumerate() {
            item.name_call(reply, index);
            // Only what was being written when the answer ended is cut.
            let status = if index == last { ending.status() } else { Ending::Completed.status() };
            list.object(|it| item.write(it, &item.mint_id(reply, index), Stage::Ended(status)));
        }
    });
    let output = String::from_utf8_lossy(&output);
    let outcome =
        Outcome { ending, output: &output, usage: answer.usage, service_tier: answer.service_tier.as_deref() };
    let mut body = Vec::new();
    write::object(&mut body, |object| Envelope::new(reply.clone()).write(object, Some(&outcome)));
    body
}
