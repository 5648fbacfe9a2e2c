//! One content block: its type, its members, who may say it.

use serde_json::Value;

use super::{extra, kind};
use crate::{
    dialect::strict::{given, is_name, list, text},
    problem::Problem,
};

/// Types of blocks with their members; those of Anthropic's own tools are not looked into.
const BLOCKS: &[(&str, &[&str])] = &[
    ("text", &["type", "text", "cache_control", "citations"]),
    ("image", &["type", "source", "cache_control"]),
    ("document", &["type", "source", "cache_control", "title", "context", "citations"]),
    ("search_result", &["type", "source", "title", "content", "citations", "cache_control"]),
    ("thinking", &["type", "thinking", "signature"]),
    ("redacted_thinking", &["type", "data"]),
    ("tool_use", &["type", "id", "name", "input", "cache_control", "caller"]),
    ("tool_result", &["type", "tool_use_id", "content", "is_error", "cache_control"]),
    ("tool_reference", &["type", "tool_name", "cache_control"]),
    ("container_upload", &[]),
    ("compaction", &[]),
    ("mcp_tool_use", &[]),
    ("mcp_tool_result", &[]),
    ("server_tool_use", &[]),
    ("web_search_tool_result", &[]),
    ("web_fetch_tool_result", &[]),
    ("code_execution_tool_result", &[]),
    ("bash_code_execution_tool_result", &[]),
    ("text_editor_code_execution_tool_result", &[]),
    ("tool_search_tool_result", &[]),
];

const OF_ASSISTANT: &[&str] = &["tool_use", "thinking", "redacted_thinking", "server_tool_use", "mcp_tool_use"];
const OF_USER: &[&str] = &["tool_result", "image", "document", "search_result", "container_upload"];
const IN_RESULTS: &[&str] = &["text", "image", "document", "search_result", "tool_reference"];
const IMAGES: &[&str] = &["image/jpeg", "image/png", "image/gif", "image/webp"];

/// Checks a block that someone of that role says at that place.
pub fn check(block: &Value, role: &str, place: &str) -> Result<(), Problem> {
    let kind = kind(block);
    let Some((_, known)) = BLOCKS.iter().find(|(name, _)| *name == kind) else {
        let tags: Vec<_> = BLOCKS.iter().map(|(name, _)| format!("'{name}'")).collect();
        let message = format!(
            "{place}: Input tag '{kind}' found using 'type' does not match any of the expected tags: {}",
            tags.join(", ")
        );
        return Err(Problem::invalid(message));
    };
    let place = format!("{place}.{kind}");
    if !known.is_empty() {
        extra(block, known, &place)?;
    }
    allowed(kind, role)?;
    cache_control(block, &place)?;
    match kind {
        "text" => said(block, role),
        "image" => image(block, &place),
        "tool_use" => tool_use(block, &place),
        "tool_result" => tool_result(block, &place),
        "thinking" if !block.get("signature").is_some_and(Value::is_string) => {
            Err(Problem::invalid(format!("{place}.signature: Field required")))
        }
        _ => Ok(()),
    }
}

fn allowed(kind: &str, role: &str) -> Result<(), Problem> {
    let only = |whose: &str| Err(Problem::invalid(format!("`{kind}` blocks can only be in `{whose}` messages")));
    match role {
        "system" if kind != "text" => Err(Problem::invalid("system: only `text` blocks are permitted")),
        "user" if OF_ASSISTANT.contains(&kind) => only("assistant"),
        "assistant" if OF_USER.contains(&kind) => only("user"),
        _ => Ok(()),
    }
}

fn cache_control(block: &Value, place: &str) -> Result<(), Problem> {
    if !given(block, "cache_control") {
        return Ok(());
    }
    let place = format!("{place}.cache_control");
    extra(&block["cache_control"], &["type", "ttl", "scope"], &place)?;
    if text(&block["cache_control"], "type") != "ephemeral" {
        return Err(Problem::invalid(format!("{place}.type: Input should be 'ephemeral'")));
    }
    Ok(())
}

fn said(block: &Value, role: &str) -> Result<(), Problem> {
    let whose = if role == "system" { "system" } else { "messages" };
    let said = text(block, "text");
    if said.is_empty() {
        return Err(Problem::invalid(format!("{whose}: text content blocks must be non-empty")));
    }
    if said.trim().is_empty() {
        return Err(Problem::invalid(format!("{whose}: text content blocks must contain non-whitespace text")));
    }
    Ok(())
}

fn image(block: &Value, place: &str) -> Result<(), Problem> {
    let source = &block["source"];
    match text(source, "type") {
        "base64" if !IMAGES.contains(&text(source, "media_type")) => {
            let place = format!("{place}.source.base64.media_type");
            Err(Problem::invalid(format!(
                "{place}: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'"
            )))
        }
        "base64" if text(source, "data").is_empty() => {
            Err(Problem::invalid(format!("{place}.source.base64: image cannot be empty")))
        }
        "url" if !text(source, "url").starts_with("http") => {
            Err(Problem::invalid(format!("{place}.source.url: Only HTTPS URLs are supported.")))
        }
        "base64" | "url" | "file" => Ok(()),
        other => Err(Problem::invalid(format!("{place}.source: Input tag '{other}' found using 'type' is not known"))),
    }
}

fn tool_use(block: &Value, place: &str) -> Result<(), Problem> {
    for key in ["id", "name"] {
        if !is_name(text(block, key)) {
            let message = format!("{place}.{key}: String should match pattern '^[a-zA-Z0-9_-]+$'");
            return Err(Problem::invalid(message));
        }
    }
    if !block["input"].is_object() {
        return Err(Problem::invalid(format!("{place}.input: Input should be a valid dictionary")));
    }
    Ok(())
}

fn tool_result(block: &Value, place: &str) -> Result<(), Problem> {
    for (n, part) in list(block, "content").iter().enumerate() {
        if !IN_RESULTS.contains(&kind(part)) {
            let message = format!("{place}.content.{n}: Input tag '{}' found using 'type' is not expected", kind(part));
            return Err(Problem::invalid(message));
        }
        check(part, "user", &format!("{place}.content.{n}"))?;
        if block["is_error"] == true && kind(part) != "text" {
            let message = format!("{place}: all content must be type \"text\" if \"is_error\" is true");
            return Err(Problem::invalid(message));
        }
    }
    Ok(())
}
