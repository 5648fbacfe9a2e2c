//! Where answers hold what only the provider that minted it can use.

use super::neutral::{id_tag, mark};
use super::splice::Splice;
use crate::facts::Realm;
use crate::json::{InvalidBody, Reader};

/// Places in an answer, in bytes of its JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minted {
    /// Where opaque values start, behind their opening quotes; empty values are none.
    pub values: Vec<usize>,
    /// Where a tag can be put into the id of a response.
    pub id: Option<usize>,
}

impl Minted {
    /// What is spliced in so that everything tells who minted it, in no order. `tags_ids`: ids of responses tell it, too.
    pub fn marks(&self, realm: Realm, tags_ids: bool) -> Vec<Splice> {
        let insertion = |at: usize, text: String| Splice { range: at..at, with: text.into() };
        let values = self.values.iter().map(|at| insertion(*at, mark(realm)));
        let id = self.id.filter(|_| tags_ids).map(|at| insertion(at, id_tag(realm)));
        values.chain(id).collect()
    }

    /// Reads an opaque value.
    pub fn value(&mut self, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
        let text = reader.maybe_string()?.filter(|it| !it.raw.is_empty());
        self.values.extend(text.map(|it| it.span.start + 1));
        Ok(())
    }
}
