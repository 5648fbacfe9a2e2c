//! Reads a Responses request.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{Responses, check, check::Returned, echo::Given, items::Input, tools};
use crate::{
    ask::{Ask, CacheLife, Format},
    dialect::raw,
    problem::Problem,
    text::tokens,
};

#[derive(Deserialize)]
struct Request<'a> {
    model: Option<String>,
    #[serde(borrow)]
    input: Option<Input<'a>>,
    stream: Option<bool>,
    previous_response_id: Option<String>,
    include: Option<Vec<String>>,
    top_logprobs: Option<usize>,
    #[serde(borrow)]
    instructions: Option<&'a RawValue>,
    #[serde(borrow)]
    max_output_tokens: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    parallel_tool_calls: Option<&'a RawValue>,
    #[serde(borrow)]
    prompt_cache_key: Option<&'a RawValue>,
    #[serde(borrow)]
    reasoning: Option<&'a RawValue>,
    #[serde(borrow)]
    safety_identifier: Option<&'a RawValue>,
    #[serde(borrow)]
    store: Option<&'a RawValue>,
    #[serde(borrow)]
    temperature: Option<&'a RawValue>,
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(borrow)]
    tool_choice: Option<&'a RawValue>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
    #[serde(borrow)]
    top_p: Option<&'a RawValue>,
    #[serde(borrow)]
    truncation: Option<&'a RawValue>,
    #[serde(borrow)]
    user: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Reasoning {
    effort: Option<String>,
    summary: Option<String>,
}

/// Reads the body of `POST /v1/responses`.
pub fn read(body: &[u8]) -> Result<Responses, Problem> {
    let Returned { sealed, referred } = check::request(&serde_json::from_slice(body)?)?;
    let request: Request = serde_json::from_slice(body)?;
    let input = request.input.as_ref().ok_or(Problem::missing("input"))?;
    if let Some(id) = &request.previous_response_id {
        return Err(Problem::coded(
            "previous_response_not_found",
            "previous_response_id",
            format!("Previous response with id '{id}' not found."),
        ));
    }
    let choice = tools::choice(&value(request.tool_choice));
    let wants_call = Ask::wants_call(&choice, input.tail);
    let parallel = value(request.parallel_tool_calls);
    let sizes = input.bytes + raw::size(request.tools) + raw::size(request.instructions);
    let max_output_tokens = match request.max_output_tokens {
        Some(cap) => serde_json::from_str(cap.get())?,
        None => None,
    };
    let reasoning: Option<Reasoning> = match request.reasoning {
        Some(reasoning) => serde_json::from_str(reasoning.get())?,
        None => None,
    };
    let included = request.include.as_deref().unwrap_or_default();
    let effort = reasoning.as_ref().and_then(|reasoning| reasoning.effort.as_deref());
    let alternatives = request.top_logprobs.unwrap_or(0);
    let ask = Ask {
        model: request.model.clone().ok_or(Problem::missing("model"))?,
        stream: request.stream.unwrap_or(false),
        input_tokens: tokens(sizes),
        cache_life: CacheLife::Minutes,
        tail: input.tail,
        tools: if wants_call { tools::offered(request.tools, input) } else { vec![] },
        choice,
        parallel: parallel != Value::Bool(false),
        format: format(&value(request.text)),
        reasoning: reasoning.is_some() && effort != Some("none"),
        max_output_tokens,
        stop: vec![],
        logprobs: included.iter().any(|field| field == "message.output_text.logprobs").then_some(alternatives),
        images: usize::from(wants_call && input.tail.user && tools::images(request.tools)),
    };
    Ok(Responses {
        ask,
        sealed,
        referred,
        store: value(request.store) != Value::Bool(false),
        summary: reasoning.is_some_and(|reasoning| reasoning.summary.is_some()),
        encrypted: included.iter().any(|field| field == "reasoning.encrypted_content"),
        echo: request.given().into(),
    })
}

impl<'a> Request<'a> {
    fn given(&self) -> Given<'a> {
        Given {
            instructions: self.instructions,
            max_output_tokens: self.max_output_tokens,
            metadata: self.metadata,
            parallel_tool_calls: self.parallel_tool_calls,
            prompt_cache_key: self.prompt_cache_key,
            reasoning: self.reasoning,
            safety_identifier: self.safety_identifier,
            store: self.store,
            temperature: self.temperature,
            text: self.text,
            tool_choice: self.tool_choice,
            tools: self.tools,
            top_p: self.top_p,
            truncation: self.truncation,
            user: self.user,
        }
    }
}

fn value(part: Option<&RawValue>) -> Value {
    let read = part.and_then(|raw| serde_json::from_str(raw.get()).ok());
    read.unwrap_or(Value::Null)
}

fn format(text: &Value) -> Option<Format> {
    let format = text.get("format")?;
    match format.get("type")?.as_str()? {
        "json_object" => Some(Format::JsonObject),
        "json_schema" => format.get("schema").cloned().map(Format::Schema),
        _ => None,
    }
}
