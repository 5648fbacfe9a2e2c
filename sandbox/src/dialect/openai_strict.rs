//! Refusals that both of OpenAI's dialects have, in its words.

use serde_json::Value;

use super::strict::{is_name, text, unknown};
use crate::problem::Problem;

/// The longest id and the longest name.
const MAX: usize = 64;

/// Refuses members that are not known; `place` is the object's own.
pub fn extra(object: &Value, known: &[&str], place: &str) -> Result<(), Problem> {
    match unknown(object, known) {
        Some(name) if place.is_empty() => Err(unknown_parameter(name)),
        Some(name) => Err(unknown_parameter(&format!("{place}.{name}"))),
        None => Ok(()),
    }
}

fn unknown_parameter(place: &str) -> Problem {
    Problem::coded("unknown_parameter", place, format!("Unknown parameter: '{place}'."))
}

/// A value that is not among those supported.
pub fn value(place: &str, value: &str, supported: &[&str]) -> Problem {
    let listed: Vec<_> = supported.iter().map(|one| format!("'{one}'")).collect();
    let message = format!("Invalid value: '{value}'. Supported values are: {}.", listed.join(", "));
    Problem::coded("invalid_value", place, message)
}

/// A text that is too long for an id or a name.
pub fn length(place: &str, value: &str) -> Result<(), Problem> {
    if value.len() <= MAX {
        return Ok(());
    }
    let message = format!(
        "Invalid '{place}': string too long. Expected a string with maximum length {MAX}, but got a string with length {} instead.",
        value.len()
    );
    Err(Problem::coded("string_above_max_length", place, message))
}

/// The name of a tool.
pub fn name(place: &str, value: &str) -> Result<(), Problem> {
    if !is_name(value) {
        let message = format!(
            "Invalid '{place}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        );
        return Err(Problem::coded("invalid_value", place, message));
    }
    length(place, value)
}

/// A list that is too long.
pub fn at_most(place: &str, found: usize, most: usize) -> Result<(), Problem> {
    if found <= most {
        return Ok(());
    }
    let message = format!(
        "Invalid '{place}': array too long. Expected an array with maximum length {most}, but got an array with length {found} instead."
    );
    Err(Problem::coded("array_above_max_length", place, message))
}

/// A list that may not be empty.
pub fn empty(place: &str) -> Problem {
    let message = format!(
        "Invalid '{place}': empty array. Expected an array with minimum length 1, but got an empty array instead."
    );
    Problem::coded("empty_array", place, message)
}

/// A function as it is declared: its name, and a schema that is as strict as it says.
pub fn function(function: &Value, place: &str) -> Result<(), Problem> {
    let name = text(function, "name");
    self::name(&format!("{place}.name"), name)?;
    let schema = &function["parameters"];
    if function["strict"] != true || !schema.is_object() {
        return Ok(());
    }
    let refuse = |what: &str| {
        let message = format!("Invalid schema for function '{name}': In context=(), {what}");
        Err(Problem::coded("invalid_function_parameters", format!("{place}.parameters"), message))
    };
    if schema["additionalProperties"] != false {
        return refuse("'additionalProperties' is required to be supplied and to be false.");
    }
    let required = schema["required"].as_array();
    let mut properties = schema["properties"].as_object().into_iter().flat_map(serde_json::Map::keys);
    let missing = properties.find(|key| !required.is_some_and(|names| names.iter().any(|name| *name == **key)));
    match missing {
        Some(key) => refuse(&format!(
            "'required' is required to be supplied and to be an array including every key in properties. Missing '{key}'."
        )),
        None => Ok(()),
    }
}

/// Whether a text is an address that images may have.
pub fn is_image_address(address: &str) -> bool {
    address.starts_with("http://")
        || address.starts_with("https://")
        || (address.starts_with("data:image/") && address.contains(";base64,"))
}
