use crate::dialect::Dialect;

/// A top-level field of requests, whatever a dialect calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the fields'")]
pub enum Field {
    Temperature,
    TopP,
    TopK,
    FrequencyPenalty,
    PresencePenalty,
    Seed,
    Logprobs,
    Stop,
    MaxOutputTokens,
    Format,
    FormatDescription,
    Reasoning,
    ReasoningEffort,
    ThinkingBudget,
    ReasoningDisplay,
    Verbosity,
    User,
    Metadata,
    PromptCacheKey,
    ServiceTier,
    ToolChoice,
    ParallelToolCalls,
    WantsImage,
}

impl Field {
    /// Its path in a caller's body.
    pub const fn path(self, dialect: Dialect) -> &'static str {
        let [chat, responses, messages] = match self {
            Self::Temperature => ["temperature"; 3],
            Self::TopP => ["top_p"; 3],
            Self::TopK => ["top_k"; 3],
            Self::FrequencyPenalty => ["frequency_penalty"; 3],
            Self::PresencePenalty => ["presence_penalty"; 3],
            Self::Seed => ["seed"; 3],
            Self::Logprobs => ["logprobs", "top_logprobs", "logprobs"],
            Self::Stop => ["stop", "stop", "stop_sequences"],
            Self::MaxOutputTokens => ["max_completion_tokens", "max_output_tokens", "max_tokens"],
            Self::Format => ["response_format", "text.format", "output_config.format"],
            Self::FormatDescription => [
                "response_format.json_schema.description",
                "text.format.description",
                "output_config.format.description",
            ],
            Self::Reasoning => ["reasoning_effort", "reasoning", "thinking"],
            Self::ReasoningEffort => ["reasoning_effort", "reasoning.effort", "output_config.effort"],
            Self::ThinkingBudget => ["reasoning.max_tokens", "reasoning.max_tokens", "thinking.budget_tokens"],
            Self::ReasoningDisplay => ["reasoning", "reasoning.summary", "thinking.display"],
            Self::Verbosity => ["verbosity", "text.verbosity", "verbosity"],
            Self::User => ["user", "user", "metadata.user_id"],
            Self::Metadata => ["metadata"; 3],
            Self::PromptCacheKey => ["prompt_cache_key"; 3],
            Self::ServiceTier => ["service_tier"; 3],
            Self::ToolChoice => ["tool_choice"; 3],
            Self::ParallelToolCalls => {
                ["parallel_tool_calls", "parallel_tool_calls", "tool_choice.disable_parallel_tool_use"]
            }
            Self::WantsImage => ["modalities", "tools/image_generation", "modalities"],
        };
        match dialect {
            Dialect::OpenaiChat => chat,
            Dialect::OpenaiResponses => responses,
            Dialect::AnthropicMessages => messages,
        }
    }
}
