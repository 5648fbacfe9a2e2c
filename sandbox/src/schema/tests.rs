#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value, json};

use super::instance;

fn matches(schema: &Value) -> Value {
    let value = instance(schema);
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{schema}\ngave {value}\n{errors:?}");
    value
}

#[test]
fn scalars_match_their_bounds() {
    for schema in [
        json!({"type": "integer", "minimum": 5, "multipleOf": 4}),
        json!({"type": "integer", "exclusiveMinimum": 0, "maximum": 9_007_199_254_740_991_i64}),
        json!({"type": "integer", "maximum": -3}),
        json!({"type": "number", "exclusiveMinimum": 0.2, "exclusiveMaximum": 0.4}),
        json!({"type": "number", "multipleOf": 0.5, "minimum": 0.7}),
        json!({"type": "string", "minLength": 20}),
        json!({"type": "string", "maxLength": 3}),
        json!({"type": "string", "format": "date-time"}),
        json!({"type": "string", "format": "uuid"}),
        json!({"type": ["null", "boolean"]}),
        json!({"const": {"a": 1}}),
        json!({"enum": ["low", "high"]}),
        json!(true),
        json!({}),
    ] {
        matches(&schema);
    }
}

#[test]
fn objects_hold_what_is_required() {
    let schema = json!({
        "type": "object", "additionalProperties": false,
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 18}, "note": {"type": "string"}},
        "required": ["name", "age"],
    });
    assert_eq!(matches(&schema), json!({"name": "sandbox", "age": 18}));
}

#[test]
fn references_alternatives_and_merges_are_followed() {
    matches(&json!({
        "$defs": {"Step": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}},
        "type": "object", "required": ["steps", "kind", "both"],
        "properties": {
            "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}, "minItems": 3},
            "kind": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "both": {"allOf": [{"$ref": "#/$defs/Step"}, {"properties": {"n": {"type": "number"}}, "required": ["n"]}]},
        },
    }));
    matches(&json!({"type": "array", "uniqueItems": true, "minItems": 2, "items": {"enum": ["a", "b", "c"]}}));
    matches(
        &json!({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "minItems": 2, "items": false}),
    );
}

#[test]
fn recursion_ends() {
    matches(&json!({
        "$defs": {"Node": {
            "type": "object", "required": ["next", "children"],
            "properties": {
                "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            },
        }},
        "$ref": "#/$defs/Node",
    }));
    // No finite value matches; it must end all the same.
    instance(&json!({"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}));
}
