//! Where answers hold what only the provider that minted it can use.

use super::neutral::{Realm, mark};
use super::response_id;
use super::splice::Splice;
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
        let id = self.id.filter(|_| tags_ids).map(|at| insertion(at, response_id::tag(realm)));
        values.chain(id).collect()
    }

    /// Reads an opaque value.
    pub fn value(&mut self, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
        let text = reader.maybe_string()?.filter(|it| !it.raw.is_empty());
        self.values.extend(text.map(|it| it.span.start + 1));
        Ok(())
    }

    /// Reads the id of a response, and returns it.
    pub fn response_id(&mut self, reader: &mut Reader<'_>) -> Result<Option<String>, InvalidBody> {
        let Some(text) = reader.maybe_string()? else { return Ok(None) };
        self.id = response_id::tag_position(text.raw).map(|at| text.span.start + 1 + at);
        Ok(Some(text.decode().into_owned()))
    }

    /// Reads an output item of Responses.
    pub fn item(&mut self, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
        reader.maybe_object(|reader, key| match &*key.name {
            "encrypted_content" => self.value(reader),
            _ => reader.skip().map(drop),
        })?;
        Ok(())
    }

    /// Reads the output of a response; returns how long it is.
    pub fn output(&mut self, reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
        let start = reader.offset();
        reader.maybe_array(|reader| self.item(reader))?;
        Ok((reader.position() - start) as u64)
    }

    /// Reads a content block of Messages. Only of thinking the mark comes off again.
    pub fn block(&mut self, reader: &mut Reader<'_>) -> Result<(), InvalidBody> {
        let before = self.values.len();
        let mut thinks = false;
        reader.maybe_object(|reader, key| match &*key.name {
            "type" => {
                let kind = reader.maybe_string()?.map(|it| it.decode());
                thinks = matches!(kind.as_deref(), Some("thinking" | "redacted_thinking"));
                Ok(())
            }
            "signature" | "data" => self.value(reader),
            _ => reader.skip().map(drop),
        })?;
        if !thinks {
            self.values.truncate(before);
        }
        Ok(())
    }

    /// Reads the content of a message; returns how long it is.
    pub fn content(&mut self, reader: &mut Reader<'_>) -> Result<u64, InvalidBody> {
        let start = reader.offset();
        reader.maybe_array(|reader| self.block(reader))?;
        Ok((reader.position() - start) as u64)
    }
}
