//! The JSON Schema of the configuration, made from its types. It has neither `anyOf` nor `oneOf`, so that every violation
//! has one place and one reason.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::document::Document;

/// The largest whole number that every reader of JSON keeps exactly (RFC 8259, 6).
const MAX_WHOLE: u64 = 9_007_199_254_740_991;

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>().to_value();
    simplify(&mut schema);
    if let Value::Object(root) = &mut schema {
        root.insert("title".to_owned(), json!("Smart Router configuration"));
    }
    schema
});

/// JSON Schema (2020-12) of `smart-router.yaml`.
pub fn schema() -> &'static Value {
    &SCHEMA
}

/// The schema as text, to be saved for an editor.
pub fn json_schema() -> String {
    format!("{:#}\n", schema())
}

/// The settings of a document: each key, and what it means.
pub fn settings() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = step(schema(), Some("settings"))["properties"].as_object();
    all.into_iter().flatten().map(|(key, rule)| (key.as_str(), rule["description"].as_str().unwrap_or_default()))
}

/// What the schema says about one member or entry of what `parent` describes, references followed; `Null`: nothing.
pub(crate) fn step<'a>(parent: &'a Value, key: Option<&str>) -> &'a Value {
    let inner = match key {
        Some(key) => parent["properties"].get(key).unwrap_or(&parent["additionalProperties"]),
        None => &parent["items"],
    };
    follow(inner)
}

/// What a schema refers to, or itself.
pub(crate) fn follow(schema: &Value) -> &Value {
    match schema["$ref"].as_str().and_then(|it| it.strip_prefix("#/$defs/")) {
        Some(name) => &SCHEMA["$defs"][name],
        None => schema,
    }
}

/// Whether `${VAR}` in such a value stays as it was written.
pub(crate) fn keeps_variables(rule: &Value) -> bool {
    rule["x-variables"] == "kept"
}

fn simplify(schema: &mut Value) {
    if let Value::Object(object) = schema {
        unite_constants(object);
        drop_null(object);
        bound_integers(object);
        if let Some(Value::String(text)) = object.get_mut("description") {
            *text = text.replace('\n', " ");
        }
    }
    match schema {
        Value::Object(object) => object.values_mut().for_each(simplify),
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}

/// Named values with descriptions become one `enum`; editors know `enumDescriptions`.
fn unite_constants(object: &mut Map<String, Value>) {
    let Some(Value::Array(cases)) = object.get("oneOf") else { return };
    if !cases.iter().all(|it| it["const"].is_string()) {
        return;
    }
    let names: Value = cases.iter().map(|it| it["const"].clone()).collect();
    let descriptions: Value = cases.iter().map(|it| it["description"].clone()).collect();
    object.remove("oneOf");
    object.insert("type".to_owned(), json!("string"));
    object.insert("enum".to_owned(), names);
    object.insert("enumDescriptions".to_owned(), descriptions);
}

/// What may be left out is left out, never null.
fn drop_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|it| it != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(cases)) = object.get("anyOf") else { return };
    let [case, Value::Object(null)] = cases.as_slice() else { return };
    if null.get("type") == Some(&json!("null")) {
        let reference = case["$ref"].clone();
        object.remove("anyOf");
        object.insert("$ref".to_owned(), reference);
    }
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
}

/// The widths of integers, as bounds.
fn bound_integers(object: &mut Map<String, Value>) {
    let max = match object.get("format").and_then(Value::as_str) {
        Some("uint64") => MAX_WHOLE,
        Some("uint32") => u64::from(u32::MAX),
        _ => return,
    };
    object.remove("format");
    object.entry("maximum").or_insert_with(|| json!(max));
}
