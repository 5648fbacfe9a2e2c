use std::borrow::Cow;
use std::ops::Range;

use super::escape::{self, Escapes};
use super::{InvalidBody, Key, Kind, Reader, Words};

/// A string, not yet decoded.
pub struct Text<'a> {
    /// Between the quotes, as written.
    pub raw: &'a str,
    /// The escapes in it.
    pub escapes: Escapes,
    /// Where it stands, quotes included.
    pub span: Range<usize>,
}

impl<'a> Text<'a> {
    /// The text that it stands for.
    pub fn decode(&self) -> Cow<'a, str> {
        if self.escapes == Escapes::None { Cow::Borrowed(self.raw) } else { escape::decode(self.raw) }
    }

    /// The same, kept as it is written where that is how it would be written again.
    pub fn words(&self) -> Words<'a> {
        words(self.raw, self.escapes)
    }
}

/// What stands between quotes, with these escapes.
pub(super) fn words(raw: &str, escapes: Escapes) -> Words<'_> {
    match escapes {
        Escapes::None | Escapes::Usual => Words::written(raw),
        Escapes::Other => escape::decode(raw).into(),
    }
}

/// Strict: `null` stands for an absent field, everything else of another type is an error that names the field.
impl<'a> Reader<'a> {
    /// A string, or `null`.
    pub fn want_string(&mut self, param: &str) -> Result<Option<Text<'a>>, InvalidBody> {
        self.want(param, Kind::String, "a string", Self::string)
    }

    /// `true`, `false`, or `null`.
    pub fn want_bool(&mut self, param: &str) -> Result<Option<bool>, InvalidBody> {
        self.want(param, Kind::Bool, "true or false", |reader| {
            let span = reader.skip()?;
            Ok(span.len() == "true".len())
        })
    }

    /// A whole number that is not negative, or `null`.
    pub fn want_count(&mut self, param: &str) -> Result<Option<u64>, InvalidBody> {
        const EXPECTED: &str = "a whole number that is not negative";
        self.want(param, Kind::Number, EXPECTED, |reader| {
            let span = reader.skip()?;
            let at = span.start;
            reader.slice(span).parse().map_err(|_| InvalidBody::field(param, at, EXPECTED))
        })
    }

    /// A number, or `null`.
    pub fn want_number(&mut self, param: &str) -> Result<Option<f64>, InvalidBody> {
        const EXPECTED: &str = "a number";
        self.want(param, Kind::Number, EXPECTED, |reader| {
            let span = reader.skip()?;
            let at = span.start;
            reader.slice(span).parse().map_err(|_| InvalidBody::field(param, at, EXPECTED))
        })
    }

    /// An object, or `null`; returns where the object stands.
    pub fn want_object(
        &mut self,
        param: &str,
        visit: impl FnMut(&mut Self, &Key<'a>) -> Result<(), InvalidBody>,
    ) -> Result<Option<Range<usize>>, InvalidBody> {
        self.want(param, Kind::Object, "an object", |reader| reader.object(visit))
    }

    /// An array, or `null`; returns where the array stands.
    pub fn want_array(
        &mut self,
        param: &str,
        visit: impl FnMut(&mut Self) -> Result<(), InvalidBody>,
    ) -> Result<Option<Range<usize>>, InvalidBody> {
        self.want(param, Kind::Array, "an array", |reader| reader.array(visit))
    }

    fn want<T>(
        &mut self,
        param: &str,
        wanted: Kind,
        expected: &str,
        read: impl FnOnce(&mut Self) -> Result<T, InvalidBody>,
    ) -> Result<Option<T>, InvalidBody> {
        let kind = self.kind()?;
        if kind == wanted {
            return read(self).map(Some);
        }
        // Broken JSON is told as such, not as a value of the wrong type.
        let span = self.skip()?;
        if kind == Kind::Null { Ok(None) } else { Err(InvalidBody::field(param, span.start, expected)) }
    }
}

/// Lenient: a value of another type is skipped. For answers, and for what only others have to understand.
impl<'a> Reader<'a> {
    /// A string, if it is one.
    pub fn maybe_string(&mut self) -> Result<Option<Text<'a>>, InvalidBody> {
        self.maybe(Kind::String, Self::string)
    }

    /// A whole number that is not negative, if it is one.
    pub fn maybe_count(&mut self) -> Result<Option<u64>, InvalidBody> {
        let count = self.maybe(Kind::Number, |reader| {
            let span = reader.skip()?;
            let digits = reader.slice(span);
            let float = || digits.parse().ok().filter(|it: &f64| *it >= 0.0 && it.fract() == 0.0).map(|it| it as u64);
            Ok(digits.parse().ok().or_else(float))
        })?;
        Ok(count.flatten())
    }

    /// A number, if it is one.
    pub fn maybe_number(&mut self) -> Result<Option<f64>, InvalidBody> {
        let number = self.maybe(Kind::Number, |reader| {
            let span = reader.skip()?;
            Ok(reader.slice(span).parse().ok())
        })?;
        Ok(number.flatten())
    }

    /// `true` or `false`, if it is one.
    pub fn maybe_bool(&mut self) -> Result<Option<bool>, InvalidBody> {
        self.maybe(Kind::Bool, |reader| {
            let span = reader.skip()?;
            Ok(reader.slice(span) == "true")
        })
    }

    /// An object, if it is one.
    pub fn maybe_object(
        &mut self,
        visit: impl FnMut(&mut Self, &Key<'a>) -> Result<(), InvalidBody>,
    ) -> Result<Option<Range<usize>>, InvalidBody> {
        self.maybe(Kind::Object, |reader| reader.object(visit))
    }

    /// An array, if it is one.
    pub fn maybe_array(
        &mut self,
        visit: impl FnMut(&mut Self) -> Result<(), InvalidBody>,
    ) -> Result<Option<Range<usize>>, InvalidBody> {
        self.maybe(Kind::Array, |reader| reader.array(visit))
    }

    fn maybe<T>(
        &mut self,
        wanted: Kind,
        read: impl FnOnce(&mut Self) -> Result<T, InvalidBody>,
    ) -> Result<Option<T>, InvalidBody> {
        if self.kind()? == wanted {
            return read(self).map(Some);
        }
        self.skip().map(|_| None)
    }
}
