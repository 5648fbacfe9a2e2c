//! What a request asks for, in the one form that all dialects are read into.

use serde_json::Value;

use crate::{
    content::Content,
    tool::{Tool, ToolChoice},
};

/// A request, as far as it decides the answer.
#[derive(Debug, Default)]
pub struct Ask {
    /// The model as named by the caller, behaviour and all. Answers repeat it.
    pub model: String,
    /// Whether a stream was asked for.
    pub stream: bool,
    /// Estimated size of the input, tools included.
    pub input_tokens: u64,
    /// How long a cache is to keep what it keeps of the input.
    pub cache_life: CacheLife,
    /// What stands after the last word of the assistant.
    pub tail: Tail,
    /// Client-run tools on offer; empty where a call is out of the question.
    pub tools: Vec<Tool>,
    /// Which of them may or must be called.
    pub choice: ToolChoice,
    /// Whether several calls may stand in one answer.
    pub parallel: bool,
    /// The asked form of the text.
    pub format: Option<Format>,
    /// Whether reasoning is asked for.
    pub reasoning: bool,
    /// The cap on output tokens, reasoning included.
    pub max_output_tokens: Option<u64>,
    /// Texts that end the answer.
    pub stop: Vec<String>,
    /// How many alternatives to list with the log probability of each token; none asked for, no log probabilities.
    pub logprobs: Option<usize>,
    /// Images that the vendor's own tool is to make.
    pub images: usize,
}

/// How long a cache keeps what is written to it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum CacheLife {
    /// Five minutes.
    #[default]
    Minutes,
    /// One hour.
    Hour,
}

/// The asked form of the text.
#[derive(Debug, PartialEq)]
pub enum Format {
    /// Any JSON object.
    JsonObject,
    /// JSON that matches this schema.
    Schema(Value),
}

/// What stands after the last word of the assistant.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tail {
    /// The user spoke.
    pub user: bool,
    /// A tool answered.
    pub tool_result: bool,
    /// Images shown by the user or by a tool.
    pub images: usize,
}

impl Tail {
    /// The assistant spoke: what came before is answered.
    pub fn assistant(&mut self) {
        *self = Self::default();
    }

    /// The user spoke; parts of it may be results of tools.
    pub fn user(&mut self, content: &Content) {
        self.user = true;
        self.tool_result |= content.tool_results > 0;
        self.images += content.images;
    }

    /// A tool answered.
    pub fn tool_result(&mut self, content: &Content) {
        self.tool_result = true;
        self.images += content.images;
    }
}

impl Ask {
    /// Whether the answer is a tool call, if tools are on offer: the user spoke and no tool has
    /// answered yet, or the caller forces a call.
    pub fn wants_call(choice: &ToolChoice, tail: Tail) -> bool {
        match choice {
            ToolChoice::None => false,
            ToolChoice::Auto => tail.user && !tail.tool_result,
            ToolChoice::Required | ToolChoice::Named(_) => true,
        }
    }
}
