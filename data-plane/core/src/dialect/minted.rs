//! Where answers hold what only the provider that minted it can use.

use super::id_tag::IdTag;
use super::neutral::mark;
use super::splice::Splice;
use crate::facts::Realm;
use crate::json::{InvalidBody, Reader};

/// Places in an answer, in bytes of its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minted {
    /// Where opaque values start, behind their opening quotes; empty values are none.
    pub values: Vec<usize>,
    /// The id of a response, and where a tag can be put into it.
    pub id: Option<(usize, String)>,
}

impl Minted {
    /// What is spliced in, in no order: values tell who minted them, ids of responses bear their tag.
    pub fn marks(&self, realm: Option<Realm>, tag: Option<&IdTag>) -> Vec<Splice> {
        let insertion = |at: usize, text: String| Splice { range: at..at, with: text.into() };
        let values = realm.into_iter().flat_map(|realm| self.values.iter().map(move |at| insertion(*at, mark(realm))));
        let id = tag.zip(self.id.as_ref()).map(|(tag, (at, id))| insertion(*at, tag.of(id)));
        values.chain(id).collect()
    }

    /// Reads an opaque value.
    pub fn value(&mut self, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
        let text = reader.maybe_string()?.filter(|it| !it.raw.is_empty());
        self.values.extend(text.map(|it| it.span.start + 1));
        Ok(())
    }
}
