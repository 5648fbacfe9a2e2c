//! Conversations that every dialect can express, made up and written in each.

use data_plane_core::dialect::Dialect;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::upstream::sentence;

/// A conversation, and what is asked of it.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub system: Vec<String>,
    pub rounds: Vec<Round>,
    pub tools: Vec<ToolDefinition>,
    pub choice: Choice,
    pub parallel: Option<bool>,
    pub cap: u64,
    /// `temperature` or `top_p`: newer models of Anthropic refuse the two together.
    pub sampling: Option<(&'static str, f64)>,
    pub schema: Option<Value>,
    pub user: Option<String>,
    pub stream: bool,
}

/// What the user says, and what the model does then.
#[derive(Clone, Debug)]
pub struct Round {
    pub said: Vec<Said>,
    pub answer: Option<String>,
    pub calls: Vec<Call>,
}

#[derive(Clone, Debug)]
pub enum Said {
    Text(String),
    ImageUrl(String),
    ImageData(String),
}

/// A call of a tool with its result.
#[derive(Clone, Debug)]
pub struct Call {
    pub id: String,
    pub tool: usize,
    pub arguments: Value,
    pub result: String,
}

#[derive(Clone, Debug)]
pub struct ToolDefinition {
    pub name: String,
    pub description: Option<String>,
    pub schema: Value,
}

#[derive(Clone, Copy, Debug)]
pub enum Choice {
    Unsaid,
    Auto,
    None,
    Required,
    First,
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-z_]{1,8}", sentence().prop_map(Value::from), 0..4).prop_map(|it| json!(it))
}

fn schema() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-z_]{1,8}", sentence(), 0..3).prop_map(|fields| {
        let properties: Value = fields
            .iter()
            .map(|(name, about)| (name.clone(), json!({ "type": "string", "description": about })))
            .collect();
        let required: Vec<&String> = fields.keys().collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    })
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        4 => sentence().prop_map(Said::Text),
        1 => "[a-z]{1,8}".prop_map(|it| Said::ImageUrl(format!("https://img.example/{it}.png"))),
        1 => "[a-zA-Z0-9+/]{8}".prop_map(Said::ImageData),
    ]
}

fn round() -> impl Strategy<Value = Round> {
    let call = ("[a-zA-Z0-9]{12}", 0..3_usize, object(), sentence());
    (prop::collection::vec(said(), 1..4), prop::option::of(sentence()), prop::collection::vec(call, 0..3)).prop_map(
        |(said, answer, calls)| {
            let calls = calls.into_iter().map(|(id, tool, arguments, result)| Call { id, tool, arguments, result });
            Round { said, answer, calls: calls.collect() }
        },
    )
}

/// Any conversation; the last word is the user's or a tool's.
pub fn conversation() -> impl Strategy<Value = Conversation> {
    let tool = ("[a-zA-Z_]{1,12}", prop::option::of(sentence()), schema());
    let tools = prop::collection::vec(tool, 3).prop_map(|tools| {
        let numbered = tools.into_iter().enumerate();
        let named = numbered.map(|(at, (name, description, schema))| (format!("{name}{at}"), description, schema));
        named.map(|(name, description, schema)| ToolDefinition { name, description, schema }).collect::<Vec<_>>()
    });
    let choice =
        prop::sample::select(vec![Choice::Unsaid, Choice::Auto, Choice::None, Choice::Required, Choice::First]);
    let sampling =
        (prop::sample::select(vec!["temperature", "top_p"]), (1..=10_u8).prop_map(|it| f64::from(it) / 10.0));
    (
        (prop::collection::vec(sentence(), 0..3), prop::collection::vec(round(), 1..5), tools, choice),
        (prop::option::of(any::<bool>()), 16..4_096_u64, prop::option::of(sampling), prop::option::of(schema())),
        (prop::option::of("[a-z0-9-]{1,20}"), any::<bool>(), any::<bool>()),
    )
        .prop_map(
            |(
                (system, mut rounds, tools, choice),
                (parallel, cap, sampling, schema),
                (user, stream, ends_with_tool),
            )| {
                for round in &mut rounds {
                    if round.calls.is_empty() {
                        round.answer.get_or_insert_with(|| "Yes.".to_owned());
                    }
                }
                let last = rounds.last_mut().unwrap();
                if !ends_with_tool || last.calls.is_empty() {
                    (last.answer, last.calls) = (None, Vec::new());
                }
                Conversation { system, rounds, tools, choice, parallel, cap, sampling, schema, user, stream }
            },
        )
}

impl Conversation {
    /// The request.
    pub fn request(&self, dialect: Dialect) -> Value {
        let mut request = match dialect {
            Dialect::OpenaiChat => self.chat(),
            Dialect::OpenaiResponses => self.responses(),
            Dialect::AnthropicMessages => self.messages(),
        };
        let fields = request.as_object_mut().unwrap();
        fields.insert("model".to_owned(), json!("group"));
        fields.insert("stream".to_owned(), json!(self.stream));
        fields.extend(self.sampling.map(|(name, value)| (name.to_owned(), json!(value))));
        fields.retain(|_, value| !value.is_null());
        request
    }

    fn name(&self, tool: usize) -> &str {
        &self.tools[tool].name
    }

    fn chat(&self) -> Value {
        let mut messages: Vec<Value> =
            self.system.iter().map(|it| json!({ "role": "system", "content": it })).collect();
        for round in &self.rounds {
            let parts: Vec<Value> = round.said.iter().map(Said::chat).collect();
            messages.push(json!({ "role": "user", "content": parts }));
            if round.answer.is_none() && round.calls.is_empty() {
                continue;
            }
            let calls: Vec<Value> = round
                .calls
                .iter()
                .map(|it| {
                    json!({ "id": format!("call_{}", it.id),
                "type": "function", "function": { "name": self.name(it.tool), "arguments": it.arguments.to_string() } })
                })
                .collect();
            let mut message = json!({ "role": "assistant", "content": round.answer });
            if !calls.is_empty() {
                message["tool_calls"] = json!(calls);
            }
            messages.push(message);
            messages.extend(
                round.calls.iter().map(
                    |it| json!({ "role": "tool", "tool_call_id": format!("call_{}", it.id), "content": it.result }),
                ),
            );
        }
        let function =
            |it: &ToolDefinition| json!({ "name": it.name, "description": it.description, "parameters": it.schema });
        let tools: Vec<Value> =
            self.tools.iter().map(|it| json!({ "type": "function", "function": function(it) })).collect();
        let format = self
            .schema
            .as_ref()
            .map(|it| json!({ "type": "json_schema", "json_schema": { "name": "answer", "schema": it } }));
        json!({ "messages": messages, "tools": tools, "tool_choice": match self.choice {
                Choice::First => json!({ "type": "function", "function": { "name": self.name(0) } }), other => other.word() },
            "parallel_tool_calls": self.parallel, "max_completion_tokens": self.cap, "response_format": format, "user": self.user })
    }

    fn responses(&self) -> Value {
        let mut input: Vec<Value> =
            self.system.iter().map(|it| json!({ "type": "message", "role": "system", "content": it })).collect();
        for round in &self.rounds {
            let parts: Vec<Value> = round.said.iter().map(Said::responses).collect();
            input.push(json!({ "type": "message", "role": "user", "content": parts }));
            if let Some(answer) = &round.answer {
                let part = json!({ "type": "output_text", "text": answer, "annotations": [] });
                input.push(json!({ "type": "message", "role": "assistant", "status": "completed", "content": [part] }));
            }
            input.extend(round.calls.iter().map(|it| {
                json!({ "type": "function_call", "call_id": format!("call_{}", it.id),
                "name": self.name(it.tool), "arguments": it.arguments.to_string() })
            }));
            input.extend(round.calls.iter().map(
                |it| json!({ "type": "function_call_output", "call_id": format!("call_{}", it.id), "output": it.result }),
            ));
        }
        let tools: Vec<Value> = self
            .tools
            .iter()
            .map(|it| {
                json!({ "type": "function", "name": it.name,
            "description": it.description, "parameters": it.schema, "strict": false })
            })
            .collect();
        let format = self
            .schema
            .as_ref()
            .map(|it| json!({ "format": { "type": "json_schema", "name": "answer", "schema": it } }));
        json!({ "input": input, "tools": tools, "tool_choice": match self.choice {
                Choice::First => json!({ "type": "function", "name": self.name(0) }), other => other.word() },
            "parallel_tool_calls": self.parallel, "max_output_tokens": self.cap, "text": format, "user": self.user })
    }

    fn messages(&self) -> Value {
        let system: Vec<Value> = self.system.iter().map(|it| json!({ "type": "text", "text": it })).collect();
        let (mut messages, mut results) = (Vec::new(), Vec::new());
        for round in &self.rounds {
            let parts = std::mem::take(&mut results).into_iter().chain(round.said.iter().map(Said::messages));
            messages.push(json!({ "role": "user", "content": parts.collect::<Vec<_>>() }));
            let text = round.answer.iter().map(|it| json!({ "type": "text", "text": it }));
            let calls = round.calls.iter().map(|it| {
                json!({ "type": "tool_use", "id": format!("toolu_{}", it.id),
                "name": self.name(it.tool), "input": it.arguments })
            });
            let content: Vec<Value> = text.chain(calls).collect();
            if !content.is_empty() {
                messages.push(json!({ "role": "assistant", "content": content }));
            }
            results = round
                .calls
                .iter()
                .map(|it| {
                    json!({ "type": "tool_result", "tool_use_id": format!("toolu_{}", it.id),
                "content": it.result })
                })
                .collect();
        }
        if !results.is_empty() {
            messages.push(json!({ "role": "user", "content": results }));
        }
        let tools: Vec<Value> = self
            .tools
            .iter()
            .map(|it| {
                let mut tool = json!({ "name": it.name, "input_schema": it.schema });
                if let Some(about) = &it.description {
                    tool["description"] = json!(about);
                }
                tool
            })
            .collect();
        let mut choice = match self.choice {
            Choice::Unsaid => Value::Null,
            Choice::Auto => json!({ "type": "auto" }),
            Choice::None => json!({ "type": "none" }),
            Choice::Required => json!({ "type": "any" }),
            Choice::First => json!({ "type": "tool", "name": self.name(0) }),
        };
        if let (Some(parallel), false) = (self.parallel, matches!(self.choice, Choice::Unsaid | Choice::None)) {
            choice["disable_parallel_tool_use"] = json!(!parallel);
        }
        let format = self.schema.as_ref().map(|it| json!({ "format": { "type": "json_schema", "schema": it } }));
        json!({ "system": system, "messages": messages, "tools": tools, "tool_choice": choice, "max_tokens": self.cap,
            "output_config": format,
            "metadata": self.user.as_ref().map(|it| json!({ "user_id": it })) })
    }
}

impl Choice {
    fn word(self) -> Value {
        match self {
            Self::Auto => json!("auto"),
            Self::None => json!("none"),
            Self::Required => json!("required"),
            Self::Unsaid | Self::First => Value::Null,
        }
    }
}

impl Said {
    fn chat(&self) -> Value {
        match self {
            Self::Text(text) => json!({ "type": "text", "text": text }),
            Self::ImageUrl(url) => json!({ "type": "image_url", "image_url": { "url": url } }),
            Self::ImageData(data) => {
                json!({ "type": "image_url", "image_url": { "url": format!("data:image/png;base64,{data}") } })
            }
        }
    }

    fn responses(&self) -> Value {
        match self {
            Self::Text(text) => json!({ "type": "input_text", "text": text }),
            Self::ImageUrl(url) => json!({ "type": "input_image", "image_url": url }),
            Self::ImageData(data) => {
                json!({ "type": "input_image", "image_url": format!("data:image/png;base64,{data}") })
            }
        }
    }

    fn messages(&self) -> Value {
        match self {
            Self::Text(text) => json!({ "type": "text", "text": text }),
            Self::ImageUrl(url) => json!({ "type": "image", "source": { "type": "url", "url": url } }),
            Self::ImageData(data) => {
                json!({ "type": "image", "source": { "type": "base64", "media_type": "image/png", "data": data } })
            }
        }
    }
}
