use std::borrow::Cow;
use std::mem;

use super::{DETAILS, READABLE};
use crate::dialect::Dialect;
use crate::dialect::neutral::{Artefact, Place, ReasoningItem, Sealed};
use crate::json::{Fields, Raw, write};

/// Takes the reasoning out of an assistant message of a conversation: one item for each opaque entry, with the readable
/// ones before it.
pub fn read_history<'a>(message: &mut Fields<'a>, place: Place) -> Vec<ReasoningItem<'a>> {
    let readable = READABLE.map(|name| message.take_string(name).filter(|it| !it.is_empty()));
    let mut items = Vec::new();
    let mut item = ReasoningItem { place, ..ReasoningItem::default() };
    let mut last_index = None;
    for entry in message.take_elements(DETAILS) {
        let Some(mut fields) = entry.fields() else { continue };
        let index = fields.take_count("index");
        let text = fields.take_string("text").or_else(|| fields.take_string("summary")).filter(|it| !it.is_empty());
        match (text, item.text.last_mut()) {
            // Clients that do not put fragments together send them back one by one.
            (Some(text), Some(last)) if index.is_some() && index == last_index => last.to_mut().push_str(&text),
            (Some(text), _) => item.text.push(text),
            (None, _) => {}
        }
        last_index = index;
        let opaque = ["data", "signature"].iter().find_map(|it| fields.take(it));
        item.artefact = opaque.and_then(|opaque| artefact(&entry, &opaque));
        if item.artefact.is_some() {
            items.push(mem::replace(&mut item, ReasoningItem { place, ..ReasoningItem::default() }));
        }
    }
    if !item.text.is_empty() {
        items.push(item);
    }
    if let Some(text) = readable.into_iter().flatten().next()
        && items.iter().all(|it| it.text.is_empty())
    {
        match items.first_mut() {
            Some(first) => first.text.push(text),
            None => items.push(ReasoningItem { place, text: vec![text], ..ReasoningItem::default() }),
        }
    }
    items
}

/// What an opaque field holds.
fn artefact<'a>(entry: &Raw<'a>, opaque: &Raw<'a>) -> Option<Artefact<'a>> {
    let value = opaque.string().filter(|it| !it.is_empty())?;
    let own = |realm, entry: &str| Artefact {
        realm,
        dialect: Dialect::OpenaiChat,
        block: Cow::Owned(format!("{{\"{DETAILS}\":[{entry}]}}")),
    };
    Some(match Sealed::read(&value) {
        Sealed::Foreign(artefact) => artefact,
        Sealed::Plain(_) => own(None, entry.as_str()),
        Sealed::Marked { realm, value } => {
            let mut unmarked = Vec::new();
            write::string(&mut unmarked, value);
            let start = opaque.offset - entry.offset;
            let (before, rest) = entry.as_str().split_at(start);
            let after = &rest[opaque.as_str().len()..];
            own(Some(realm), &format!("{before}{}{after}", String::from_utf8_lossy(&unmarked)))
        }
    })
}
