//! Refuses what OpenAI's Responses refuse, in its words.

mod conversation;
mod item;
mod tools;

use serde_json::Value;

pub use self::item::Sealed;
use crate::{
    dialect::{
        openai_strict::{extra, name, value},
        strict::{given, list, text},
    },
    problem::Problem,
};

const KNOWN: &[&str] = &[
    "background",
    "client_metadata",
    "context_management",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// The least that a response may be capped at.
const MIN_CAP: u64 = 16;

const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];
const INCLUDES: &[&str] = &[
    "code_interpreter_call.outputs",
    "computer_call_output.output.image_url",
    "file_search_call.results",
    "message.input_image.image_url",
    "message.output_text.logprobs",
    "reasoning.encrypted_content",
    "web_search_call.action.sources",
    "web_search_call.results",
];

/// What a request has of earlier answers.
pub struct Returned {
    /// The sealed items that it gives back.
    pub sealed: Vec<Sealed>,
    /// Ids of items that it refers to.
    pub referred: Vec<String>,
}

/// Checks a request; returns what it has of earlier answers.
pub fn request(body: &Value) -> Result<Returned, Problem> {
    extra(body, KNOWN, "")?;
    for (n, field) in list(body, "include").iter().enumerate() {
        let field = field.as_str().unwrap_or_default();
        if !INCLUDES.contains(&field) {
            return Err(value(&format!("include[{n}]"), field, INCLUDES));
        }
    }
    if given(body, "stream_options") && body["stream"] != true {
        let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(Problem::at("stream_options", message));
    }
    if let Some(cap) = body["max_output_tokens"].as_u64().filter(|cap| *cap < MIN_CAP) {
        let message = format!(
            "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= {MIN_CAP}, but got {cap} instead."
        );
        return Err(Problem::coded("integer_below_min_value", "max_output_tokens", message));
    }
    let effort = text(&body["reasoning"], "effort");
    extra(&body["reasoning"], &["effort", "summary", "generate_summary", "context"], "reasoning")?;
    if given(&body["reasoning"], "effort") && !EFFORTS.contains(&effort) {
        return Err(value("reasoning.effort", effort, EFFORTS));
    }
    format(&body["text"])?;
    tools::check(body)?;
    let items = list(body, "input");
    let referred = items.iter().filter(|it| item::refers(it)).map(|it| text(it, "id").to_owned()).collect();
    let items: Vec<Value> = items.iter().map(item::referred).collect();
    for (n, item) in items.iter().enumerate() {
        item::check(item, n)?;
    }
    conversation::check(&items)?;
    Ok(Returned { sealed: item::sealed(list(body, "input")), referred })
}

fn format(text_: &Value) -> Result<(), Problem> {
    extra(text_, &["format", "verbosity"], "text")?;
    let format = &text_["format"];
    match text(format, "type") {
        "json_schema" => {
            extra(format, &["type", "name", "description", "schema", "strict"], "text.format")?;
            name("text.format.name", text(format, "name"))
        }
        "text" | "json_object" | "" => Ok(()),
        other => Err(value("text.format.type", other, &["json_object", "json_schema", "text"])),
    }
}

#[cfg(test)]
mod tests;
