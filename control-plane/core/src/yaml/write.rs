use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::resolve;
use crate::schema;

/// A list of scalars up to this length stands on one line.
const LINE: usize = 100;

/// A JSON object as a block of YAML. Strings are written so that reading them replaces no variable: `$` before `{` or `$` is
/// doubled, but where `rule`, what the schema says about the object, keeps variables.
pub(crate) fn write(object: &Map<String, Value>, rule: &Value) -> String {
    let mut out = String::new();
    mapping(&mut out, object, rule, 0);
    out
}

fn mapping(out: &mut String, object: &Map<String, Value>, rule: &Value, indent: usize) {
    for (at, (key, value)) in object.iter().enumerate() {
        // Between the sections of a file, a line of air.
        if indent == 0 && at > 0 && is_block(value) {
            out.push('\n');
        }
        let _ = write!(out, "{:indent$}{}:", "", text(key));
        member(out, value, schema::step(rule, Some(key)), indent);
    }
}

/// What stands behind `key:`, with its line break.
fn member(out: &mut String, value: &Value, rule: &Value, indent: usize) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            out.push('\n');
            mapping(out, object, rule, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            if let Some(line) = on_one_line(items) {
                let _ = writeln!(out, " {line}");
            } else {
                out.push('\n');
                sequence(out, items, schema::step(rule, None), indent + 2);
            }
        }
        Value::String(value) if schema::keeps_variables(rule) => {
            let _ = writeln!(out, " {}", text(value));
        }
        value => {
            let _ = writeln!(out, " {}", scalar(value));
        }
    }
}

fn sequence(out: &mut String, items: &[Value], rule: &Value, indent: usize) {
    for item in items {
        let _ = write!(out, "{:indent$}-", "");
        match item {
            Value::Object(object) if !object.is_empty() => {
                // The first key stands behind the dash, where the others are indented to.
                let mut inner = String::new();
                mapping(&mut inner, object, rule, indent + 2);
                let _ = write!(out, " {}", &inner[indent + 2..]);
            }
            item => member(out, item, rule, indent),
        }
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(object) => !object.is_empty(),
        Value::Array(items) => on_one_line(items).is_none(),
        _ => false,
    }
}

fn on_one_line(items: &[Value]) -> Option<String> {
    if items.iter().any(|it| it.is_object() || it.is_array()) {
        return None;
    }
    let line = format!("[{}]", items.iter().map(scalar).collect::<Vec<_>>().join(", "));
    (line.len() <= LINE).then_some(line)
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        // Without an exponent, as people write prices.
        Value::Number(number) if number.is_f64() => number.as_f64().map_or_else(String::new, |it| it.to_string()),
        Value::Number(number) => number.to_string(),
        Value::String(value) => text(&escape_variables(value)),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

fn escape_variables(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value.chars().peekable();
    while let Some(letter) = rest.next() {
        out.push(letter);
        if letter == '$' && matches!(rest.peek(), Some('$' | '{')) {
            out.push('$');
        }
    }
    out
}

/// Text as a plain scalar where that cannot be read as anything else, otherwise in double quotes.
fn text(value: &str) -> String {
    let plain = value.starts_with(|it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '/' | '.'))
        && value.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '/' | '.' | '-'))
        || is_plain_url(value);
    if plain && resolve(value).is_string() && !value.starts_with("...") {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in value.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            it if it.is_control() || matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(it));
            }
            it => quoted.push(it),
        }
    }
    quoted.push('"');
    quoted
}

/// `https://api.openai.com:443/v1`: every colon has a character behind it that is no space.
fn is_plain_url(value: &str) -> bool {
    value.starts_with("http")
        && !value.ends_with(':')
        && value.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '/' | '.' | '-' | ':' | '_'))
}
