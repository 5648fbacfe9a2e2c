//! Answers as OpenAI's Responses API writes them.

use serde_json::{Value, json};

use super::upstream::{Block, Counts, Finish, Upstream};

impl Upstream {
    /// The whole response, in this status while it is not over.
    pub fn response(&self, status: &str) -> Value {
        let over = status == "completed";
        let Counts { fresh, cached, output, reasoning } = self.usage;
        let usage = json!({ "input_tokens": fresh + cached, "input_tokens_details": { "cached_tokens": cached },
            "output_tokens": output, "output_tokens_details": { "reasoning_tokens": reasoning },
            "total_tokens": fresh + cached + output });
        let items: Vec<Value> = self.blocks.iter().enumerate().map(|(at, block)| item(at, block)).collect();
        let cut = over && self.finish == Finish::Length;
        json!({ "id": "resp_upstream", "object": "response", "created_at": 1, "model": "model-1",
            "status": if cut { "incomplete" } else { status }, "error": null,
            "incomplete_details": if cut { json!({ "reason": "max_output_tokens" }) } else { Value::Null },
            "instructions": null, "metadata": {}, "parallel_tool_calls": true, "temperature": 1.0, "top_p": 1.0,
            "tool_choice": "auto", "tools": [], "output": if over { json!(items) } else { json!([]) },
            "usage": if over { usage } else { Value::Null } })
    }

    /// The events of the stream.
    pub fn response_events(&self) -> Vec<Value> {
        let start = self.response("in_progress");
        let mut events = vec![
            json!({ "type": "response.created", "response": start }),
            json!({ "type": "response.in_progress", "response": start }),
        ];
        for (at, block) in self.blocks.iter().enumerate() {
            events.extend(item_events(at, block));
        }
        let end = if self.finish == Finish::Length { "response.incomplete" } else { "response.completed" };
        events.push(json!({ "type": end, "response": self.response("completed") }));
        for (number, event) in events.iter_mut().enumerate() {
            event["sequence_number"] = json!(number);
        }
        events
    }
}

fn item(at: usize, block: &Block) -> Value {
    match block {
        Block::Text(pieces) => json!({ "id": format!("msg_{at}"), "type": "message", "status": "completed",
            "role": "assistant", "content": [text(&pieces.concat())] }),
        Block::Reasoning { pieces, seal } => json!({ "id": format!("rs_{at}"), "type": "reasoning",
            "summary": [{ "type": "summary_text", "text": pieces.concat() }], "encrypted_content": seal }),
        Block::Call { id, name, pieces } => json!({ "id": format!("fc_{at}"), "type": "function_call",
            "status": "completed", "call_id": format!("call_{id}"), "name": name, "arguments": pieces.concat() }),
    }
}

fn text(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
}

/// Adds to an event the place that it speaks of.
fn at(kind: &str, item: &Value, output_index: usize, more: &Value) -> Value {
    let mut event = json!({ "type": kind, "item_id": item["id"], "output_index": output_index });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn item_events(index: usize, block: &Block) -> Vec<Value> {
    let item = item(index, block);
    let mut open = item.clone();
    let (part, list, deltas) = match block {
        Block::Text(pieces) => ("content_part", "content", ("output_text", pieces)),
        Block::Reasoning { pieces, .. } => ("reasoning_summary_part", "summary", ("reasoning_summary_text", pieces)),
        Block::Call { pieces, .. } => ("", "arguments", ("function_call_arguments", pieces)),
    };
    open[list] = if part.is_empty() { json!("") } else { json!([]) };
    if !open["status"].is_null() {
        open["status"] = json!("in_progress");
    }
    let mut events = vec![json!({ "type": "response.output_item.added", "output_index": index, "item": open })];
    let place = match part {
        "content_part" => json!({ "content_index": 0 }),
        "reasoning_summary_part" => json!({ "summary_index": 0 }),
        _ => json!({}),
    };
    let mut push = |kind: &str, more: Value| {
        let mut fields = place.clone();
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        events.push(at(&format!("response.{kind}"), &item, index, &fields));
    };
    let whole = &item[list][0];
    if !part.is_empty() {
        let mut empty = whole.clone();
        empty["text"] = json!("");
        push(&format!("{part}.added"), json!({ "part": empty }));
    }
    let (kind, pieces) = deltas;
    for piece in pieces {
        let logprobs =
            if kind == "output_text" { json!({ "delta": piece, "logprobs": [] }) } else { json!({ "delta": piece }) };
        push(&format!("{kind}.delta"), logprobs);
    }
    let done = match kind {
        "output_text" => json!({ "text": pieces.concat(), "logprobs": [] }),
        "function_call_arguments" => json!({ "arguments": pieces.concat(), "name": item["name"] }),
        _ => json!({ "text": pieces.concat() }),
    };
    push(&format!("{kind}.done"), done);
    if !part.is_empty() {
        push(&format!("{part}.done"), json!({ "part": whole }));
    }
    events.push(json!({ "type": "response.output_item.done", "output_index": index, "item": item }));
    events
}
