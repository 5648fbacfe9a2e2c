//! Tools of a Responses request, from the top level and from items of the input.

use serde_json::{Value, value::RawValue};

use super::items::Input;
use crate::{
    dialect::raw,
    tool::{Tool, ToolChoice, ToolKind},
};

/// The client-run tools on offer. What OpenAI runs itself (web search, file search, code
/// interpreter, …) is never called here.
pub fn offered(top: Option<&RawValue>, input: &Input) -> Vec<Tool> {
    let mut tools = vec![];
    for list in top.into_iter().chain(input.tools.iter().copied()) {
        for tool in raw::list(Some(list)) {
            collect(&tool, None, &mut tools);
        }
    }
    tools
}

/// Whether OpenAI's tool that makes images is among them.
pub fn images(top: Option<&RawValue>) -> bool {
    raw::list(top).iter().any(|tool| tool.get("type").is_some_and(|kind| kind == "image_generation"))
}

fn collect(tool: &Value, namespace: Option<&str>, tools: &mut Vec<Tool>) {
    let text = |key| tool.get(key).and_then(Value::as_str);
    let kind = match text("type") {
        Some("function") => ToolKind::Function(tool.get("parameters").cloned().unwrap_or(Value::Null)),
        Some("custom") => ToolKind::FreeText,
        Some("local_shell") => ToolKind::LocalShell,
        Some("namespace") => {
            let inner = tool.get("tools").and_then(Value::as_array);
            for tool in inner.into_iter().flatten() {
                collect(tool, text("name"), tools);
            }
            return;
        }
        _ => return,
    };
    let name = match kind {
        ToolKind::LocalShell => "local_shell",
        _ => text("name").unwrap_or_default(),
    };
    tools.push(Tool { name: name.to_owned(), namespace: namespace.map(str::to_owned), kind });
}

/// `none`, `auto`, `required`, one tool, or a list of allowed tools, of which the first is taken
/// when a call is required. A forced tool that OpenAI would run itself leads to a text.
pub fn choice(choice: &Value) -> ToolChoice {
    let named = |tool: &Value| {
        let name = tool.get("name").or_else(|| tool.get("type"))?;
        Some(ToolChoice::Named(name.as_str()?.to_owned()))
    };
    match choice {
        Value::String(mode) if mode == "none" => ToolChoice::None,
        Value::String(mode) if mode == "required" => ToolChoice::Required,
        Value::Object(_) if choice.get("type").is_some_and(|kind| kind == "allowed_tools") => {
            if choice.get("mode").is_some_and(|mode| mode == "required") {
                let first = choice.pointer("/tools/0").and_then(named);
                first.unwrap_or(ToolChoice::Required)
            } else {
                ToolChoice::Auto
            }
        }
        Value::Object(_) => named(choice).unwrap_or_default(),
        _ => ToolChoice::Auto,
    }
}
