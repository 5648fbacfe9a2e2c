//! One input item: its type, its members, its parts.

use serde_json::{Value, json};

use super::tools;
use crate::{
    dialect::{
        openai_strict::{extra, is_image_address, length, name, value},
        strict::{given, list, text},
    },
    problem::Problem,
};

/// Types of items with their members and what their ids begin with; where no members are named, none is refused.
const ITEMS: &[(&str, &[&str], &str)] = &[
    ("message", &["type", "role", "content", "id", "status", "phase"], "msg"),
    (
        "function_call",
        &["type", "id", "call_id", "name", "arguments", "status", "namespace", "created_by", "caller"],
        "fc",
    ),
    (
        "function_call_output",
        &["type", "id", "call_id", "name", "namespace", "output", "status", "created_by", "caller"],
        "fc",
    ),
    ("custom_tool_call", &["type", "id", "call_id", "name", "input", "status", "namespace", "caller"], "ctc"),
    ("custom_tool_call_output", &["type", "id", "call_id", "name", "namespace", "output", "status", "caller"], "ctc"),
    ("reasoning", &["type", "id", "summary", "content", "encrypted_content", "status"], "rs"),
    ("additional_tools", &[], ""),
    ("apply_patch_call", &[], ""),
    ("apply_patch_call_output", &[], ""),
    ("code_interpreter_call", &[], ""),
    ("compaction", &[], ""),
    ("computer_call", &[], ""),
    ("computer_call_output", &[], ""),
    ("file_search_call", &[], ""),
    ("image_generation_call", &[], "ig"),
    ("local_shell_call", &[], ""),
    ("local_shell_call_output", &[], ""),
    ("mcp_approval_request", &[], ""),
    ("mcp_approval_response", &[], ""),
    ("mcp_call", &[], ""),
    ("mcp_list_tools", &[], ""),
    ("shell_call", &[], ""),
    ("shell_call_output", &[], ""),
    ("tool_search_call", &[], ""),
    ("tool_search_output", &[], ""),
    ("web_search_call", &[], ""),
];

/// What Codex adds to its items, and the API takes.
const PASSED_THROUGH: &str = "internal_chat_message_metadata_passthrough";

const ROLES: &[&str] = &["assistant", "system", "developer", "user"];
const OF_USER: &[&str] = &["input_text", "input_image", "input_file", "input_audio"];
const OF_ASSISTANT: &[&str] = &["output_text", "refusal"];

const PARTS: &[(&str, &[&str])] = &[
    ("input_text", &["type", "text"]),
    ("input_image", &["type", "image_url", "file_id", "detail"]),
    ("input_file", &["type", "file_data", "file_id", "file_url", "filename", "detail"]),
    ("input_audio", &["type", "input_audio"]),
    ("output_text", &["type", "text", "annotations", "logprobs"]),
    ("refusal", &["type", "refusal"]),
];

/// An item that only who minted it can open.
#[derive(Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Its place in the request.
    pub place: String,
    /// Its id.
    pub id: String,
    /// Its encrypted content, if it has any.
    pub content: Option<String>,
}

/// The sealed items of an input.
pub fn sealed(items: &[Value]) -> Vec<Sealed> {
    let sealed = items.iter().enumerate().filter(|(_, item)| ["reasoning", "compaction"].contains(&text(item, "type")));
    let sealed = sealed.map(|(n, item)| Sealed {
        place: format!("input[{n}]"),
        id: text(item, "id").to_owned(),
        content: item["encrypted_content"].as_str().map(str::to_owned),
    });
    sealed.collect()
}

/// Whether an item stands for one of an earlier answer.
pub fn refers(item: &Value) -> bool {
    let untyped = !given(item, "type") && !given(item, "role") && given(item, "id");
    untyped || text(item, "type") == "item_reference"
}

/// The item that a reference stands for, as far as it belongs to others: its id tells what it was.
pub fn referred(item: &Value) -> Value {
    if !refers(item) {
        return item.clone();
    }
    let id = text(item, "id");
    let (prefix, own) = id.split_once('_').unwrap_or_default();
    let call_id = format!("call_{own}");
    match prefix {
        "rs" => json!({"type": "reasoning", "id": id, "summary": []}),
        "fc" => json!({"type": "function_call", "id": id, "call_id": call_id, "name": "kept", "arguments": "{}"}),
        "ctc" => json!({"type": "custom_tool_call", "id": id, "call_id": call_id, "name": "kept", "input": ""}),
        "lsh" => json!({"type": "local_shell_call", "id": id, "call_id": call_id}),
        "ig" => json!({"type": "image_generation_call", "id": id}),
        _ => json!({"type": "message", "id": id, "role": "assistant", "content": []}),
    }
}

/// Checks the n-th item by itself.
pub fn check(item: &Value, n: usize) -> Result<(), Problem> {
    let place = format!("input[{n}]");
    let kind = if given(item, "type") { text(item, "type") } else { "message" };
    let Some((_, known, prefix)) = ITEMS.iter().find(|(name, ..)| *name == kind) else {
        let kinds: Vec<_> = ITEMS.iter().map(|(name, ..)| *name).collect();
        return Err(value(&place, kind, &kinds));
    };
    if !known.is_empty() {
        extra(item, &[known, &[PASSED_THROUGH][..]].concat(), &place)?;
    }
    id(item, prefix, &place)?;
    length(&format!("{place}.call_id"), text(item, "call_id"))?;
    match kind {
        "message" => message(item, &place),
        "function_call" => call(item, "arguments", &place),
        "custom_tool_call" => call(item, "input", &place),
        "function_call_output" | "custom_tool_call_output" => output(item, &place),
        "reasoning" if !item["summary"].is_array() => {
            let place = format!("{place}.summary");
            Err(Problem::coded("missing_required_parameter", &place, format!("Missing required parameter: '{place}'.")))
        }
        "additional_tools" | "tool_search_output" => tools::each(list(item, "tools"), &format!("{place}.tools")),
        _ => Ok(()),
    }
}

fn id(item: &Value, prefix: &str, place: &str) -> Result<(), Problem> {
    let (id, place) = (text(item, "id"), format!("{place}.id"));
    length(&place, id)?;
    if id.is_empty() || id.starts_with(prefix) {
        return Ok(());
    }
    let message = format!("Invalid '{place}': '{id}'. Expected an ID that begins with '{prefix}'.");
    Err(Problem::coded("invalid_value", place, message))
}

fn message(item: &Value, place: &str) -> Result<(), Problem> {
    let role = text(item, "role");
    if !ROLES.contains(&role) {
        return Err(value(&format!("{place}.role"), role, ROLES));
    }
    let parts = if role == "assistant" { OF_ASSISTANT } else { OF_USER };
    if !item["content"].is_string() && !item["content"].is_array() {
        let place = format!("{place}.content");
        let message = format!("Missing required parameter: '{place}'.");
        return Err(Problem::coded("missing_required_parameter", place, message));
    }
    self::parts(list(item, "content"), &format!("{place}.content"), parts)
}

fn parts(parts: &[Value], place: &str, supported: &[&str]) -> Result<(), Problem> {
    for (p, part) in parts.iter().enumerate() {
        let (kind, place) = (text(part, "type"), format!("{place}[{p}]"));
        let Some((_, known)) = PARTS.iter().find(|(name, _)| *name == kind && supported.contains(name)) else {
            return Err(value(&format!("{place}.type"), kind, supported));
        };
        extra(part, known, &place)?;
        if kind == "input_image" && !given(part, "file_id") && !is_image_address(text(part, "image_url")) {
            let message =
                format!("Invalid '{place}.image_url'. Expected a valid URL, but got a value with an invalid format.");
            return Err(Problem::coded("invalid_value", format!("{place}.image_url"), message));
        }
    }
    Ok(())
}

fn call(item: &Value, carries: &str, place: &str) -> Result<(), Problem> {
    name(&format!("{place}.name"), text(item, "name"))?;
    for key in ["call_id", carries] {
        if !item[key].is_string() {
            let place = format!("{place}.{key}");
            let message = format!("Missing required parameter: '{place}'.");
            return Err(Problem::coded("missing_required_parameter", place, message));
        }
    }
    Ok(())
}

fn output(item: &Value, place: &str) -> Result<(), Problem> {
    if !item["output"].is_string() && !item["output"].is_array() {
        let place = format!("{place}.output");
        let message = format!("Missing required parameter: '{place}'.");
        return Err(Problem::coded("missing_required_parameter", place, message));
    }
    parts(list(item, "output"), &format!("{place}.output"), OF_USER)
}
