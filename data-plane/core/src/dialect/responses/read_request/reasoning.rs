use std::borrow::Cow;

use super::Reading;
use crate::dialect::Dialect;
use crate::dialect::json::{Fields, Raw, write};
use crate::dialect::neutral::{Artefact, Item, Part, Place, ReasoningItem, Role, Sealed};
use crate::dialect::responses::output;

impl<'a> Reading<'a> {
    pub(super) fn reasoning_item(&mut self, place: Place, raw: Raw<'a>, fields: &mut Fields<'a>) {
        let id = fields.take_string("id");
        let text = output::reasoning_text(fields);
        let artefact = fields.take("encrypted_content").and_then(|sealed| artefact(raw, sealed));
        self.request.items.push(Item::Reasoning(ReasoningItem { place, id, text, artefact }));
    }

    /// A conversation that was made shorter. The router's own summary takes its place; a provider's own is sealed for all
    /// others.
    pub(super) fn compaction(&mut self, place: Place, fields: &mut Fields<'a>, kind: &str) {
        match fields.take_string("encrypted_content").and_then(|it| compacted_summary(&it)) {
            Some(summary) => self.message(place, Role::Developer, vec![Part::text(place, summary)]),
            None => self.unknown(place, kind),
        }
    }
}

/// The summary in a `compaction` item that the router made itself: an artefact of this dialect whose block is
/// `{"summary": "…"}`. `None`: somebody else made it.
fn compacted_summary(encrypted_content: &str) -> Option<String> {
    let Sealed::Foreign(Artefact { dialect: Dialect::OpenaiResponses, block, .. }) = Sealed::read(encrypted_content)
    else {
        return None;
    };
    let summary = Fields::document(block.as_bytes()).ok()?.take_string("summary")?;
    Some(summary.into_owned())
}

/// What a reasoning item holds for the target that minted it.
fn artefact<'a>(item: Raw<'a>, sealed: Raw<'a>) -> Option<Artefact<'a>> {
    let dialect = Dialect::OpenaiResponses;
    let value = sealed.string().filter(|it| !it.is_empty())?;
    Some(match Sealed::read(&value) {
        Sealed::Foreign(artefact) => artefact,
        Sealed::Plain(_) => Artefact { realm: None, dialect, block: Cow::Borrowed(item.as_str()) },
        Sealed::Marked { realm, value } => {
            let start = sealed.offset - item.offset;
            let mut minted = Vec::new();
            write::string(&mut minted, value);
            let minted = String::from_utf8(minted).ok()?;
            let (before, after) = (&item.as_str()[..start], &item.as_str()[start + sealed.as_str().len()..]);
            Artefact { realm: Some(realm), dialect, block: Cow::Owned(format!("{before}{minted}{after}")) }
        }
    })
}
