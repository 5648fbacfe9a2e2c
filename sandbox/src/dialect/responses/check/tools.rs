//! Tools and the choice among them.

use serde_json::Value;

use crate::{
    dialect::{
        openai_strict::{extra, function, name, value},
        strict::{list, text},
    },
    problem::Problem,
};

/// Types of tools; those that OpenAI runs itself are not looked into.
const TYPES: &[&str] = &[
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "custom",
    "file_search",
    "function",
    "image_generation",
    "local_shell",
    "mcp",
    "namespace",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_preview",
];

/// Checks the tools of a request, and `tool_choice`.
pub fn check(body: &Value) -> Result<(), Problem> {
    let tools = list(body, "tools");
    each(tools, "tools")?;
    let choice = &body["tool_choice"];
    let (kind, forced) = (text(choice, "type"), text(choice, "name"));
    let has = |tool: &Value| text(tool, "name") == forced && text(tool, "type") == kind;
    // A model may be told of its tools in the input.
    let elsewhere = list(body, "input").iter().any(|item| item.get("tools").is_some());
    if ["function", "custom"].contains(&kind) && !elsewhere && !tools.iter().any(has) {
        let message = format!("Tool choice '{kind}' not found in 'tools' parameter.");
        return Err(Problem::at("tool_choice", message));
    }
    if choice == "required" && tools.is_empty() && !elsewhere {
        let message = "Tool choice 'required' must be specified with 'tools' parameter.";
        return Err(Problem::at("tool_choice", message));
    }
    Ok(())
}

/// Checks a list of tools at that place.
pub fn each(tools: &[Value], place: &str) -> Result<(), Problem> {
    for (n, tool) in tools.iter().enumerate() {
        let place = format!("{place}[{n}]");
        match text(tool, "type") {
            "function" => {
                let known = [
                    "type",
                    "name",
                    "description",
                    "parameters",
                    "strict",
                    "defer_loading",
                    "output_schema",
                    "allowed_callers",
                ];
                extra(tool, &known, &place)?;
                function(tool, &place)?;
            }
            "custom" => name(&format!("{place}.name"), text(tool, "name"))?,
            "namespace" => {
                name(&format!("{place}.name"), text(tool, "name"))?;
                each(list(tool, "tools"), &format!("{place}.tools"))?;
            }
            kind if TYPES.contains(&kind) || kind.starts_with("web_search") => {}
            other => return Err(value(&format!("{place}.type"), other, TYPES)),
        }
    }
    Ok(())
}
