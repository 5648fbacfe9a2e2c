//! What the providers' ways of refusing requests have in common.

use serde_json::Value;

/// The text of that member; empty where there is none.
pub fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The list of that member; empty where there is none.
pub fn list<'a>(object: &'a Value, key: &str) -> &'a [Value] {
    object.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a member is there and not null.
pub fn given(object: &Value, key: &str) -> bool {
    object.get(key).is_some_and(|value| !value.is_null())
}

/// The first member that is not known.
pub fn unknown<'a>(object: &'a Value, known: &[&str]) -> Option<&'a str> {
    let mut names = object.as_object().into_iter().flat_map(|members| members.keys());
    names.find(|name| !known.contains(&name.as_str())).map(String::as_str)
}

/// Letters, digits, `_` and `-`, as in every vendor's names and ids.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
