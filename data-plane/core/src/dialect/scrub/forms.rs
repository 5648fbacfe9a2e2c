//! How a key is written where somebody repeats it.

use std::collections::BTreeSet;

use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The key as it is, as writers of JSON and of addresses escape it, in hexadecimal digits, and what Base64 makes of it wherever
/// in a longer text it stands.
pub fn forms(key: &str) -> BTreeSet<Vec<u8>> {
    let quoted = key.replace('\\', "\\\\").replace('"', "\\\"");
    let slashed = quoted.replace('/', "\\/");
    let upper = written(key, |_| true, |it| format!("{it:02X}"));
    let texts = [
        key.to_owned(),
        quoted,
        slashed,
        json_for_pages(key, |it| format!("\\u00{it:02x}")),
        json_for_pages(key, |it| format!("\\u00{it:02X}")),
        percent(key, |it| format!("%{it:02X}")),
        percent(key, |it| format!("%{it:02x}")),
        upper.to_ascii_lowercase(),
        upper,
    ];
    let in_base64 =
        (0..3).flat_map(|before| [inner(&STANDARD_NO_PAD, key, before), inner(&URL_SAFE_NO_PAD, key, before)]);
    texts.into_iter().chain(in_base64).map(String::into_bytes).collect()
}

/// What some writers escape in all JSON, so that it may stand in a page.
fn json_for_pages(key: &str, escape: impl Fn(u8) -> String) -> String {
    written(key, |it| matches!(it, b'+' | b'=' | b'&' | b'<' | b'>' | b'\'' | b'"' | b'`' | b'\\'), escape)
}

fn percent(key: &str, escape: impl Fn(u8) -> String) -> String {
    written(key, |it| !(it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'~')), escape)
}

fn written(key: &str, escaped: impl Fn(u8) -> bool, escape: impl Fn(u8) -> String) -> String {
    key.bytes().map(|it| if escaped(it) { escape(it) } else { char::from(it).to_string() }).collect()
}

/// The digits that the key alone decides, when so many bytes stand before it in its group of three.
fn inner(engine: &impl base64::Engine, key: &str, before: usize) -> String {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(key.as_bytes());
    let whole = engine.encode(&bytes);
    let first = (before * 8).div_ceil(6);
    whole[first..bytes.len() * 8 / 6].to_owned()
}
