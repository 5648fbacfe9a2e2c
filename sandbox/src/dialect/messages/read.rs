//! Reads a Messages request.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use super::{Messages, check};
use crate::{
    ask::{Ask, CacheLife, Format, Tail},
    content::{Content, is_for_an_hour},
    dialect::raw,
    problem::Problem,
    text::tokens,
    tool::{Tool, ToolChoice},
};

#[derive(Deserialize)]
struct Request<'a> {
    model: Option<String>,
    #[serde(borrow)]
    messages: Option<Vec<Message<'a>>>,
    #[serde(default)]
    system: Content,
    max_tokens: Option<u64>,
    stream: Option<bool>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
    tool_choice: Option<Value>,
    output_config: Option<OutputConfig>,
    output_format: Option<Value>,
    thinking: Option<Thinking>,
    stop_sequences: Option<Vec<String>>,
    /// For the last part that can be cached.
    cache_control: Option<Value>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    content: Content,
}

#[derive(Deserialize)]
struct OutputConfig {
    format: Option<Value>,
}

#[derive(Deserialize)]
struct Thinking {
    #[serde(rename = "type")]
    kind: String,
    display: Option<String>,
}

/// Reads the body of `POST /v1/messages`.
pub fn read(body: &[u8]) -> Result<Messages, Problem> {
    let given: Value = serde_json::from_slice(body)?;
    let request: Request = serde_json::from_slice(body)?;
    let cap = request.max_tokens.ok_or_else(|| required("max_tokens"))?;
    Ok(Messages {
        given_back: check::request(&given)?,
        thinking_omitted: request.thinking.as_ref().is_some_and(Thinking::omitted),
        ask: Ask { max_output_tokens: Some(cap), ..understand(request)? },
    })
}

/// Reads the body of `POST /v1/messages/count_tokens`, which has no output to cap.
pub fn read_count(body: &[u8]) -> Result<Ask, Problem> {
    check::request(&serde_json::from_slice(body)?)?;
    understand(serde_json::from_slice(body)?)
}

fn understand(request: Request) -> Result<Ask, Problem> {
    let messages = request.messages.ok_or_else(|| required("messages"))?;
    let mut tail = Tail::default();
    let mut bytes = request.system.bytes + raw::size(request.tools);
    let mut hour = request.system.cache_for_an_hour
        || request.cache_control.as_ref().is_some_and(is_for_an_hour)
        || raw::list(request.tools).iter().any(|tool| is_for_an_hour(&tool["cache_control"]));
    for message in &messages {
        bytes += message.content.bytes;
        hour |= message.content.cache_for_an_hour;
        match message.role.as_ref() {
            "assistant" => tail.assistant(),
            "user" => tail.user(&message.content),
            _ => {}
        }
    }
    let (choice, parallel) = choice(request.tool_choice.as_ref());
    let wants_call = Ask::wants_call(&choice, tail);
    let format = request.output_config.and_then(|config| config.format);
    Ok(Ask {
        model: request.model.ok_or_else(|| required("model"))?,
        stream: request.stream.unwrap_or(false),
        input_tokens: tokens(bytes),
        cache_life: if hour { CacheLife::Hour } else { CacheLife::Minutes },
        tail,
        tools: if wants_call { tools(request.tools) } else { vec![] },
        choice,
        parallel,
        format: format.or(request.output_format).as_ref().and_then(schema),
        reasoning: request.thinking.is_some_and(|thinking| thinking.kind != "disabled"),
        max_output_tokens: None,
        stop: request.stop_sequences.unwrap_or_default(),
        logprobs: None,
        images: 0,
    })
}

impl Thinking {
    fn omitted(&self) -> bool {
        self.display.as_deref() == Some("omitted")
    }
}

fn required(field: &'static str) -> Problem {
    Problem::at(field, format!("{field}: Field required"))
}

fn tools(raw: Option<&RawValue>) -> Vec<Tool> {
    raw::list(raw).iter().filter_map(tool).collect()
}

/// A tool that the client runs: its own, or one of Anthropic's with a known form. What Anthropic
/// runs itself (web search, code execution, …) is never called here.
fn tool(tool: &Value) -> Option<Tool> {
    let kind = tool.get("type").and_then(Value::as_str).unwrap_or("custom");
    let fixed = |arguments: Value| {
        let names = arguments.as_object().into_iter().flatten();
        let properties = names.map(|(name, value)| (name.clone(), json!({"const": value})));
        let properties: serde_json::Map<_, _> = properties.collect();
        let required: Vec<_> = properties.keys().collect();
        json!({"type": "object", "required": required, "properties": properties})
    };
    let schema = if kind == "custom" {
        tool.get("input_schema").cloned().unwrap_or(Value::Null)
    } else if kind.starts_with("bash_") {
        fixed(json!({"command": "echo sandbox"}))
    } else if kind.starts_with("text_editor_") {
        fixed(json!({"command": "view", "path": "."}))
    } else if kind.starts_with("memory_") {
        fixed(json!({"command": "view", "path": "/memories"}))
    } else if kind.starts_with("computer_") {
        fixed(json!({"action": "screenshot"}))
    } else {
        return None;
    };
    Some(Tool::function(tool.get("name")?.as_str()?, schema))
}

/// Which tools may be called, and whether several at once.
fn choice(choice: Option<&Value>) -> (ToolChoice, bool) {
    let text = |key| choice.and_then(|choice| choice.get(key)).and_then(Value::as_str);
    let one = choice.and_then(|choice| choice.get("disable_parallel_tool_use"));
    let choice = match text("type") {
        Some("none") => ToolChoice::None,
        Some("any") => ToolChoice::Required,
        Some("tool") => ToolChoice::Named(text("name").unwrap_or_default().to_owned()),
        _ => ToolChoice::Auto,
    };
    (choice, one != Some(&json!(true)))
}

fn schema(format: &Value) -> Option<Format> {
    let schema = (format.get("type")? == "json_schema").then(|| format.get("schema"))?;
    schema.cloned().map(Format::Schema)
}
