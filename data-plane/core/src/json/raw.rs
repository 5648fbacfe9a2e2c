use std::borrow::Cow;
use std::rc::Rc;

use super::escape::Escapes;
use super::tape::{Tape, TapeNode};
use super::{InvalidBody, Kind, Reader, Words, escape, value};

/// One JSON value as it is written, known to be valid, and where it stands in its body.
#[derive(Clone, Debug)]
pub struct Raw<'a> {
    text: &'a str,
    /// Bytes from the body's start.
    pub offset: usize,
    /// Its place on the tape of its document, if it was taken down.
    place: Option<(Rc<Tape>, u32)>,
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
        let (raw, escapes) = self.quoted()?;
        Some(if escapes == Escapes::None { Cow::Borrowed(raw) } else { escape::decode(raw) })
    }

    /// The text, if it is a string; not read yet.
    pub fn words(&self) -> Option<Words<'a>> {
        let (raw, escapes) = self.quoted()?;
        Some(value::words(raw, escapes))
    }

    /// What stands between the quotes, if it is a string.
    fn quoted(&self) -> Option<(&'a str, Escapes)> {
        if self.kind() != Kind::String {
            return None;
        }
        if let Some((tape, place)) = &self.place {
            return Some((&self.text[1..self.text.len() - 1], tape.node(*place).escapes));
        }
        Reader::of_text(self.text).string().ok().map(|it| (it.raw, it.escapes))
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
        if let Some((tape, place)) = self.open() {
            return Some(tape.inside(place).map(|(at, node)| self.inner(tape, at, node)).collect());
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
        if let Some((tape, place)) = self.open() {
            let mut nodes = tape.inside(place);
            while let (Some((_, name)), Some((at, value))) = (nodes.next(), nodes.next()) {
                let raw = &self.text[name.span().start + 1 - self.offset..name.span().end - 1 - self.offset];
                let name = if name.escapes == Escapes::None { Cow::Borrowed(raw) } else { escape::decode(raw) };
                fields.push((name, self.inner(tape, at, value)));
            }
            return Some(Fields { fields, offset: self.offset });
        }
        let mut reader = Reader::of_text(self.text);
        let read = reader.object(|reader, key| {
            fields.push((key.name.clone(), next(reader, self.offset)?));
            Ok(())
        });
        read.ok().map(|_| Fields { fields, offset: self.offset })
    }

    /// Where the tape tells what is inside, if it does.
    fn open(&self) -> Option<(&Rc<Tape>, u32)> {
        self.place.as_ref().filter(|(tape, place)| tape.node(*place).open).map(|(tape, place)| (tape, *place))
    }

    /// A value inside this one. On a tape, places are counted from the document's start, as offsets are.
    fn inner(&self, tape: &Rc<Tape>, at: u32, node: TapeNode) -> Self {
        let span = node.span();
        let text = &self.text[span.start - self.offset..span.end - self.offset];
        Self { text, offset: span.start, place: Some((Rc::clone(tape), at)) }
    }
}

fn next<'a>(reader: &mut Reader<'a>, base: usize) -> Result<Raw<'a>, InvalidBody> {
    let span = reader.skip()?;
    Ok(Raw { offset: base + span.start, text: reader.slice(span), place: None })
}

impl<'a> Fields<'a> {
    /// Reads a body, which has to be one object. Everything inside is checked to be valid JSON.
    pub fn document(body: &'a [u8]) -> Result<Self, InvalidBody> {
        let mut reader = Reader::lenient(body)?;
        let Some(mut tape) = Tape::for_document(body.len()) else { return Self::untaped(&mut reader) };
        if reader.kind()? != Kind::Object {
            return Err(InvalidBody::syntax(reader.position(), "it must be an object"));
        }
        reader.record(&mut tape)?;
        reader.end()?;
        let span = tape.node(0).span();
        let (text, offset) = (reader.slice(span.clone()), span.start);
        let whole = Raw { text, offset, place: Some((Rc::new(tape), 0)) };
        Ok(whole.fields().unwrap_or_default())
    }

    /// Reads a body that is longer than a tape can tell.
    fn untaped(reader: &mut Reader<'a>) -> Result<Self, InvalidBody> {
        let mut fields = Vec::new();
        let span = reader.document(|reader, key| {
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
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, raw)| raw.clone())
            .filter(|raw| raw.kind() != Kind::Null)
    }

    /// Takes a string out; `None`: it is absent or something else.
    pub fn take_string(&mut self, name: &str) -> Option<Cow<'a, str>> {
        self.take(name)?.string()
    }

    /// Takes a string out that is not read yet; `None`: it is absent or something else.
    pub fn take_words(&mut self, name: &str) -> Option<Words<'a>> {
        self.take(name)?.words()
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

    /// What was not taken out, without `null`s; it stays.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Raw<'a>)> {
        self.fields.iter().filter(|(_, raw)| raw.kind() != Kind::Null).map(|(name, raw)| (&**name, raw))
    }

    /// What was not taken out, without `null`s.
    pub fn rest(self) -> impl Iterator<Item = (Cow<'a, str>, Raw<'a>)> {
        self.fields.into_iter().filter(|(_, raw)| raw.kind() != Kind::Null)
    }
}

#[cfg(test)]
mod tests;
