//! A value that matches a JSON Schema, the same one every time.

use serde_json::{Map, Value, json};

#[cfg(test)]
mod tests;

/// From here on optional depth is avoided: lists are empty, alternatives prefer `null`.
const SHALLOW: usize = 6;

/// A schema that is still open here requires itself; no finite value matches it.
const MAX_DEPTH: usize = 64;

/// Elements that a list gets at most, whatever `minItems` says.
const MAX_ITEMS: u64 = 64;

/// A value that matches the schema: required properties only, first alternatives, smallest numbers.
/// `pattern` and conditionals (`if`, `not`, `dependentSchemas`) are not looked at.
pub fn instance(schema: &Value) -> Value {
    Builder { root: schema }.build(schema, 0)
}

struct Builder<'a> {
    root: &'a Value,
}

impl Builder<'_> {
    fn build(&self, schema: &Value, depth: usize) -> Value {
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
            return first.clone();
        }
        if let Some(target) = self.target(schema) {
            return self.build(target, depth + 1);
        }
        if let Some(all) = schema.get("allOf").and_then(Value::as_array) {
            return self.build(&self.merged(schema, all), depth + 1);
        }
        if let Some(option) = self.alternative(schema, depth) {
            return self.build(option, depth + 1);
        }
        match kind(schema, depth) {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, depth),
            "integer" | "number" => number(schema),
            "boolean" => json!(true),
            "null" => Value::Null,
            _ => json!(string(schema)),
        }
    }

    fn target(&self, schema: &Value) -> Option<&Value> {
        let reference = schema.get("$ref")?.as_str()?;
        self.root.pointer(reference.strip_prefix('#')?)
    }

    /// One schema out of `allOf` and what stands beside it.
    fn merged(&self, schema: &Value, all: &[Value]) -> Value {
        let mut merged = schema.as_object().cloned().unwrap_or_default();
        merged.remove("allOf");
        for part in all {
            let part = self.target(part).unwrap_or(part);
            for (key, value) in part.as_object().into_iter().flatten() {
                merge(merged.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        Value::Object(merged)
    }

    /// The first of `anyOf` or `oneOf`; deep down, the one that ends soonest.
    fn alternative<'s>(&self, schema: &'s Value, depth: usize) -> Option<&'s Value> {
        // Beside `properties`, alternatives usually say which of them go together.
        if schema.get("properties").is_some() {
            return None;
        }
        let options = schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()?;
        let ends = |option: &&Value| {
            let target = self.target(option).unwrap_or(option);
            !matches!(target.get("type").and_then(Value::as_str), Some("object" | "array"))
                && target.get("anyOf").is_none()
        };
        let soonest = options.iter().find(|option| option.get("type") == Some(&json!("null")));
        let soonest = soonest.or_else(|| options.iter().find(ends));
        match soonest {
            Some(option) if depth >= SHALLOW => Some(option),
            _ => options.first(),
        }
    }

    fn object(&self, schema: &Value, depth: usize) -> Value {
        let anything = json!({});
        let required = schema.get("required").and_then(Value::as_array);
        let names = required.into_iter().flatten().filter_map(Value::as_str);
        let members = names.map(|name| {
            let property = schema.get("properties").and_then(|all| all.get(name));
            let value = self.build(property.unwrap_or(&anything), depth + 1);
            (name.to_owned(), value)
        });
        Value::Object(members.collect::<Map<_, _>>())
    }

    fn array(&self, schema: &Value, depth: usize) -> Value {
        let limit = |key| schema.get(key).and_then(Value::as_u64);
        let wanted = limit("minItems").unwrap_or(u64::from(depth < SHALLOW));
        let count = wanted.min(limit("maxItems").unwrap_or(MAX_ITEMS)).min(MAX_ITEMS) as usize;
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let anything = json!({});
        let items = schema.get("items").unwrap_or(&anything);
        let element = |i: usize| {
            let own = first.and_then(|schemas| schemas.get(i));
            // Distinct values where the schema lists them, for `uniqueItems`.
            let listed = items.get("enum").and_then(|values| values.get(i)).cloned();
            match (own, listed) {
                (Some(own), _) => self.build(own, depth + 1),
                (None, Some(listed)) => listed,
                (None, None) => self.build(items, depth + 1),
            }
        };
        Value::Array((0..count).map(element).collect())
    }
}

/// Lays one schema's keyword over another's: objects and lists join, the rest stays as it was.
fn merge(into: &mut Value, value: &Value) {
    match (into, value) {
        (Value::Object(into), Value::Object(value)) => {
            for (key, value) in value {
                into.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
        (Value::Array(into), Value::Array(value)) => into.extend(value.iter().cloned()),
        (into @ Value::Null, value) => *into = value.clone(),
        _ => {}
    }
}

fn kind(schema: &Value, depth: usize) -> &str {
    let null = |kind: &&Value| **kind == json!("null");
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            let wanted = if depth >= SHALLOW && kinds.iter().any(|kind| null(&kind)) {
                kinds.iter().find(null)
            } else {
                kinds.iter().find(|kind| !null(kind))
            };
            wanted.and_then(Value::as_str).unwrap_or("null")
        }
        _ if schema.get("properties").is_some() || schema.get("required").is_some() => "object",
        _ if schema.get("items").is_some() || schema.get("prefixItems").is_some() => "array",
        _ => "string",
    }
}

/// The smallest multiple above the lower bound; without one, the step or the largest below the upper
/// bound; between bounds closer than a step, their middle.
fn number(schema: &Value) -> Value {
    let bound = |key| schema.get(key).and_then(Value::as_f64);
    let step = bound("multipleOf").unwrap_or(1.0);
    let up = |least: f64| (least / step).ceil() * step;
    let down = |most: f64| (most / step).floor() * step;
    let low = bound("minimum").map(up).into_iter();
    let low = low.chain(bound("exclusiveMinimum").map(|below| down(below) + step)).reduce(f64::max);
    let high = bound("maximum").map(down).into_iter();
    let high = high.chain(bound("exclusiveMaximum").map(|above| up(above) - step)).reduce(f64::min);
    let value = match (low, high) {
        (Some(low), Some(high)) if low > high => {
            let edge = |either, or| bound(either).or(bound(or)).unwrap_or(low);
            f64::midpoint(edge("minimum", "exclusiveMinimum"), edge("maximum", "exclusiveMaximum"))
        }
        (Some(low), _) => low,
        (None, Some(high)) => high.min(step),
        (None, None) => step,
    };
    if value.fract() == 0.0 { json!(value as i64) } else { json!(value) }
}

fn string(schema: &Value) -> String {
    let length = |key| schema.get(key).and_then(Value::as_u64).map(|n| n as usize);
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("duration") => "P1D",
        Some("email") => "sandbox@example.com",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uri") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => "sandbox",
    };
    let padded = text.chars().chain(std::iter::repeat('x'));
    let least = length("minLength").unwrap_or(0).max(text.len());
    padded.take(length("maxLength").unwrap_or(least).min(least)).collect()
}
