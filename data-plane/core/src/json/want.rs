//! Taking fields of a request out, with an error that names the field when it holds something else.

use std::borrow::Cow;
use std::fmt::Display;

use super::{Fields, InvalidBody, Kind, Raw, Words};

/// A text.
pub fn string<'a>(
    fields: &mut Fields<'a>,
    owner: impl Display,
    name: &str,
) -> Result<Option<Cow<'a, str>>, InvalidBody> {
    of_kind(fields, owner, name, "a string", Raw::string)
}

/// A text of any length.
pub fn words<'a>(fields: &mut Fields<'a>, owner: impl Display, name: &str) -> Result<Option<Words<'a>>, InvalidBody> {
    of_kind(fields, owner, name, "a string", Raw::words)
}

/// A text of any length that has to be there.
pub fn required_words<'a>(fields: &mut Fields<'a>, owner: impl Display, name: &str) -> Result<Words<'a>, InvalidBody> {
    let offset = fields.offset;
    words(fields, &owner, name)?.ok_or_else(|| InvalidBody::field(&path(&owner, name), offset, "a string"))
}

/// A text that has to be there.
pub fn required<'a>(fields: &mut Fields<'a>, owner: impl Display, name: &str) -> Result<Cow<'a, str>, InvalidBody> {
    let offset = fields.offset;
    string(fields, &owner, name)?.ok_or_else(|| InvalidBody::field(&path(&owner, name), offset, "a string"))
}

/// A truth value.
pub fn boolean(fields: &mut Fields<'_>, owner: impl Display, name: &str) -> Result<Option<bool>, InvalidBody> {
    of_kind(fields, owner, name, "true or false", Raw::boolean)
}

/// A number that is whole and not negative.
pub fn count(fields: &mut Fields<'_>, owner: impl Display, name: &str) -> Result<Option<u64>, InvalidBody> {
    of_kind(fields, owner, name, "a whole number", Raw::count)
}

/// A number as it was written.
pub fn number<'a>(
    fields: &mut Fields<'a>,
    owner: impl Display,
    name: &str,
) -> Result<Option<Cow<'a, str>>, InvalidBody> {
    let text = |raw: &Raw<'a>| (raw.kind() == Kind::Number).then(|| Cow::Borrowed(raw.as_str()));
    of_kind(fields, owner, name, "a number", text)
}

/// An object.
pub fn object<'a>(fields: &mut Fields<'a>, owner: impl Display, name: &str) -> Result<Option<Fields<'a>>, InvalidBody> {
    of_kind(fields, owner, name, "an object", Raw::fields)
}

/// An object as it was written.
pub fn raw_object<'a>(
    fields: &mut Fields<'a>,
    owner: impl Display,
    name: &str,
) -> Result<Option<Cow<'a, str>>, InvalidBody> {
    let text = |raw: &Raw<'a>| (raw.kind() == Kind::Object).then(|| Cow::Borrowed(raw.as_str()));
    of_kind(fields, owner, name, "an object", text)
}

/// An array; empty if it is absent.
pub fn elements<'a>(fields: &mut Fields<'a>, owner: impl Display, name: &str) -> Result<Vec<Raw<'a>>, InvalidBody> {
    of_kind(fields, owner, name, "a list", Raw::elements).map(Option::unwrap_or_default)
}

fn of_kind<'a, T>(
    fields: &mut Fields<'a>,
    owner: impl Display,
    name: &str,
    expected: &str,
    read: impl FnOnce(&Raw<'a>) -> Option<T>,
) -> Result<Option<T>, InvalidBody> {
    let Some(raw) = fields.take(name) else { return Ok(None) };
    match read(&raw) {
        Some(value) => Ok(Some(value)),
        None => Err(InvalidBody::field(&path(&owner, name), raw.offset, expected)),
    }
}

/// A field's path; the body itself has no name.
fn path(owner: &impl Display, name: &str) -> String {
    let owner = owner.to_string();
    if owner.is_empty() { name.to_owned() } else { format!("{owner}.{name}") }
}
