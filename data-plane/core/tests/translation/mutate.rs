//! Documents that are almost what a dialect says.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// A change of a document: where, what kind, and two choices that it makes.
pub type Change = (Index, u8, Index, Index);

/// Some changes.
pub fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (any::<Index>(), 0..7_u8, any::<Index>(), any::<Index>());
    prop::collection::vec(change, 1..4)
}

/// Words that mean something in some dialect.
const WORDS: [&str; 64] = [
    "",
    "text",
    "image",
    "image_url",
    "input_text",
    "input_image",
    "input_file",
    "output_text",
    "file",
    "document",
    "refusal",
    "thinking",
    "redacted_thinking",
    "reasoning",
    "summary_text",
    "reasoning_text",
    "tool_use",
    "tool_result",
    "function",
    "function_call",
    "function_call_output",
    "custom",
    "custom_tool_call",
    "custom_tool_call_output",
    "message",
    "item_reference",
    "additional_tools",
    "namespace",
    "tool_search_output",
    "web_search",
    "image_generation",
    "mcp",
    "server_tool_use",
    "image_generation_call",
    "system",
    "developer",
    "user",
    "assistant",
    "tool",
    "auto",
    "none",
    "any",
    "required",
    "allowed_tools",
    "json_object",
    "json_schema",
    "adaptive",
    "enabled",
    "disabled",
    "ephemeral",
    "high",
    "max",
    "sr1.00000000.n.x",
    "sr1.00000000.m.e30",
    "data:image/png;base64,AA==",
    "https://a.example/",
    "call_1",
    "toolu_call_1",
    "text_delta",
    "input_json_delta",
    "signature_delta",
    "response.completed",
    "content_block_start",
    "message_stop",
];

/// The document, changed.
pub fn mutate(mut document: Value, changes: &[Change]) -> Value {
    for (at, kind, one, two) in changes {
        let mut places = Vec::new();
        walk(&document, &mut String::new(), &mut places);
        if places.is_empty() {
            break;
        }
        let place = places[at.index(places.len())].clone();
        let other = document.pointer(&places[two.index(places.len())]).cloned().unwrap_or_default();
        change(&mut document, &place, *kind, *one, other);
    }
    document
}

fn change(document: &mut Value, place: &str, kind: u8, choice: Index, other: Value) {
    let scalars = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1.5),
        json!(1e300),
        json!([]),
        json!({}),
        json!([[]]),
        json!("x\u{0}é"),
    ];
    let (parent, key) = place.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    match kind {
        0 | 1 => *document.pointer_mut(place).unwrap() = json!(choice.get(&WORDS)),
        2 => *document.pointer_mut(place).unwrap() = choice.get(&scalars).clone(),
        3 => *document.pointer_mut(place).unwrap() = other,
        _ => match document.pointer_mut(parent).unwrap() {
            Value::Object(fields) if kind == 4 => _ = fields.shift_remove(&key),
            Value::Object(fields) => _ = fields.insert((*choice.get(&WORDS)).to_owned(), other),
            Value::Array(elements) if kind == 4 => _ = elements.remove(key.parse().unwrap()),
            Value::Array(elements) => elements.insert(choice.index(elements.len() + 1), other),
            _ => {}
        },
    }
}

/// Pointers to everything inside a value.
fn walk(value: &Value, path: &mut String, places: &mut Vec<String>) {
    let mut step = |key: &str, inner: &Value| {
        let length = path.len();
        path.push('/');
        path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        places.push(path.clone());
        walk(inner, path, places);
        path.truncate(length);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, inner)| step(key, inner)),
        Value::Array(elements) => elements.iter().enumerate().for_each(|(at, inner)| step(&at.to_string(), inner)),
        _ => {}
    }
}
