use std::borrow::Cow;

use super::place::{At, cache, drop_rest};
use super::{conversation, invalid};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{Item, Message, Part, PartKind, Place, Request, Role, Text};
use crate::json::Raw;

/// How a line starts in which Claude Code tells its vendor whom to bill. It changes from request to request, and would keep
/// other vendors from finding anything in their prompt caches.
const BILLING: &str = "x-anthropic-billing-header:";

/// Reads `system`. Each of its blocks is a message of its own, as it is where other dialects' system messages go.
pub fn read<'a>(system: &Raw<'a>, request: &mut Request<'a>) -> Result<(), InvalidBody> {
    if let Some(text) = system.words() {
        push(Part::text(Place::of("system", 0), text), request);
        return Ok(());
    }
    let blocks = system.elements().ok_or_else(|| invalid("system", system, "a text or an array of blocks"))?;
    for (index, block) in blocks.into_iter().enumerate() {
        if let Some(part) = read_block(&block, Place::of("system", index), request)? {
            push(part, request);
        }
    }
    Ok(())
}

fn push<'a>(mut part: Part<'a>, request: &mut Request<'a>) {
    if keep(&mut part, request) {
        let place = part.place;
        let message = Message { place, id: None, role: Role::System, name: None, parts: vec![part] };
        request.items.push(Item::Message(message));
    }
}

fn read_block<'a>(block: &Raw<'a>, place: Place, request: &mut Request<'a>) -> Result<Option<Part<'a>>, InvalidBody> {
    let at = At::of(place);
    let mut fields = block.fields().ok_or_else(|| at.invalid(block, "a block"))?;
    let kind = fields.take_string("type").unwrap_or(Cow::Borrowed("text"));
    if kind != "text" {
        request.warnings.dropped(format!("{place}/{kind}"));
        return Ok(None);
    }
    let text = conversation::required_words(&mut fields, at, "text", block)?;
    let cache = cache(&mut fields, place, &mut request.warnings);
    fields.take("citations");
    drop_rest(fields, place, &mut request.warnings);
    Ok(Some(Part { place, kind: PartKind::Text(Text::plain(text)), cache }))
}

/// Takes the billing line off; nothing is left of a block that is nothing else.
fn keep(part: &mut Part<'_>, request: &mut Request<'_>) -> bool {
    let PartKind::Text(text) = &mut part.kind else { return true };
    if !text.text.begins_with(BILLING) {
        return true;
    }
    request.warnings.dropped(part.place.to_string());
    let rest = text.text.split_once('\n').map(|(_, rest)| rest.trim_start_matches('\n').to_owned());
    text.text = rest.unwrap_or_default().into();
    !text.text.is_empty()
}
