//! Where answers hold what only the provider that minted it can use.

use std::ops::Range;

use super::id_tag::{IdTag, ItemTagger, item_position};
use super::neutral::mark;
use super::splice::Splice;
use crate::facts::Realm;
use crate::json::{Escapes, InvalidBody, Reader};

/// Places in an answer, in bytes of its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minted {
    /// Where opaque values start, behind their opening quotes; empty values are none.
    pub values: Vec<usize>,
    /// The id of a response, and where a tag can be put into it.
    pub id: Option<(usize, String)>,
    /// Where ids of items stand, without their quotes.
    pub items: Vec<Range<usize>>,
}

impl Minted {
    /// What is spliced in, in no order: values tell who minted them, ids of responses bear their tag.
    pub fn marks(&self, realm: Option<Realm>, tag: Option<&IdTag>) -> Vec<Splice> {
        let values = realm.into_iter().flat_map(|realm| self.values.iter().map(move |at| (*at, mark(realm))));
        let id = tag.zip(self.id.as_ref()).map(|(tag, (at, id))| (*at, tag.of(id)));
        values.chain(id).map(|(at, text)| Splice { range: at..at, with: text.into() }).collect()
    }

    /// The same for ids of items. `json`: what was read.
    pub fn item_tags(&self, tagger: &mut ItemTagger, json: &[u8]) -> Vec<Splice> {
        let id = |span: &Range<usize>| Some((span.start, std::str::from_utf8(json.get(span.clone())?).ok()?));
        let mut splice = |(start, id): (usize, &str)| {
            let at = start + item_position(id);
            Splice { range: at..at, with: tagger.of(id) }
        };
        self.items.iter().filter_map(id).map(&mut splice).collect()
    }

    /// Reads an opaque value.
    pub fn value(&mut self, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
        let text = reader.maybe_string()?.filter(|it| !it.raw.is_empty());
        self.values.extend(text.map(|it| it.span.start + 1));
        Ok(())
    }

    /// Reads the id of an item.
    pub fn item_id(&mut self, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
        let text = reader.maybe_string()?.filter(|it| !it.raw.is_empty() && it.escapes == Escapes::None);
        self.items.extend(text.map(|it| it.span.start + 1..it.span.end - 1));
        Ok(())
    }
}
