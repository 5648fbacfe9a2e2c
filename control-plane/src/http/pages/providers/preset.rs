/// What a new one can begin with.
pub(super) struct Preset {
    pub(super) word: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    pub(super) address: &'static str,
    pub(super) dialects: &'static [&'static str],
    pub(super) network: &'static str,
    pub(super) variable: &'static str,
}

/// In the order of the page; the last one is anything.
pub(super) static PRESETS: [Preset; 4] = [
    Preset {
        word: "openai",
        title: "OpenAI",
        text: "Chat and Responses",
        address: "https://api.openai.com/v1",
        dialects: &["openai-chat", "openai-responses"],
        network: "public",
        variable: "OPENAI_API_KEY",
    },
    Preset {
        word: "anthropic",
        title: "Anthropic",
        text: "Messages",
        address: "https://api.anthropic.com",
        dialects: &["anthropic-messages"],
        network: "public",
        variable: "ANTHROPIC_API_KEY",
    },
    Preset {
        word: "private",
        title: "vLLM, llama.cpp",
        text: "A server of your own",
        address: "http://127.0.0.1:8000/v1",
        dialects: &["openai-chat"],
        network: "private",
        variable: "",
    },
    Preset {
        word: "",
        title: "Azure and others",
        text: "Any address, any dialect",
        address: "",
        dialects: &[],
        network: "public",
        variable: "",
    },
];
