/// An API that callers and targets speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// OpenAI Chat Completions: <https://platform.openai.com/docs/api-reference/chat>.
    OpenaiChat,
    /// OpenAI Responses: <https://platform.openai.com/docs/api-reference/responses>.
    OpenaiResponses,
    /// Anthropic Messages: <https://docs.anthropic.com/en/api/messages>.
    AnthropicMessages,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OpenaiChat, Self::OpenaiResponses, Self::AnthropicMessages];

    /// Its name in configuration, tables and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiResponses => "openai-responses",
            Self::AnthropicMessages => "anthropic-messages",
        }
    }

    /// The dialect of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// How it asks a model for an answer.
    pub const fn operation(self) -> Operation {
        match self {
            Self::OpenaiChat => Operation::ChatCompletions,
            Self::OpenaiResponses => Operation::Responses,
            Self::AnthropicMessages => Operation::Messages,
        }
    }
}

/// What a caller asks for, known from the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `POST /v1/chat/completions`
    ChatCompletions,
    /// `POST /v1/responses`
    Responses,
    /// `POST /v1/responses/input_tokens`
    InputTokens,
    /// `POST /v1/responses/compact`
    Compact,
    /// `POST /v1/messages`
    Messages,
    /// `POST /v1/messages/count_tokens`
    CountTokens,
    /// `POST /v1/embeddings`
    Embeddings,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ChatCompletions,
        Self::Responses,
        Self::InputTokens,
        Self::Compact,
        Self::Messages,
        Self::CountTokens,
        Self::Embeddings,
    ];

    /// The dialect that it belongs to, and that its errors are written in.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::ChatCompletions | Self::Embeddings => Dialect::OpenaiChat,
            Self::Responses | Self::InputTokens | Self::Compact => Dialect::OpenaiResponses,
            Self::Messages | Self::CountTokens => Dialect::AnthropicMessages,
        }
    }

    /// Its name in tables and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat-completions",
            Self::Responses => "responses",
            Self::InputTokens => "input-tokens",
            Self::Compact => "compact",
            Self::Messages => "messages",
            Self::CountTokens => "count-tokens",
            Self::Embeddings => "embeddings",
        }
    }

    /// Where a provider serves it, below its base URL. OpenAI's base URLs end in `/v1`, Anthropic's do not.
    pub const fn upstream_path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Responses => "/responses",
            Self::InputTokens => "/responses/input_tokens",
            Self::Compact => "/responses/compact",
            Self::Messages => "/v1/messages",
            Self::CountTokens => "/v1/messages/count_tokens",
            Self::Embeddings => "/embeddings",
        }
    }

    /// A model writes something: words, not numbers about words.
    pub const fn generates(self) -> bool {
        matches!(self, Self::ChatCompletions | Self::Responses | Self::Compact | Self::Messages)
    }

    /// The input's tokens are counted, and nothing else is done.
    pub const fn counts(self) -> bool {
        matches!(self, Self::InputTokens | Self::CountTokens)
    }

    /// The operation of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}
