//! That every tool call has its output, and every output its call.

use serde_json::Value;

use crate::{
    dialect::strict::{given, text},
    problem::Problem,
};

/// Calls, the items that answer them, and what a refusal calls both.
const PAIRS: &[(&str, &str, &str)] = &[
    ("function_call", "function_call_output", "function call"),
    ("custom_tool_call", "custom_tool_call_output", "custom tool call"),
    ("local_shell_call", "local_shell_call_output", "local shell call"),
];

/// Checks the pairs, and what follows reasoning.
pub fn check(items: &[Value]) -> Result<(), Problem> {
    for (call_kind, output_kind, name) in PAIRS {
        let mut open: Vec<&str> = vec![];
        let outputs = items.iter().filter(|item| text(item, "type") == *output_kind);
        let answered: Vec<_> = outputs.map(|item| text(item, "call_id")).collect();
        for item in items {
            let (kind, id) = (text(item, "type"), text(item, "call_id"));
            if kind == *call_kind {
                open.push(id);
            } else if kind == *output_kind && !open.contains(&id) && !told_by_client(item) {
                return refuse(format!("No tool call found for {name} output with call_id {id}."));
            }
        }
        if let Some(id) = open.into_iter().find(|id| !answered.contains(id)) {
            let name = if *name == "function call" { *name } else { "custom tool call" };
            return refuse(format!("No tool output found for {name} {id}."));
        }
    }
    reasoning(items)
}

/// What a tool of the client did that nobody called: Codex names it, and gives no `call_id`.
fn told_by_client(item: &Value) -> bool {
    !given(item, "call_id") && given(item, "name")
}

/// Reasoning belongs to what was said or done after it.
fn reasoning(items: &[Value]) -> Result<(), Problem> {
    let is_reasoning = |item: &&Value| text(item, "type") == "reasoning";
    for (n, item) in items.iter().enumerate().filter(|(_, item)| is_reasoning(item)) {
        let next = items[n + 1..].iter().find(|item| !is_reasoning(item));
        let of_assistant = |next: &Value| text(next, "role") == "assistant" || text(next, "type").ends_with("_call");
        if !next.is_some_and(of_assistant) {
            let id = text(item, "id");
            let message = format!("Item '{id}' of type 'reasoning' was provided without its required following item.");
            return refuse(message);
        }
    }
    Ok(())
}

fn refuse(message: String) -> Result<(), Problem> {
    Err(Problem::at("input", message))
}
