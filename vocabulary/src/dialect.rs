closed_set! {
    /// An API that callers and providers speak.
    pub enum Dialect {
        /// OpenAI Chat Completions.
        OpenaiChat = "openai-chat",
        /// OpenAI Responses.
        OpenaiResponses = "openai-responses",
        /// Anthropic Messages.
        AnthropicMessages = "anthropic-messages",
    }
}

impl Dialect {
    /// How it asks a model for an answer.
    pub const fn operation(self) -> Operation {
        match self {
            Self::OpenaiChat => Operation::ChatCompletions,
            Self::OpenaiResponses => Operation::Responses,
            Self::AnthropicMessages => Operation::Messages,
        }
    }
}

closed_set! {
    /// What a caller asks for, known from the path.
    pub enum Operation {
        /// `POST /v1/chat/completions`
        ChatCompletions = "chat-completions",
        /// `POST /v1/responses`
        Responses = "responses",
        /// `POST /v1/responses/input_tokens`
        InputTokens = "input-tokens",
        /// `POST /v1/responses/compact`
        Compact = "compact",
        /// `POST /v1/messages`
        Messages = "messages",
        /// `POST /v1/messages/count_tokens`
        CountTokens = "count-tokens",
        /// `POST /v1/embeddings`
        Embeddings = "embeddings",
    }
}

impl Operation {
    /// The dialect that it belongs to, and that its errors are written in.
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::ChatCompletions | Self::Embeddings => Dialect::OpenaiChat,
            Self::Responses | Self::InputTokens | Self::Compact => Dialect::OpenaiResponses,
            Self::Messages | Self::CountTokens => Dialect::AnthropicMessages,
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
}
