//! Parts that whole answers and streams share.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    answer::{Finish, IMAGE, PAGE, Usage},
    identity::Identity,
    tool::{Call, Input},
};

/// What every answer says of the system behind it.
pub const FINGERPRINT: &str = "fp_sandbox";

/// Token counts as Chat reports them.
#[derive(Serialize)]
pub struct WireUsage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Serialize)]
struct PromptDetails {
    cached_tokens: u64,
    audio_tokens: u64,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the API's own")]
struct CompletionDetails {
    reasoning_tokens: u64,
    audio_tokens: u64,
    accepted_prediction_tokens: u64,
    rejected_prediction_tokens: u64,
}

impl From<Usage> for WireUsage {
    fn from(usage: Usage) -> Self {
        Self {
            prompt_tokens: usage.input,
            completion_tokens: usage.output,
            total_tokens: usage.input + usage.output,
            prompt_tokens_details: PromptDetails { cached_tokens: usage.cached, audio_tokens: 0 },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: usage.reasoning,
                audio_tokens: 0,
                accepted_prediction_tokens: 0,
                rejected_prediction_tokens: 0,
            },
        }
    }
}

/// The `finish_reason`.
pub fn finish(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopSequence(_) | Finish::Refusal => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
    }
}

/// The n-th tool call with the text it carries: arguments, or a custom tool's input.
pub fn call(identity: &Identity, n: usize, call: &Call, text: &str) -> Value {
    let id = identity.nth("call_", n);
    match call.input {
        Input::Text(_) => {
            json!({"id": id, "type": "custom", "custom": {"name": call.name, "input": text}})
        }
        Input::Arguments(_) | Input::Command(_) => {
            json!({"id": id, "type": "function", "function": {"name": call.name, "arguments": text}})
        }
    }
}

/// The text that a call carries.
pub fn call_text(call: &Call) -> String {
    match &call.input {
        Input::Arguments(arguments) => arguments.to_string(),
        Input::Text(text) => text.clone(),
        Input::Command(words) => words.join(" "),
    }
}

/// The log probabilities of a text that is one token.
pub fn token(text: &str, alternatives: usize) -> Value {
    let one = || json!({"token": text, "logprob": -0.25, "bytes": text.as_bytes()});
    let mut token = one();
    token["top_logprobs"] = (0..alternatives).map(|_| one()).collect();
    token
}

/// Images as models answer with them: addresses that hold the data.
pub fn images(count: usize) -> Vec<Value> {
    let image = |index| {
        let url = format!("data:image/png;base64,{IMAGE}");
        json!({"type": "image_url", "index": index, "image_url": {"url": url}})
    };
    (0..count).map(image).collect()
}

/// What a text cites, if anything.
pub fn annotations(cites: bool, text: &str) -> Vec<Value> {
    let (url, title) = PAGE;
    let citation = json!({"start_index": 0, "end_index": text.chars().count(), "title": title, "url": url});
    cites.then(|| json!({"type": "url_citation", "url_citation": citation})).into_iter().collect()
}
