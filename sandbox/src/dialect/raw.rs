//! JSON that is kept as it was written: repeated in the answer, or read later if at all.

use serde_json::{Value, value::RawValue};

/// A part of the request that the answer repeats.
pub type Raw = Box<RawValue>;

/// A copy that fits on one line, as an event's data must; `default` if the field is absent or null.
pub fn repeat(part: Option<&RawValue>, default: &str) -> Raw {
    let text = part.map(RawValue::get).filter(|text| *text != "null").unwrap_or(default);
    // Inside JSON strings line breaks are escaped, so that a bare one is always blank space.
    let line = text.replace(['\n', '\r'], "");
    RawValue::from_string(line).expect("JSON without its blank space is JSON")
}

/// The elements of a list that is read only when needed; empty if absent or not a list.
pub fn list(part: Option<&RawValue>) -> Vec<Value> {
    part.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// The length of a part as it was written.
pub fn size(part: Option<&RawValue>) -> usize {
    part.map_or(0, |raw| raw.get().len())
}
