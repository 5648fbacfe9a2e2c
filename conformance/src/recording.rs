use serde_json::Value;
use vocabulary::Dialect;

/// A request that a client sent once, long texts replaced by filler.
#[derive(Clone, Copy, Debug)]
pub struct Recording {
    /// The client and its version.
    pub client: &'static str,
    /// What the client was doing.
    pub case: &'static str,
    text: &'static str,
}

/// What a recording holds.
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    /// An empty object for requests without a body.
    pub body: Value,
}

macro_rules! recordings {
    ($($client:literal: $($case:literal $file:literal),+;)+) => {
        &[$($(Recording {
            client: $client,
            case: $case,
            text: include_str!(concat!("../captures/", $file, ".json")),
        },)+)+]
    };
}

const ALL: &[Recording] = recordings! {
    "Claude Code 2.1.329":
        "greeting" "claude-latest-discovery/01",
        "model discovery" "claude-latest-discovery/02",
        "first turn" "claude-latest/01",
        "tool result" "claude-latest/02",
        "parallel tool results" "claude-latest-parallel/02",
        "three rounds of tools" "claude-latest-rounds/04",
        "adaptive thinking" "claude-latest-group/02",
        "image in a tool result" "claude-latest-image/02",
        "document in a tool result" "claude-latest-pdf/02",
        "tool search" "claude-latest-toolsearch/04",
        "without betas" "claude-latest-nobetas/02";
    "Codex CLI 0.169":
        "web socket probe" "codex-builtin/01",
        "first turn" "codex/01",
        "tool result" "codex/02",
        "parallel tool results" "codex-parallel/02",
        "apply_patch" "codex-applypatch/02",
        "tools in the input" "codex-gpt-6.1-sol/02",
        "namespaced tools" "codex-namespace/02",
        "tool search" "codex-toolsearch/03",
        "reasoning given back" "codex-think/02",
        "web search on offer" "codex-websearch/02",
        "image" "codex-image/01",
        "structured output" "codex-schema/02",
        "compaction" "codex-compact/02";
    "Codex CLI 0.98":
        "tool result" "codex-0.98/02";
    "Codex CLI 0.58, Chat":
        "tool result" "codex-0.58-chat/02";
    "OpenAI SDK, Python 2.54":
        "models" "openai-py-models/01",
        "Chat, tools" "openai-py-chat/01",
        "Chat, tool result" "openai-py-chat/02",
        "Chat, stream" "openai-py-chat-stream/02",
        "Chat, structured output" "openai-py-chat-parse/01",
        "Responses, tools" "openai-py-responses/01",
        "Responses, tool result" "openai-py-responses/02",
        "Responses, stream" "openai-py-responses-stream/02",
        "Responses, structured output" "openai-py-responses-parse/01",
        "Responses, input tokens" "openai-py-responses-crud/06",
        "Responses, compaction" "openai-py-responses-crud/07";
    "OpenAI SDK, Node 6.49":
        "Chat, stream" "openai-node-chat-stream/01",
        "Chat, tool runner" "openai-node-chat-runtools/02",
        "Responses, stream" "openai-node-responses-stream/01";
    "Anthropic SDK, Python 2.11":
        "models" "anthropic-py-models/01",
        "tools" "anthropic-py-msg/01",
        "tool result" "anthropic-py-msg/02",
        "stream" "anthropic-py-msg-stream/02",
        "structured output" "anthropic-py-msg-parse/01",
        "token count" "anthropic-py-count/01";
    "Anthropic SDK, Node 1.11":
        "stream" "anthropic-node-msg-stream/01",
        "tool runner" "anthropic-node-tool-runner/01";
    "AI SDK 6":
        "Chat, generate" "aisdk-openai-chat-generate/02",
        "Chat, stream" "aisdk-openai-chat-stream/02",
        "Chat, compatible provider" "aisdk-openai-compatible-stream/02",
        "Responses, generate" "aisdk-openai-responses-generate/02",
        "Responses, stream" "aisdk-openai-responses-stream/02",
        "Messages, generate" "aisdk-anthropic-generate/02",
        "Messages, stream" "aisdk-anthropic-stream/02",
        "Messages, object" "aisdk-anthropic-object/01";
    "LangChain":
        "Chat, stream" "langchain-openai-chat/02",
        "Responses, stream" "langchain-openai-responses/02",
        "Messages, stream" "langchain-anthropic/02";
};

/// All recordings, by client.
pub fn recordings() -> &'static [Recording] {
    ALL
}

impl Recording {
    /// The dialect that it is written in.
    pub fn dialect(&self) -> Dialect {
        let request = self.request();
        let anthropic = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("anthropic-version"));
        match request.path.as_str() {
            path if path.starts_with("/v1/responses") => Dialect::OpenaiResponses,
            "/v1/chat/completions" => Dialect::OpenaiChat,
            "/v1/models" if !anthropic => Dialect::OpenaiChat,
            _ => Dialect::AnthropicMessages,
        }
    }

    /// What it holds.
    pub(crate) fn request(&self) -> Request {
        let mut value: Value = serde_json::from_str(self.text).expect("the recordings are JSON, as a test checks");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let pair = |pair: &Value| (text(&pair[0]), text(&pair[1]));
        Request {
            method: text(&value["method"]),
            path: text(&value["path"]),
            query: text(&value["query"]),
            headers: value["headers"].as_array().into_iter().flatten().map(pair).collect(),
            body: value["body"].take(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recording_can_be_read_and_every_dialect_occurs() {
        for recording in recordings() {
            let request = recording.request();
            assert!(request.path.starts_with('/'), "{} {}", recording.client, recording.case);
            assert!(!request.headers.is_empty(), "{} {}", recording.client, recording.case);
        }
        for dialect in Dialect::ALL {
            assert!(recordings().iter().any(|it| it.dialect() == dialect));
        }
    }
}
