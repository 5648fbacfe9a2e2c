//! Tools and the choice among them.

use serde_json::Value;

use super::extra;
use crate::{
    dialect::strict::{given, is_name, list, text},
    problem::Problem,
};

const KNOWN: &[&str] = &[
    "type",
    "name",
    "description",
    "input_schema",
    "cache_control",
    "strict",
    "defer_loading",
    "eager_input_streaming",
    "input_examples",
    "allowed_callers",
];

/// The longest name of a tool.
const MAX_NAME: usize = 128;

/// Checks the tools of a request, and `tool_choice`.
pub fn check(body: &Value) -> Result<(), Problem> {
    let tools = list(body, "tools");
    let mut names: Vec<&str> = vec![];
    for (n, tool) in tools.iter().enumerate() {
        if ["", "custom"].contains(&text(tool, "type")) {
            custom(tool, &format!("tools.{n}.custom"))?;
        }
        let name = text(tool, "name");
        if !name.is_empty() && names.contains(&name) {
            return Err(Problem::invalid("tools: Tool names must be unique."));
        }
        names.push(name);
    }
    if !given(body, "tool_choice") {
        return Ok(());
    }
    let choice = &body["tool_choice"];
    extra(choice, &["type", "name", "disable_parallel_tool_use"], "tool_choice")?;
    if tools.is_empty() && !given(body, "mcp_servers") {
        return Err(Problem::invalid("tool_choice: may only be specified while providing tools."));
    }
    match text(choice, "type") {
        "auto" | "any" | "none" => Ok(()),
        "tool" if names.contains(&text(choice, "name")) => Ok(()),
        "tool" => Err(Problem::invalid(format!("Tool '{}' not found in provided tools", text(choice, "name")))),
        other => Err(Problem::invalid(format!(
            "tool_choice: Input tag '{other}' found using 'type' does not match any of the expected tags: 'auto', 'any', \
             'tool', 'none'"
        ))),
    }
}

fn custom(tool: &Value, place: &str) -> Result<(), Problem> {
    extra(tool, KNOWN, place)?;
    let name = text(tool, "name");
    if !is_name(name) || name.len() > MAX_NAME {
        let message = format!("{place}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,{MAX_NAME}}}$'");
        return Err(Problem::invalid(message));
    }
    match tool.get("input_schema") {
        Some(Value::Object(schema)) if schema.get("type").is_some_and(|kind| kind == "object") => Ok(()),
        Some(Value::Object(schema)) if schema.contains_key("type") => {
            Err(Problem::invalid(format!("{place}.input_schema.type: Input should be 'object'")))
        }
        Some(Value::Object(_)) => Err(Problem::invalid(format!("{place}.input_schema.type: Field required"))),
        _ => Err(Problem::invalid(format!("{place}.input_schema: Field required"))),
    }
}
