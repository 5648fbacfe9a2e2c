//! Who may speak when, and that every tool call is answered at once.

use serde_json::Value;

use super::{block, extra, kind, place};
use crate::{
    dialect::strict::{list, text},
    problem::Problem,
};

/// What one side says until the other does: messages of one role in a row are one turn.
pub struct Turn<'a> {
    /// Whether it is the assistant's.
    pub assistant: bool,
    /// The place of its first message.
    pub message: usize,
    /// Its blocks with their places.
    pub blocks: Vec<(String, &'a Value)>,
}

impl<'a> Turn<'a> {
    /// All turns of a request, each message checked by itself.
    pub fn all(body: &'a Value) -> Result<Vec<Self>, Problem> {
        let mut turns: Vec<Self> = vec![];
        let messages = list(body, "messages");
        if messages.is_empty() {
            return Err(Problem::invalid("messages: at least one message is required"));
        }
        for (m, message) in messages.iter().enumerate() {
            extra(message, &["role", "content", "output_config"], &format!("messages.{m}"))?;
            let role = text(message, "role");
            if !["user", "assistant", "system"].contains(&role) {
                let message = format!("messages.{m}.role: Input should be 'user' or 'assistant'");
                return Err(Problem::invalid(message));
            }
            let blocks = blocks(message, m, role, m + 1 == messages.len())?;
            // Instructions in the middle interrupt nobody.
            if role == "system" {
                continue;
            }
            let assistant = role == "assistant";
            match turns.last_mut() {
                Some(turn) if turn.assistant == assistant => turn.blocks.extend(blocks),
                _ => turns.push(Turn { assistant, message: m, blocks }),
            }
        }
        Ok(turns)
    }

    fn calls(&self) -> Vec<&str> {
        let calls = self.blocks.iter().filter(|(_, block)| kind(block) == "tool_use");
        calls.map(|(_, block)| text(block, "id")).collect()
    }

    /// The ids of the results that it begins with.
    fn results(&self) -> Vec<&str> {
        let results = self.blocks.iter().take_while(|(_, block)| kind(block) == "tool_result");
        results.map(|(_, block)| text(block, "tool_use_id")).collect()
    }

    /// Whether a tool answers in it.
    pub fn has_results(&self) -> bool {
        self.blocks.iter().any(|(_, block)| kind(block) == "tool_result")
    }
}

fn blocks<'a>(message: &'a Value, m: usize, role: &str, last: bool) -> Result<Vec<(String, &'a Value)>, Problem> {
    match &message["content"] {
        Value::String(said) if role == "assistant" && last && said.ends_with(char::is_whitespace) => trailing(),
        Value::String(said) if !said.is_empty() => Ok(vec![]),
        Value::Array(blocks) if !blocks.is_empty() => {
            for (b, block) in blocks.iter().enumerate() {
                block::check(block, role, &place(m, b))?;
            }
            let end = blocks.last().map_or("", |block| text(block, "text"));
            if role == "assistant" && last && end.ends_with(char::is_whitespace) {
                return trailing();
            }
            Ok(blocks.iter().enumerate().map(|(b, block)| (place(m, b), block)).collect())
        }
        Value::String(_) | Value::Array(_) if role == "assistant" && last => Ok(vec![]),
        Value::String(_) | Value::Array(_) => Err(Problem::invalid(format!(
            "messages.{m}: all messages must have non-empty content except for the optional final assistant message"
        ))),
        _ => Err(Problem::invalid(format!("messages.{m}.content: Field required"))),
    }
}

fn trailing<T>() -> Result<T, Problem> {
    Err(Problem::invalid("messages: final assistant content cannot end with trailing whitespace"))
}

/// Checks the order of the turns, and that calls and results belong together.
pub fn check(turns: &[Turn]) -> Result<(), Problem> {
    if turns.first().is_some_and(|turn| turn.assistant) {
        return Err(Problem::invalid("messages: first message must use the \"user\" role"));
    }
    let mut seen: Vec<&str> = vec![];
    for (n, turn) in turns.iter().enumerate() {
        let before = if n == 0 { vec![] } else { turns[n - 1].calls() };
        answers(turn, &before)?;
        let calls = turn.calls();
        for (c, id) in calls.iter().enumerate() {
            if seen.contains(id) || calls[..c].contains(id) {
                return Err(Problem::invalid(format!("messages.{}: `tool_use` ids must be unique", turn.message)));
            }
        }
        seen.extend(&calls);
        let results = turns.get(n + 1).map(Turn::results).unwrap_or_default();
        let open: Vec<_> = calls.into_iter().filter(|id| !results.contains(id)).collect();
        if !open.is_empty() {
            return Err(Problem::invalid(format!(
                "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` \
                 block must have a corresponding `tool_result` block in the next message.",
                turn.message,
                open.join(", ")
            )));
        }
    }
    Ok(())
}

fn answers(turn: &Turn, calls: &[&str]) -> Result<(), Problem> {
    let mut answered: Vec<&str> = vec![];
    for (place, block) in turn.blocks.iter().filter(|(_, block)| kind(block) == "tool_result") {
        let id = text(block, "tool_use_id");
        if !calls.contains(&id) {
            return Err(Problem::invalid(format!(
                "{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a \
                 corresponding `tool_use` block in the previous message."
            )));
        }
        if answered.contains(&id) {
            return Err(Problem::invalid(format!(
                "{place}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"
            )));
        }
        answered.push(id);
    }
    Ok(())
}
