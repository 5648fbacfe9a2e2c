//! The response object and its items, which whole answers and streams share.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Responses, echo::Echo};
use crate::{
    answer::{Answer, Finish, IMAGE, PAGE, Reply, Usage},
    identity::{CREATED_S, Identity},
    provenance::mint,
    text::pieces,
    tool::{Call, Input},
};

#[derive(Serialize)]
struct Response<'a> {
    id: String,
    object: &'static str,
    created_at: u64,
    completed_at: Option<u64>,
    status: &'static str,
    background: bool,
    error: (),
    incomplete_details: Option<Value>,
    model: &'a str,
    output: &'a [Value],
    previous_response_id: (),
    service_tier: &'static str,
    top_logprobs: usize,
    max_tool_calls: (),
    #[serde(flatten)]
    echo: &'a Echo,
    usage: Option<Value>,
}

/// What all parts of an answer follow from.
pub struct Wire<'a> {
    /// The request.
    pub request: &'a Responses,
    /// Who signs reasoning.
    pub realm: Option<&'a str>,
    /// The ids.
    pub identity: &'a Identity,
}

impl<'a> Wire<'a> {
    /// The response while it is being made.
    pub fn in_progress(&self) -> impl Serialize + 'a {
        self.response("in_progress", &[], None)
    }

    /// The response when it has ended, with the output it has.
    pub fn ended(&self, answer: &Answer, output: &'a [Value]) -> impl Serialize + use<'a> {
        self.response(status(answer), output, Some(answer))
    }

    fn response(&self, status: &'static str, output: &'a [Value], answer: Option<&Answer>) -> Response<'a> {
        Response {
            id: self.identity.id("resp_"),
            object: "response",
            created_at: CREATED_S,
            completed_at: (status == "completed").then_some(CREATED_S),
            status,
            background: false,
            error: (),
            incomplete_details: (status == "incomplete").then(|| json!({"reason": "max_output_tokens"})),
            model: &self.request.ask.model,
            output,
            previous_response_id: (),
            service_tier: "default",
            top_logprobs: self.request.ask.logprobs.unwrap_or(0),
            max_tool_calls: (),
            echo: &self.request.echo,
            usage: answer.map(|answer| usage(answer.usage)),
        }
    }

    /// All output items, as they stand at the end.
    pub fn output(&self, answer: &Answer) -> Vec<Value> {
        let mut items: Vec<Value> = answer.reasoning.iter().map(|text| self.reasoning(text)).collect();
        items.extend((0..answer.images).map(|n| image(self.identity, n, "completed")));
        if let Some(preamble) = answer.preamble {
            items.push(message(self.identity, "completed", &[self.text_part(preamble, false)]));
        }
        match &answer.content {
            Reply::Text(text) => {
                items.push(message(self.identity, status(answer), &[self.text_part(text, answer.cites)]));
            }
            Reply::Refusal(text) => items.push(message(self.identity, "completed", &[refusal_part(text)])),
            Reply::Calls(calls) => {
                let numbered = calls.iter().enumerate();
                items.extend(numbered.map(|(n, tool)| call(self.identity, n, tool, &call_text(tool), "completed")));
            }
        }
        items
    }

    /// A reasoning item, with what of it was asked for.
    pub fn reasoning(&self, text: &str) -> Value {
        let mut item = json!({"id": self.identity.id("rs_"), "type": "reasoning", "summary": []});
        if self.request.summary {
            item["summary"] = json!([summary_part(text)]);
        }
        if self.request.encrypted {
            item["encrypted_content"] = json!(mint(self.realm, "", &self.identity.id("")));
        }
        item
    }

    /// The one part of a message.
    pub fn text_part(&self, text: &str, cites: bool) -> Value {
        let annotations: Vec<_> = cites.then(|| annotation(text)).into_iter().collect();
        json!({"type": "output_text", "annotations": annotations, "logprobs": self.logprobs(text), "text": text})
    }

    /// The log probabilities of a text, if they were asked for.
    pub fn logprobs(&self, text: &str) -> Vec<Value> {
        let Some(alternatives) = self.request.ask.logprobs else { return vec![] };
        pieces(text, None).into_iter().map(|piece| token(piece, alternatives)).collect()
    }
}

/// The log probabilities of a text that is one token.
pub fn token(text: &str, alternatives: usize) -> Value {
    let one = || json!({"token": text, "logprob": -0.25, "bytes": text.as_bytes()});
    let mut token = one();
    token["top_logprobs"] = (0..alternatives).map(|_| one()).collect();
    token
}

/// What a text cites.
pub fn annotation(text: &str) -> Value {
    let (url, title) = PAGE;
    json!({"type": "url_citation", "start_index": 0, "end_index": text.chars().count(), "title": title, "url": url})
}

/// What a model that refuses says.
pub fn refusal_part(text: &str) -> Value {
    json!({"type": "refusal", "refusal": text})
}

/// The n-th generated image; its data comes with its end.
pub fn image(identity: &Identity, n: usize, status: &str) -> Value {
    let result = (status == "completed").then_some(IMAGE);
    let id = identity.nth("ig_", n);
    if result.is_none() {
        return json!({"id": id, "type": "image_generation_call", "status": status, "result": null});
    }
    json!({
        "id": id, "type": "image_generation_call", "status": status, "background": "opaque", "output_format": "png",
        "quality": "low", "result": result, "revised_prompt": "One pixel.", "size": "1x1",
    })
}

/// `incomplete` when the output cap was met.
pub fn status(answer: &Answer) -> &'static str {
    if answer.finish == Finish::Length { "incomplete" } else { "completed" }
}

/// Token counts.
pub fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    })
}

/// The one part of a reasoning summary.
pub fn summary_part(text: &str) -> Value {
    json!({"type": "summary_text", "text": text})
}

/// A message item.
pub fn message(identity: &Identity, status: &str, content: &[Value]) -> Value {
    json!({"id": identity.id("msg_"), "type": "message", "status": status, "role": "assistant", "content": content})
}

/// The item of the n-th tool call, with as much of its text as is known.
pub fn call(identity: &Identity, n: usize, call: &Call, text: &str, status: &str) -> Value {
    let call_id = identity.nth("call_", n);
    let mut item = match &call.input {
        Input::Arguments(_) => json!({
            "id": identity.nth("fc_", n), "type": "function_call", "status": status,
            "arguments": text, "call_id": call_id, "name": call.name,
        }),
        Input::Text(_) => json!({
            "id": identity.nth("ctc_", n), "type": "custom_tool_call", "status": status,
            "call_id": call_id, "input": text, "name": call.name,
        }),
        Input::Command(words) => json!({
            "id": identity.nth("lsh_", n), "type": "local_shell_call", "status": status, "call_id": call_id,
            "action": {"type": "exec", "command": words, "env": {}},
        }),
    };
    if let Some(namespace) = &call.namespace {
        item["namespace"] = json!(namespace);
    }
    item
}

/// The text that a call streams.
pub fn call_text(call: &Call) -> String {
    match &call.input {
        Input::Arguments(arguments) => arguments.to_string(),
        Input::Text(text) => text.clone(),
        Input::Command(_) => String::new(),
    }
}
