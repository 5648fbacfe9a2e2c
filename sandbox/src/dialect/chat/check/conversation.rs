//! That every tool call is answered at once, and every answer has its call.

use serde_json::Value;

use crate::{
    dialect::strict::{list, text},
    problem::Problem,
};

/// Checks the order of the messages.
pub fn check(messages: &[Value]) -> Result<(), Problem> {
    let mut open: Vec<&str> = vec![];
    let mut calls: Vec<&str> = vec![];
    for (n, message) in messages.iter().enumerate() {
        if text(message, "role") == "tool" {
            answer(text(message, "tool_call_id"), n, &calls, &mut open)?;
            continue;
        }
        unanswered(&open, n)?;
        calls = list(message, "tool_calls").iter().map(|call| text(call, "id")).collect();
        open.clone_from(&calls);
    }
    unanswered(&open, messages.len())
}

fn answer<'a>(id: &str, n: usize, calls: &[&'a str], open: &mut Vec<&'a str>) -> Result<(), Problem> {
    if calls.is_empty() {
        return Err(Problem::at(
            format!("messages.[{n}].role"),
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        ));
    }
    match open.iter().position(|call| *call == id) {
        Some(at) => {
            open.remove(at);
            Ok(())
        }
        None => Err(Problem::at(
            format!("messages.[{n}].tool_call_id"),
            format!("Invalid parameter: 'tool_call_id' of '{id}' not found in 'tool_calls' of previous message."),
        )),
    }
}

fn unanswered(open: &[&str], n: usize) -> Result<(), Problem> {
    if open.is_empty() {
        return Ok(());
    }
    Err(Problem::at(
        format!("messages.[{n}].role"),
        format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The \
             following tool_call_ids did not have response messages: {}",
            open.join(", ")
        ),
    ))
}
