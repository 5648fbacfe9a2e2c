//! Refuses what Anthropic refuses, in its words.

mod block;
mod conversation;
mod thinking;
mod tools;

use serde_json::Value;

use self::conversation::Turn;
pub use self::thinking::GivenBack;
use crate::{
    dialect::strict::{given, list, text, unknown},
    problem::Problem,
};

const KNOWN: &[&str] = &[
    "cache_control",
    "container",
    "context_management",
    "inference_geo",
    "max_tokens",
    "mcp_servers",
    "messages",
    "metadata",
    "model",
    "output_config",
    "output_format",
    "service_tier",
    "speed",
    "stop_sequences",
    "stream",
    "system",
    "temperature",
    "thinking",
    "thread",
    "tool_choice",
    "tools",
    "top_k",
    "top_p",
];

/// The most blocks that may ask to be cached.
const MAX_CACHED: usize = 4;

/// Checks a request; returns the thinking that it gives back.
pub fn request(body: &Value) -> Result<GivenBack, Problem> {
    extra(body, KNOWN, "")?;
    numbers(body)?;
    if given(body, "metadata") {
        extra(&body["metadata"], &["user_id"], "metadata")?;
    }
    for (n, part) in list(body, "system").iter().enumerate() {
        block::check(part, "system", &format!("system.{n}"))?;
    }
    if body.get("system").is_some_and(|system| system == "") {
        return Err(Problem::invalid("system: text content blocks must be non-empty"));
    }
    tools::check(body)?;
    let turns = Turn::all(body)?;
    // What a thread continues is not here to be seen.
    if text(&body["thread"], "type") != "continue" {
        conversation::check(&turns)?;
    }
    thinking::check(body)?;
    let cached = cached(body);
    if cached > MAX_CACHED {
        let message = format!("A maximum of {MAX_CACHED} blocks with cache_control may be provided. Found {cached}.");
        return Err(Problem::invalid(message));
    }
    Ok(GivenBack::of(body, &turns))
}

/// Refuses members that are not known.
fn extra(object: &Value, known: &[&str], place: &str) -> Result<(), Problem> {
    let dot = if place.is_empty() { "" } else { "." };
    match unknown(object, known) {
        Some(name) => Err(Problem::invalid(format!("{place}{dot}{name}: Extra inputs are not permitted"))),
        None => Ok(()),
    }
}

fn numbers(body: &Value) -> Result<(), Problem> {
    if body["max_tokens"].as_u64() == Some(0) {
        return Err(Problem::invalid("max_tokens: Input should be greater than or equal to 1"));
    }
    for name in ["temperature", "top_p"] {
        if body[name].as_f64().is_some_and(|value| !(0.0..=1.0).contains(&value)) {
            return Err(Problem::invalid(format!("{name}: range: 0..1")));
        }
    }
    let blank = |stop: &Value| stop.as_str().is_some_and(|stop| stop.trim().is_empty());
    if list(body, "stop_sequences").iter().any(blank) {
        return Err(Problem::invalid("stop_sequences: each stop sequence must contain non-whitespace"));
    }
    Ok(())
}

fn cached(body: &Value) -> usize {
    let count = |parts: &[Value]| parts.iter().filter(|part| given(part, "cache_control")).count();
    let messages = list(body, "messages").iter().map(|message| count(list(message, "content"))).sum::<usize>();
    count(list(body, "system")) + count(list(body, "tools")) + messages
}

/// How a message's block is named in a refusal.
fn place(message: usize, block: usize) -> String {
    format!("messages.{message}.content.{block}")
}

/// What a block is.
fn kind(block: &Value) -> &str {
    text(block, "type")
}

#[cfg(test)]
mod tests;
