//! Fields that have to be of a type, if they are there.

use std::borrow::Cow;
use std::fmt::Display;

use crate::dialect::InvalidBody;
use crate::dialect::json::{Fields, Kind, Raw};

/// A string.
pub fn string<'a>(
    fields: &mut Fields<'a>,
    name: &str,
    path: impl Display,
) -> Result<Option<Cow<'a, str>>, InvalidBody> {
    taken(fields, name, path, "a string", |raw| raw.string())
}

/// A number, as it is written.
pub fn number<'a>(fields: &mut Fields<'a>, name: &str) -> Result<Option<Cow<'a, str>>, InvalidBody> {
    taken(fields, name, name, "a number", |raw| (raw.kind() == Kind::Number).then(|| raw.as_str().into()))
}

/// A whole number that is not negative.
pub fn count(fields: &mut Fields<'_>, name: &str, path: impl Display) -> Result<Option<u64>, InvalidBody> {
    taken(fields, name, path, "a whole number that is not negative", |raw| raw.count())
}

/// A truth value.
pub fn boolean(fields: &mut Fields<'_>, name: &str, path: impl Display) -> Result<Option<bool>, InvalidBody> {
    taken(fields, name, path, "true or false", |raw| raw.boolean())
}

/// An array's elements; none, if it is absent.
pub fn elements<'a>(fields: &mut Fields<'a>, name: &str, path: impl Display) -> Result<Vec<Raw<'a>>, InvalidBody> {
    taken(fields, name, path, "an array", |raw| raw.elements()).map(Option::unwrap_or_default)
}

/// An object's fields.
pub fn object<'a>(fields: &mut Fields<'a>, name: &str, path: impl Display) -> Result<Option<Fields<'a>>, InvalidBody> {
    taken(fields, name, path, "an object", |raw| raw.fields())
}

fn taken<'a, T>(
    fields: &mut Fields<'a>,
    name: &str,
    path: impl Display,
    expected: &str,
    read: impl FnOnce(Raw<'a>) -> Option<T>,
) -> Result<Option<T>, InvalidBody> {
    let Some(raw) = fields.take(name) else { return Ok(None) };
    read(raw).map(Some).ok_or_else(|| InvalidBody::field(&path.to_string(), raw.offset, expected))
}
