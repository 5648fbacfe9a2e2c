use std::borrow::Cow;

use super::Reading;
use crate::dialect::Dialect;
use crate::dialect::neutral::{Artefact, Item, Part, Place, ReasoningItem, Role, Sealed};
use crate::dialect::responses::output;
use crate::json::{Fields, Raw, write};

impl<'a> Reading<'a> {
    pub(super) fn reasoning_item(&mut self, place: Place, raw: &Raw<'a>, fields: &mut Fields<'a>) {
        let id = fields.take_string("id");
        let text = output::reasoning_text(fields);
        let artefact = fields.take("encrypted_content").and_then(|sealed| artefact(raw, &sealed));
        self.request.items.push(Item::Reasoning(ReasoningItem { place, id, text, artefact }));
    }

    /// A conversation that was made shorter. The router's own summary takes its place; a provider's own is sealed for all
    /// others.
    pub(super) fn compaction(&mut self, place: Place, fields: &mut Fields<'a>, kind: &str) {
        let sealed = fields.take_string("encrypted_content");
        let summary = sealed.and_then(|it| match Sealed::read(&it) {
            Sealed::Foreign(artefact) => artefact.summary(),
            _ => None,
        });
        match summary {
            Some(summary) => self.message(place, Role::Developer, vec![Part::text(place, summary)]),
            None => self.unknown(place, kind),
        }
    }
}

/// What a reasoning item holds for the target that minted it.
fn artefact<'a>(item: &Raw<'a>, sealed: &Raw<'a>) -> Option<Artefact<'a>> {
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
