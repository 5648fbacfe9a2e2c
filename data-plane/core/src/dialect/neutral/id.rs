use std::borrow::Cow;

/// An id of the router's own: the same request and number give the same id, no other request gives it.
pub fn mint_id(prefix: &str, request_id: &str, number: usize) -> String {
    format!("{prefix}{request_id}_{number}")
}

/// What the vendors' call ids start with.
const PREFIXES: [&str; 2] = ["call_", MESSAGES];

const MESSAGES: &str = "toolu_";

/// The longest id that every vendor takes.
const MAX_ID: usize = 64;

/// What stands between the prefix and an id of no vendor's form.
const FOREIGN: &str = "x_";

/// The id of a tool call as the other side knows it, with the prefix that its dialect uses (`call_`, `toolu_`). A foreign id
/// is wrapped, a wrapped one unwrapped: there and back gives the same id. What no vendor would take becomes a checksum.
pub fn tool_call_id<'a>(id: &'a str, prefix: &str) -> Cow<'a, str> {
    if let Some(inner) = unwrap(id, prefix) {
        return Cow::Borrowed(inner);
    }
    if id.starts_with(prefix) && fits(id) {
        return Cow::Borrowed(id);
    }
    let mark = if is_vendors(id) { "" } else { FOREIGN };
    let wrapped = format!("{prefix}{mark}{id}");
    if !id.is_empty() && fits(&wrapped) {
        Cow::Owned(wrapped)
    } else {
        Cow::Owned(format!("{prefix}{:08x}{:08x}", crc32fast::hash(id.as_bytes()), id.len()))
    }
}

/// The id that was wrapped, if it is at home on the other side. A foreign id may be at home on either side; but nothing
/// crosses from Messages to Messages.
fn unwrap<'a>(id: &'a str, prefix: &str) -> Option<&'a str> {
    let wrapping = *PREFIXES.iter().find(|it| id.starts_with(**it))?;
    let inner = &id[wrapping.len()..];
    let original = match inner.strip_prefix(FOREIGN) {
        Some(foreign) if !is_vendors(foreign) => foreign,
        _ => Some(inner).filter(|it| it.starts_with(prefix))?,
    };
    (fits(original) && (wrapping, prefix) != (MESSAGES, MESSAGES)).then_some(original)
}

fn is_vendors(id: &str) -> bool {
    PREFIXES.iter().any(|it| id.starts_with(it))
}

fn fits(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= MAX_ID
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests;
