use std::borrow::Cow;

/// An id of the router's own: the same request and number give the same id, no other request gives it.
pub fn mint_id(prefix: &str, request_id: &str, number: usize) -> String {
    format!("{prefix}{request_id}_{number}")
}

/// What the vendors' call ids start with.
const PREFIXES: [&str; 2] = ["call_", "toolu_"];

/// The longest id that every vendor takes.
const MAX_ID: usize = 64;

/// The id of a tool call as the other side knows it, with the prefix that its dialect uses (`call_`, `toolu_`). A foreign id
/// is wrapped, a wrapped one unwrapped: there and back gives the same id. What no vendor would take becomes a checksum.
pub fn tool_call_id<'a>(id: &'a str, prefix: &str) -> Cow<'a, str> {
    let fits = |it: &str| {
        !it.is_empty()
            && it.len() <= MAX_ID
            && it.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    let unwrapped =
        PREFIXES.iter().find_map(|own| id.strip_prefix(own)).filter(|inner| fits(inner) && inner.contains('_'));
    if let Some(inner) = unwrapped.filter(|inner| PREFIXES.iter().any(|it| inner.starts_with(it))) {
        return Cow::Borrowed(inner);
    }
    if id.starts_with(prefix) && fits(id) {
        return Cow::Borrowed(id);
    }
    let wrapped = format!("{prefix}{id}");
    if fits(&wrapped) {
        Cow::Owned(wrapped)
    } else {
        Cow::Owned(format!("{prefix}{:08x}{:08x}", crc32fast::hash(id.as_bytes()), id.len()))
    }
}
