use std::borrow::Cow;

use super::{InvalidBody, Kind, Reader};

/// One JSON value as it is written, known to be valid, and where it stands in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raw<'a> {
    text: &'a str,
    /// Bytes from the body's start.
    pub offset: usize,
}

/// An object's fields as they are written. They are taken out one by one: what is left at the end was not understood.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    fields: Vec<(Cow<'a, str>, Raw<'a>)>,
    /// Where the object stands.
    pub offset: usize,
}

impl<'a> Raw<'a> {
    /// The value as it is written.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        match self.text.as_bytes().first() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::String,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') | None => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// The text, if it is a string.
    pub fn string(&self) -> Option<Cow<'a, str>> {
        if self.kind() != Kind::String {
            return None;
        }
        Reader::of_text(self.text).string().ok().map(|it| it.decode())
    }

    /// The number, if it is a whole one that is not negative.
    pub fn count(&self) -> Option<u64> {
        self.text.parse().ok()
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        if self.kind() == Kind::Number { self.text.parse().ok() } else { None }
    }

    /// The truth value, if it is one.
    pub fn boolean(&self) -> Option<bool> {
        match self.text {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The elements, if it is an array.
    pub fn elements(&self) -> Option<Vec<Self>> {
        if self.kind() != Kind::Array {
            return None;
        }
        let mut elements = Vec::new();
        let mut reader = Reader::of_text(self.text);
        let read = reader.array(|reader| {
            elements.push(next(reader, self.offset)?);
            Ok(())
        });
        read.ok().map(|_| elements)
    }

    /// The fields, if it is an object. Of two fields of one name the first is found, the other is left over.
    pub fn fields(&self) -> Option<Fields<'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        let mut fields = Vec::new();
        let mut reader = Reader::of_text(self.text);
        let read = reader.object(|reader, key| {
            fields.push((key.name.clone(), next(reader, self.offset)?));
            Ok(())
        });
        read.ok().map(|_| Fields { fields, offset: self.offset })
    }
}

fn next<'a>(reader: &mut Reader<'a>, base: usize) -> Result<Raw<'a>, InvalidBody> {
    let span = reader.skip()?;
    Ok(Raw { offset: base + span.start, text: reader.slice(span) })
}

impl<'a> Fields<'a> {
    /// Reads a body, which has to be one object. Everything inside is checked to be valid JSON.
    pub fn document(body: &'a [u8]) -> Result<Self, InvalidBody> {
        let mut fields = Vec::new();
        let span = Reader::lenient(body)?.document(|reader, key| {
            fields.push((key.name.clone(), next(reader, 0)?));
            Ok(())
        })?;
        Ok(Self { fields, offset: span.start })
    }

    /// Takes a field out; `null` counts as absent, and is taken out, too.
    pub fn take(&mut self, name: &str) -> Option<Raw<'a>> {
        let at = self.fields.iter().position(|(key, _)| key == name)?;
        let (_, raw) = self.fields.remove(at);
        (raw.kind() != Kind::Null).then_some(raw)
    }

    /// A field that stays where it is; `null` counts as absent.
    pub fn get(&self, name: &str) -> Option<Raw<'a>> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, raw)| *raw).filter(|raw| raw.kind() != Kind::Null)
    }

    /// Takes a string out; `None`: it is absent or something else.
    pub fn take_string(&mut self, name: &str) -> Option<Cow<'a, str>> {
        self.take(name)?.string()
    }

    /// Takes a whole number out; `None`: it is absent or something else.
    pub fn take_count(&mut self, name: &str) -> Option<u64> {
        self.take(name)?.count()
    }

    /// Takes a truth value out; `None`: it is absent or something else.
    pub fn take_boolean(&mut self, name: &str) -> Option<bool> {
        self.take(name)?.boolean()
    }

    /// Takes an array out; empty: it is absent or something else.
    pub fn take_elements(&mut self, name: &str) -> Vec<Raw<'a>> {
        self.take(name).and_then(|it| it.elements()).unwrap_or_default()
    }

    /// Takes an object out; `None`: it is absent or something else.
    pub fn take_fields(&mut self, name: &str) -> Option<Self> {
        self.take(name)?.fields()
    }

    /// What was not taken out, without `null`s.
    pub fn rest(self) -> impl Iterator<Item = (Cow<'a, str>, Raw<'a>)> {
        self.fields.into_iter().filter(|(_, raw)| raw.kind() != Kind::Null)
    }
}

#[cfg(test)]
mod tests;
