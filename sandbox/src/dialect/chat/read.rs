//! Reads a Chat request.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Chat, check};
use crate::{
    ask::{Ask, CacheLife, Format, Tail},
    content::Content,
    dialect::raw,
    problem::Problem,
    text::tokens,
    tool::{Tool, ToolChoice, ToolKind},
};

#[derive(Deserialize)]
struct Request<'a> {
    model: Option<String>,
    #[serde(borrow)]
    messages: Option<Vec<Message<'a>>>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
    tool_choice: Option<Value>,
    parallel_tool_calls: Option<bool>,
    response_format: Option<Value>,
    #[serde(borrow)]
    reasoning_effort: Option<Cow<'a, str>>,
    max_completion_tokens: Option<u64>,
    max_tokens: Option<u64>,
    stop: Option<Stop>,
    logprobs: Option<bool>,
    top_logprobs: Option<usize>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(default)]
    content: Content,
    #[serde(borrow)]
    tool_calls: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Stop {
    One(String),
    Several(Vec<String>),
}

/// Reads the body of `POST /v1/chat/completions`.
pub fn read(body: &[u8]) -> Result<Chat, Problem> {
    check::request(&serde_json::from_slice(body)?)?;
    let request: Request = serde_json::from_slice(body)?;
    let messages = request.messages.ok_or(Problem::missing("messages"))?;
    let mut tail = Tail::default();
    let mut bytes = raw::size(request.tools);
    for message in &messages {
        bytes += message.content.bytes + raw::size(message.tool_calls);
        match message.role.as_ref() {
            "assistant" => tail.assistant(),
            "tool" | "function" => tail.tool_result(&message.content),
            "user" => tail.user(&message.content),
            _ => {}
        }
    }
    let choice = choice(request.tool_choice.as_ref());
    let wants_call = Ask::wants_call(&choice, tail);
    let ask = Ask {
        model: request.model.ok_or(Problem::missing("model"))?,
        stream: request.stream.unwrap_or(false),
        input_tokens: tokens(bytes),
        cache_life: CacheLife::Minutes,
        tail,
        tools: if wants_call { tools(request.tools) } else { vec![] },
        choice,
        parallel: request.parallel_tool_calls.unwrap_or(true),
        format: request.response_format.as_ref().and_then(format),
        reasoning: request.reasoning_effort.is_some_and(|effort| effort != "none"),
        max_output_tokens: request.max_completion_tokens.or(request.max_tokens),
        stop: match request.stop {
            None => vec![],
            Some(Stop::One(sequence)) => vec![sequence],
            Some(Stop::Several(sequences)) => sequences,
        },
        logprobs: request.logprobs.unwrap_or(false).then(|| request.top_logprobs.unwrap_or(0)),
        images: 0,
    };
    let include_usage = request.stream_options.and_then(|options| options.include_usage);
    Ok(Chat { ask, include_usage: include_usage.unwrap_or(false) })
}

fn tools(raw: Option<&RawValue>) -> Vec<Tool> {
    raw::list(raw).iter().filter_map(tool).collect()
}

fn tool(tool: &Value) -> Option<Tool> {
    let (description, kind) = match tool.get("type")?.as_str()? {
        "function" => {
            let function = tool.get("function")?;
            let schema = function.get("parameters").cloned().unwrap_or(Value::Null);
            (function, ToolKind::Function(schema))
        }
        "custom" => (tool.get("custom")?, ToolKind::FreeText),
        _ => return None,
    };
    Some(Tool { name: description.get("name")?.as_str()?.to_owned(), namespace: None, kind })
}

/// `none`, `auto`, `required`, one function or custom tool, or a list of allowed tools, of which the
/// first is taken when a call is required.
fn choice(choice: Option<&Value>) -> ToolChoice {
    let named = |tool: &Value| {
        let kind = tool.get("type")?.as_str()?;
        let name = tool.get(kind)?.get("name")?.as_str()?;
        Some(ToolChoice::Named(name.to_owned()))
    };
    match choice {
        Some(Value::String(mode)) if mode == "none" => ToolChoice::None,
        Some(Value::String(mode)) if mode == "required" => ToolChoice::Required,
        Some(tool @ Value::Object(_)) => match tool.get("allowed_tools") {
            Some(allowed) if allowed.get("mode").is_some_and(|mode| mode == "required") => {
                let first = allowed.pointer("/tools/0").and_then(named);
                first.unwrap_or(ToolChoice::Required)
            }
            Some(_) => ToolChoice::Auto,
            None => named(tool).unwrap_or_default(),
        },
        _ => ToolChoice::Auto,
    }
}

fn format(format: &Value) -> Option<Format> {
    match format.get("type")?.as_str()? {
        "json_object" => Some(Format::JsonObject),
        "json_schema" => format.pointer("/json_schema/schema").cloned().map(Format::Schema),
        _ => None,
    }
}
