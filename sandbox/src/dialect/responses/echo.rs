//! What a response repeats of its request.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::dialect::raw::{Raw, repeat};

/// The repeated fields, each as the caller wrote it or with its default.
#[derive(Serialize)]
pub struct Echo {
    pub instructions: Raw,
    pub max_output_tokens: Raw,
    pub metadata: Raw,
    pub parallel_tool_calls: Raw,
    pub prompt_cache_key: Raw,
    pub reasoning: Raw,
    pub safety_identifier: Raw,
    pub store: Raw,
    pub temperature: Raw,
    pub text: Raw,
    pub tool_choice: Raw,
    pub tools: Raw,
    pub top_p: Raw,
    pub truncation: Raw,
    pub user: Raw,
}

/// The same fields as the request has them, borrowed.
#[derive(Default, Clone, Copy)]
pub struct Given<'a> {
    pub instructions: Option<&'a RawValue>,
    pub max_output_tokens: Option<&'a RawValue>,
    pub metadata: Option<&'a RawValue>,
    pub parallel_tool_calls: Option<&'a RawValue>,
    pub prompt_cache_key: Option<&'a RawValue>,
    pub reasoning: Option<&'a RawValue>,
    pub safety_identifier: Option<&'a RawValue>,
    pub store: Option<&'a RawValue>,
    pub temperature: Option<&'a RawValue>,
    pub text: Option<&'a RawValue>,
    pub tool_choice: Option<&'a RawValue>,
    pub tools: Option<&'a RawValue>,
    pub top_p: Option<&'a RawValue>,
    pub truncation: Option<&'a RawValue>,
    pub user: Option<&'a RawValue>,
}

impl From<Given<'_>> for Echo {
    fn from(given: Given) -> Self {
        Self {
            instructions: repeat(given.instructions, "null"),
            max_output_tokens: repeat(given.max_output_tokens, "null"),
            metadata: repeat(given.metadata, "{}"),
            parallel_tool_calls: repeat(given.parallel_tool_calls, "true"),
            prompt_cache_key: repeat(given.prompt_cache_key, "null"),
            reasoning: repeat(given.reasoning, r#"{"effort":null,"summary":null}"#),
            safety_identifier: repeat(given.safety_identifier, "null"),
            store: repeat(given.store, "true"),
            temperature: repeat(given.temperature, "1.0"),
            text: repeat(given.text, r#"{"format":{"type":"text"},"verbosity":"medium"}"#),
            tool_choice: repeat(given.tool_choice, r#""auto""#),
            tools: repeat(given.tools, "[]"),
            top_p: repeat(given.top_p, "1.0"),
            truncation: repeat(given.truncation, r#""disabled""#),
            user: repeat(given.user, "null"),
        }
    }
}
