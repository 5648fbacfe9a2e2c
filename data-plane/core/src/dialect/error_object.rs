//! Error objects of upstreams: in error answers, inside answers of status 200, and in streams.

use std::borrow::Cow;

use crate::json::{InvalidBody, Key, Kind, Raw, Reader};

/// An error as an upstream wrote it. It borrows the upstream's words, which may quote a prompt: they are looked at, and
/// go no further.
#[derive(Default)]
pub struct ErrorObject<'a> {
    /// `code`, where it is a text.
    pub code: Option<Cow<'a, str>>,
    /// `type`, or Google's `status`.
    pub kind: Option<Cow<'a, str>>,
    /// `message` or `detail`.
    pub message: Option<Cow<'a, str>>,
    /// `code` or `status`, where it is a number: an HTTP status.
    pub status: Option<u16>,
}

impl<'a> ErrorObject<'a> {
    /// Reads an error's value: an object, or just its message. `None`: it is something else, such as `null`.
    pub fn read(reader: &mut Reader<'a>) -> Result<Option<Self>, InvalidBody> {
        let mut error = Self::default();
        match reader.kind()? {
            Kind::Object => {
                reader.object(|reader, key| error.field(reader, key))?;
            }
            Kind::String => error.message = Some(reader.string()?.decode()),
            _ => {
                reader.skip()?;
                return Ok(None);
            }
        }
        Ok(Some(error))
    }

    /// The same of a value that is at hand.
    pub fn of(raw: &Raw<'a>) -> Option<Self> {
        Self::read(&mut Reader::of_text(raw.as_str())).ok().flatten()
    }

    /// The error whose fields stand at the top of an event's data, among others.
    pub fn flat(data: &'a [u8]) -> Self {
        Reader::lenient(data).and_then(|mut reader| Self::read(&mut reader)).ok().flatten().unwrap_or_default()
    }

    /// Reads one field of an error object.
    pub fn field(&mut self, reader: &mut Reader<'a>, key: &Key<'a>) -> Result<(), InvalidBody> {
        let text = match (&*key.name, reader.kind()?) {
            ("code", Kind::String) => &mut self.code,
            ("type" | "status", Kind::String) => &mut self.kind,
            ("message" | "detail", Kind::String) => &mut self.message,
            ("code" | "status", Kind::Number) => {
                self.status = reader.maybe_count()?.and_then(|it| u16::try_from(it).ok());
                return Ok(());
            }
            _ => return reader.skip().map(drop),
        };
        *text = Some(reader.string()?.decode());
        Ok(())
    }

    /// Reads the body of an error answer, in whatever shape: `{"error": …}`, the error itself, or an array of such.
    pub fn find(reader: &mut Reader<'a>) -> Result<Self, InvalidBody> {
        let mut found = None;
        let mut outer = Self::default();
        let mut object = |reader: &mut Reader<'a>| {
            reader.maybe_object(|reader, key| match &*key.name {
                "error" => {
                    found = Self::read(reader)?.or(found.take());
                    Ok(())
                }
                _ => outer.field(reader, key),
            })
        };
        if reader.kind()? == Kind::Array {
            reader.array(|reader| object(reader).map(drop))?;
        } else {
            object(reader)?;
        }
        Ok(found.unwrap_or(outer))
    }
}
