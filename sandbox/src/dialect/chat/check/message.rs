//! One message: its role, its members, its parts, its calls.

use serde_json::Value;

use crate::{
    dialect::{
        openai_strict::{extra, is_image_address, length, name, value},
        strict::{given, list, text},
    },
    problem::Problem,
};

/// Roles with the members of their messages and the types of their parts.
const ROLES: &[(&str, &[&str], &[&str])] = &[
    ("system", &["role", "content", "name"], &["text"]),
    ("developer", &["role", "content", "name"], &["text"]),
    ("user", &["role", "content", "name"], &["text", "image_url", "input_audio", "file"]),
    (
        "assistant",
        &[
            "role",
            "content",
            "name",
            "refusal",
            "audio",
            "tool_calls",
            "function_call",
            "annotations",
            "reasoning_content",
            "reasoning_details",
        ],
        &["text", "refusal"],
    ),
    ("tool", &["role", "content", "tool_call_id", "name"], &["text"]),
    ("function", &["role", "content", "name"], &["text"]),
];

const PARTS: &[(&str, &[&str])] = &[
    ("text", &["type", "text"]),
    ("refusal", &["type", "refusal"]),
    ("image_url", &["type", "image_url"]),
    ("input_audio", &["type", "input_audio"]),
    ("file", &["type", "file"]),
];

/// Checks the n-th message by itself.
pub fn check(message: &Value, n: usize) -> Result<(), Problem> {
    let place = format!("messages[{n}]");
    let role = text(message, "role");
    let Some((_, known, parts)) = ROLES.iter().find(|(name, ..)| *name == role) else {
        let roles: Vec<_> = ROLES.iter().map(|(name, ..)| *name).collect();
        return Err(value(&format!("{place}.role"), role, &roles));
    };
    extra(message, known, &place)?;
    content(message, &place, role, parts)?;
    for (c, call) in list(message, "tool_calls").iter().enumerate() {
        tool_call(call, &format!("{place}.tool_calls[{c}]"))?;
    }
    if given(message, "tool_calls") && list(message, "tool_calls").is_empty() {
        return Err(crate::dialect::openai_strict::empty(&format!("{place}.tool_calls")));
    }
    if role == "tool" {
        if !message["tool_call_id"].is_string() {
            let place = format!("{place}.tool_call_id");
            return Err(Problem::coded("missing_required_parameter", &place, format!("Missing parameter '{place}'.")));
        }
        length(&format!("{place}.tool_call_id"), text(message, "tool_call_id"))?;
    }
    Ok(())
}

fn content(message: &Value, place: &str, role: &str, parts: &[&str]) -> Result<(), Problem> {
    match &message["content"] {
        Value::String(_) => Ok(()),
        Value::Array(given) => {
            for (p, part) in given.iter().enumerate() {
                self::part(part, &format!("{place}.content[{p}]"), role, parts)?;
            }
            Ok(())
        }
        _ if ["tool_calls", "refusal", "audio", "function_call"].iter().any(|key| given(message, key)) => Ok(()),
        other => {
            let kind = if other.is_null() { "null" } else { "something else" };
            let message = format!("Invalid value for 'content': expected a string, got {kind}.");
            Err(Problem::at(format!("{place}.content"), message))
        }
    }
}

fn part(part: &Value, place: &str, role: &str, supported: &[&str]) -> Result<(), Problem> {
    let kind = text(part, "type");
    if kind == "image_url" && role != "user" {
        let message = format!(
            "Invalid '{place}'. Image URLs are only allowed for messages with role 'user', but this message with role '{role}' contains an image URL."
        );
        return Err(Problem::coded("invalid_value", place, message));
    }
    let Some((_, known)) = PARTS.iter().find(|(name, _)| *name == kind && supported.contains(name)) else {
        return Err(value(&format!("{place}.type"), kind, supported));
    };
    extra(part, known, place)?;
    if kind == "image_url" {
        let image = &part["image_url"];
        extra(image, &["url", "detail"], &format!("{place}.image_url"))?;
        if !is_image_address(text(image, "url")) {
            let message = "Invalid image URL: it must be an http(s) address or a base64-encoded data URL.";
            return Err(Problem::coded("invalid_image_url", format!("{place}.image_url.url"), message));
        }
        if given(image, "detail") && !["auto", "low", "high", "original"].contains(&text(image, "detail")) {
            return Err(value(&format!("{place}.image_url.detail"), text(image, "detail"), &["auto", "low", "high"]));
        }
    }
    if kind == "file" {
        extra(&part["file"], &["file_id", "file_data", "filename"], &format!("{place}.file"))?;
    }
    Ok(())
}

fn tool_call(call: &Value, place: &str) -> Result<(), Problem> {
    // Clients that put streams together leave the index in.
    extra(call, &["id", "type", "function", "custom", "index"], place)?;
    let id = text(call, "id");
    if id.is_empty() {
        let place = format!("{place}.id");
        return Err(Problem::coded("missing_required_parameter", &place, format!("Missing parameter '{place}'.")));
    }
    length(&format!("{place}.id"), id)?;
    match text(call, "type") {
        "function" => {
            let (place, function) = (format!("{place}.function"), &call["function"]);
            extra(function, &["name", "arguments"], &place)?;
            name(&format!("{place}.name"), text(function, "name"))?;
            if !function["arguments"].is_string() {
                let message = format!("Invalid type for '{place}.arguments': expected a string.");
                return Err(Problem::coded("invalid_type", format!("{place}.arguments"), message));
            }
            Ok(())
        }
        "custom" => name(&format!("{place}.custom.name"), text(&call["custom"], "name")),
        other => Err(value(&format!("{place}.type"), other, &["function", "custom"])),
    }
}
