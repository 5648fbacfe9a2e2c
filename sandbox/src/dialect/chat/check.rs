//! Refuses what OpenAI's Chat Completions refuse, in its words.

mod conversation;
mod message;

use serde_json::Value;

use crate::{
    dialect::{
        openai_strict::{at_most, empty, extra, function, name, value},
        strict::{given, list, text, unknown},
    },
    problem::Problem,
};

const KNOWN: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

const EFFORTS: &[&str] = &["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/// Checks a request.
pub fn request(body: &Value) -> Result<(), Problem> {
    if let Some(name) = unknown(body, KNOWN) {
        return Err(Problem::invalid(format!("Unrecognized request argument supplied: {name}")));
    }
    together(body)?;
    if let Some(stops) = body["stop"].as_array() {
        at_most("stop", stops.len(), 4)?;
    }
    let effort = text(body, "reasoning_effort");
    if given(body, "reasoning_effort") && !EFFORTS.contains(&effort) {
        return Err(value("reasoning_effort", effort, EFFORTS));
    }
    tools(body)?;
    format(&body["response_format"])?;
    let messages = list(body, "messages");
    if body["messages"].is_array() && messages.is_empty() {
        return Err(empty("messages"));
    }
    for (n, message) in messages.iter().enumerate() {
        message::check(message, n)?;
    }
    conversation::check(messages)
}

/// Parameters that need, or exclude, each other.
fn together(body: &Value) -> Result<(), Problem> {
    let refuse = |param: &str, message: String| Err(Problem::at(param, message));
    for (param, needed, on) in [("stream_options", "stream", "enabled"), ("top_logprobs", "logprobs", "enabled")] {
        if given(body, param) && body[needed] != true {
            return refuse(param, format!("The '{param}' parameter is only allowed when '{needed}' is {on}."));
        }
    }
    if body["tools"].is_array() && list(body, "tools").is_empty() {
        return Err(empty("tools"));
    }
    for param in ["tool_choice", "parallel_tool_calls"] {
        if given(body, param) && !given(body, "tools") && body[param] != "none" {
            let message = format!("Invalid value for '{param}': '{param}' is only allowed when 'tools' are specified.");
            return refuse(param, message);
        }
    }
    if given(body, "max_tokens") && given(body, "max_completion_tokens") {
        let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
        return refuse("max_tokens", message.to_owned());
    }
    Ok(())
}

fn tools(body: &Value) -> Result<(), Problem> {
    let tools = list(body, "tools");
    for (n, tool) in tools.iter().enumerate() {
        match text(tool, "type") {
            "function" => {
                let place = format!("tools[{n}].function");
                extra(tool, &["type", "function"], &format!("tools[{n}]"))?;
                extra(&tool["function"], &["name", "description", "parameters", "strict"], &place)?;
                function(&tool["function"], &place)?;
            }
            "custom" => name(&format!("tools[{n}].custom.name"), text(&tool["custom"], "name"))?,
            // What vendors run themselves has other types elsewhere.
            "web_search" => {}
            other => return Err(value(&format!("tools[{n}].type"), other, &["function", "custom"])),
        }
    }
    let choice = &body["tool_choice"];
    let forced = text(&choice[text(choice, "type")], "name");
    let has = |tool: &Value| text(&tool[text(tool, "type")], "name") == forced;
    if choice.is_object() && !forced.is_empty() && !tools.iter().any(has) {
        let message = format!("Invalid value for 'tool_choice': no tool is named '{forced}'.");
        return Err(Problem::at("tool_choice", message));
    }
    Ok(())
}

fn format(format: &Value) -> Result<(), Problem> {
    match text(format, "type") {
        "json_schema" => {
            let schema = &format["json_schema"];
            extra(schema, &["name", "description", "schema", "strict"], "response_format.json_schema")?;
            name("response_format.json_schema.name", text(schema, "name"))
        }
        "text" | "json_object" | "" => Ok(()),
        other => Err(value("response_format.type", other, &["json_object", "json_schema", "text"])),
    }
}

#[cfg(test)]
mod tests;
