use std::borrow::Cow;

use super::{Field, Impossible, Item, Tool, ToolChoice, Warnings};
use crate::dialect::Dialect;

/// A conversation, and what is asked of it. `model` is not in it: the caller's names a group, the target has its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<'a> {
    /// The caller's dialect; paths in warnings are its own.
    pub dialect: Dialect,
    /// Bytes of the caller's body; what is written of it will not be much longer.
    pub length: usize,
    /// The conversation, instructions included, in order.
    pub items: Vec<Item<'a>>,
    /// Tools that the router can describe to any target.
    pub tools: Vec<Tool<'a>>,
    /// What the caller says about calling them.
    pub tool_choice: Option<ToolChoice<'a>>,
    /// Several calls in one answer are welcome.
    pub parallel_tool_calls: Option<bool>,
    /// The form that the answer has to have.
    pub format: Option<Format<'a>>,
    /// Reasoning.
    pub reasoning: Option<ReasoningAsk<'a>>,
    /// The most that may be written, in tokens.
    pub max_output_tokens: Option<u64>,
    /// Texts at which the answer ends.
    pub stop: Vec<Cow<'a, str>>,
    /// How words are chosen.
    pub sampling: Sampling<'a>,
    /// OpenAI: probabilities of tokens are wanted, with so many alternatives.
    pub logprobs: Option<u64>,
    /// The caller wants a stream.
    pub stream: bool,
    /// OpenAI: `low`, `medium`, `high`.
    pub verbosity: Option<Cow<'a, str>>,
    /// The end user: `user`, `safety_identifier`, or `metadata.user_id` of Messages.
    pub user: Option<Cow<'a, str>>,
    /// OpenAI's `metadata`, an object of texts, as it was written.
    pub metadata: Option<Cow<'a, str>>,
    /// OpenAI: requests with the same key share a prompt cache.
    pub prompt_cache_key: Option<Cow<'a, str>>,
    /// `auto`, `default`, `flex`, `priority`, `standard_only`.
    pub service_tier: Option<Cow<'a, str>>,
    /// The caller wants pictures: Chat's `modalities`, or the tool `image_generation` of Responses.
    pub wants_image: bool,
    /// A picture is demanded: a target that makes none cannot serve the request.
    pub requires_image: bool,
    /// What reading it has lost already.
    pub warnings: Warnings,
    /// What no other dialect can do and the caller cannot do without: the first such thing.
    pub impossible: Option<Impossible>,
}

impl Request<'_> {
    /// A request that says nothing.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            length: 0,
            items: Vec::new(),
            tools: Vec::new(),
            tool_choice: None,
            parallel_tool_calls: None,
            format: None,
            reasoning: None,
            max_output_tokens: None,
            stop: Vec::new(),
            sampling: Sampling::default(),
            logprobs: None,
            stream: false,
            verbosity: None,
            user: None,
            metadata: None,
            prompt_cache_key: None,
            service_tier: None,
            wants_image: false,
            requires_image: false,
            warnings: Warnings::default(),
            impossible: None,
        }
    }

    /// Bytes that writing it again takes, in all likelihood.
    pub const fn room(&self) -> usize {
        self.length + self.length / 8 + 1_024
    }

    /// Nothing is left of the conversation.
    pub fn nothing_to_answer(&self) -> Impossible {
        let list = if self.dialect == Dialect::OpenaiResponses { "input" } else { "messages" };
        Impossible::new(list, "there is nothing to answer")
    }

    /// What the caller calls a field.
    pub const fn field_path(&self, field: Field) -> &'static str {
        field.path(self.dialect)
    }
}

/// How words are chosen; numbers as they were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sampling<'a> {
    /// `temperature`
    pub temperature: Option<Cow<'a, str>>,
    /// `top_p`
    pub top_p: Option<Cow<'a, str>>,
    /// `top_k`: Messages, and private servers' Chat.
    pub top_k: Option<Cow<'a, str>>,
    /// `frequency_penalty`: Chat.
    pub frequency_penalty: Option<Cow<'a, str>>,
    /// `presence_penalty`: Chat.
    pub presence_penalty: Option<Cow<'a, str>>,
    /// `seed`: Chat.
    pub seed: Option<Cow<'a, str>>,
}

/// The form that the answer has to have.
#[derive(Clone, Debug, PartialEq)]
pub enum Format<'a> {
    /// Any JSON object.
    JsonObject,
    /// JSON that keeps to a schema.
    JsonSchema {
        /// OpenAI asks for one.
        name: Option<Cow<'a, str>>,
        /// For the model.
        description: Option<Cow<'a, str>>,
        /// The schema as it was written.
        schema: Cow<'a, str>,
        /// Nothing else may come out.
        strict: Option<bool>,
    },
}

/// What is asked of reasoning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReasoningAsk<'a> {
    /// Whether to think at all, and who decides how long.
    pub thinking: Thinking,
    /// How hard.
    pub effort: Option<Effort>,
    /// Readable reasoning is wanted: `auto`, `concise`, `detailed` (Responses), `summarized`, `omitted`, … (Messages).
    pub display: Option<Cow<'a, str>>,
}

/// Whether to think.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thinking {
    /// The caller does not say.
    #[default]
    Unsaid,
    /// No.
    Off,
    /// As long as the model finds right.
    Adaptive,
    /// At most so many tokens.
    Budget(u64),
}

/// How hard to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// `none`
    None,
    /// `minimal`
    Minimal,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// `xhigh`
    XHigh,
    /// `max`
    Max,
}

impl Effort {
    /// All of them, ascending.
    pub const ALL: [Self; 7] = [Self::None, Self::Minimal, Self::Low, Self::Medium, Self::High, Self::XHigh, Self::Max];

    /// Its name, the same in all dialects.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// The effort of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// The tokens that a target which only knows budgets is given.
    pub const fn budget(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Minimal | Self::Low => 1_024,
            Self::Medium => 4_096,
            Self::High => 16_384,
            Self::XHigh => 24_576,
            Self::Max => 32_000,
        }
    }

    /// The effort that a budget of tokens comes to.
    pub const fn of_budget(tokens: u64) -> Self {
        match tokens {
            0 => Self::None,
            1..=2_047 => Self::Low,
            2_048..=8_191 => Self::Medium,
            _ => Self::High,
        }
    }
}
