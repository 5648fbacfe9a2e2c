//! Request bodies of three sizes, the same in every run: a short question, a long one, and an agent's turn with tools,
//! code, escapes and text that is not ASCII.

use serde_json::{Value, json};

const WORDS: &[&str] = &[
    "worker", "reads", "each", "job", "from", "queue", "and", "calls", "upstream", "service", "with", "timeout",
    "when", "call", "fails", "it", "retries", "after", "backoff", "until", "attempts", "run", "out", "then", "marks",
    "record", "failed", "writes", "audit", "entry", "metrics", "counter", "index", "cursor", "session", "schema",
    "field", "value",
];

/// A small generator with a fixed seed, so that every run sends the same bytes.
struct Words(u64);

impl Words {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.next() as usize % WORDS.len()]
    }

    fn prose(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            for _ in 0..6 + self.next() % 10 {
                text.push_str(self.word());
                text.push(' ');
            }
            text.push_str(["\n", ".\n\n- ", ". ", " — siehe §4. "][self.next() as usize % 4]);
        }
        text
    }

    fn code(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        let mut line = 1;
        while text.len() < bytes {
            let (a, b) = (self.word(), self.word());
            text.push_str(&format!("{line:6}\tdef {a}_{b}(self, {b}: dict[str, \"{a}\"]) -> str:\n"));
            text.push_str(&format!("{:6}\t    return self.{b}.get(\"{a}\\n\", {{}})[\"{b}\"]\n", line + 1));
            line += 2;
        }
        text
    }

    fn tool(&mut self, index: usize) -> Value {
        let property = |words: &mut Self| json!({"type": "string", "description": words.prose(80)});
        let properties: serde_json::Map<String, Value> =
            (0..5).map(|n| (format!("{}_{n}", self.word()), property(self))).collect();
        json!({"type": "function", "function": {
            "name": format!("{}_{}_{index}", self.word(), self.word()),
            "description": self.prose(240),
            "parameters": {"type": "object", "properties": properties, "additionalProperties": false},
        }})
    }
}

/// The same conversation as [`chat`] writes it, as a Messages body.
pub fn messages(model: &str, bytes: usize, stream: bool) -> Vec<u8> {
    let chat = conversation(&mut Words(7), model, bytes);
    let list = |name: &str| chat[name].as_array().cloned().unwrap_or_default();
    let tools: Vec<Value> = list("tools").iter().map(|tool| messages_tool(&tool["function"])).collect();
    let turns: Vec<Value> = list("messages").iter().skip(1).map(messages_turn).collect();
    let body = json!({
        "model": model, "system": chat["messages"][0]["content"], "messages": turns, "tools": tools,
        "tool_choice": {"type": "none"}, "temperature": 0.2, "max_tokens": 4096, "stream": stream,
    });
    serde_json::to_vec(&body).expect("JSON values always serialise")
}

fn messages_tool(function: &Value) -> Value {
    json!({"name": function["name"], "description": function["description"], "input_schema": function["parameters"]})
}

fn messages_turn(message: &Value) -> Value {
    match message["role"].as_str() {
        Some("assistant") => {
            let call = &message["tool_calls"][0];
            let input = json!({"path": "src/worker.py"});
            let block = json!({"type": "tool_use", "id": call["id"], "name": call["function"]["name"], "input": input});
            json!({"role": "assistant", "content": [block]})
        }
        Some("tool") => {
            let block = json!({
                "type": "tool_result", "tool_use_id": message["tool_call_id"], "content": message["content"],
            });
            json!({"role": "user", "content": [block]})
        }
        _ => message.clone(),
    }
}

/// A short question as a Responses body.
pub fn responses(model: &str, stream: bool) -> Vec<u8> {
    let body = json!({"model": model, "input": "Why does the retry loop give up?", "store": false, "stream": stream});
    serde_json::to_vec(&body).expect("JSON values always serialise")
}

/// A Chat Completions body of about that many bytes.
pub fn chat(model: &str, bytes: usize, stream: bool) -> Vec<u8> {
    let mut words = Words(7);
    let mut body = if bytes < 1_000 {
        let question =
            "Why does the retry loop in worker.py give up after one failure? Answer briefly, in one sentence.";
        json!({"model": model, "messages": [{"role": "user", "content": question}], "temperature": 0.2, "max_tokens": 400})
    } else {
        conversation(&mut words, model, bytes)
    };
    if stream {
        body["stream"] = json!(true);
    }
    serde_json::to_vec(&body).expect("JSON values always serialise")
}

fn conversation(words: &mut Words, model: &str, bytes: usize) -> Value {
    let tools: Vec<Value> = (0..if bytes > 100_000 { 24 } else { 4 }).map(|index| words.tool(index)).collect();
    let mut messages = vec![
        json!({"role": "system", "content": words.prose(bytes / 8)}),
        json!({"role": "user", "content": words.prose(400)}),
    ];
    let mut size = serde_json::to_string(&tools).expect("JSON").len() + bytes / 8 + 400;
    for turn in 0.. {
        if size >= bytes {
            break;
        }
        let id = format!("call_{turn:08}");
        let call = json!({"id": id, "type": "function", "function": {"name": "read_file", "arguments": "{\"path\":\"src/worker.py\"}"}});
        let result = words.code(2_400.min(bytes - size));
        size += result.len() + result.len() / 10 + 260;
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [call]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
    }
    messages.push(json!({"role": "user", "content": "Go on."}));
    // The last message is an assistant's turn to answer in text: the tools have answered already.
    json!({"model": model, "messages": messages, "tools": tools, "tool_choice": "none", "temperature": 0.2, "max_tokens": 4096})
}
