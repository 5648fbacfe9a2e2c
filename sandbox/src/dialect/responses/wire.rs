//! The response object and its items, which whole answers and streams share.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Responses, echo::Echo};
use crate::{
    answer::{Answer, Finish, Reply, Usage},
    operation::{CREATED_S, Identity},
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
    top_logprobs: u32,
    max_tool_calls: (),
    #[serde(flatten)]
    echo: &'a Echo,
    usage: Option<Value>,
}

/// The response while it is being made.
pub fn in_progress(request: &Responses, identity: &Identity) -> impl Serialize {
    response(request, identity, "in_progress", &[], None)
}

/// The response when it has ended, with the output it has.
pub fn ended<'a>(
    request: &'a Responses,
    identity: &Identity,
    answer: &Answer,
    output: &'a [Value],
) -> impl Serialize + 'a {
    let status = status(answer);
    response(request, identity, status, output, Some(answer))
}

fn response<'a>(
    request: &'a Responses,
    identity: &Identity,
    status: &'static str,
    output: &'a [Value],
    answer: Option<&Answer>,
) -> Response<'a> {
    Response {
        id: identity.id("resp_"),
        object: "response",
        created_at: CREATED_S,
        completed_at: (status == "completed").then_some(CREATED_S),
        status,
        background: false,
        error: (),
        incomplete_details: (status == "incomplete").then(|| json!({"reason": "max_output_tokens"})),
        model: &request.ask.model,
        output,
        previous_response_id: (),
        service_tier: "default",
        top_logprobs: 0,
        max_tool_calls: (),
        echo: &request.echo,
        usage: answer.map(|answer| usage(answer.usage)),
    }
}

/// `incomplete` when the output cap was met.
pub fn status(answer: &Answer) -> &'static str {
    if answer.finish == Finish::Length { "incomplete" } else { "completed" }
}

fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    })
}

/// All output items, as they stand at the end.
pub fn output(request: &Responses, identity: &Identity, answer: &Answer) -> Vec<Value> {
    let mut items = vec![];
    if let Some(reasoning) = &answer.reasoning {
        items.push(self::reasoning(request, identity, reasoning));
    }
    match &answer.content {
        Reply::Text(text) => items.push(message(identity, status(answer), &[text_part(text)])),
        Reply::Calls(calls) => {
            let numbered = calls.iter().enumerate();
            items.extend(numbered.map(|(n, tool)| call(identity, n, tool, &call_text(tool), "completed")));
        }
    }
    items
}

/// A reasoning item, with what of it was asked for.
pub fn reasoning(request: &Responses, identity: &Identity, text: &str) -> Value {
    let mut item = json!({"id": identity.id("rs_"), "type": "reasoning", "summary": []});
    if request.summary {
        item["summary"] = json!([summary_part(text)]);
    }
    if request.encrypted {
        item["encrypted_content"] = json!(identity.id("sandbox-encrypted-"));
    }
    item
}

/// The one part of a reasoning summary.
pub fn summary_part(text: &str) -> Value {
    json!({"type": "summary_text", "text": text})
}

/// A message item.
pub fn message(identity: &Identity, status: &str, content: &[Value]) -> Value {
    json!({"id": identity.id("msg_"), "type": "message", "status": status, "role": "assistant", "content": content})
}

/// The one part of a message.
pub fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text})
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
