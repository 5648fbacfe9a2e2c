//! Token counts, in one form for all dialects.

/// Token counts as an upstream reported them, made comparable: `input` contains cached and cache-written tokens (as
/// OpenAI counts; Anthropic reports them beside `input_tokens`), `output` contains reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TokenUsage {
    /// All input.
    pub input: u64,
    /// All output.
    pub output: u64,
    /// Part of input: read from the provider's cache.
    pub cached_input: u64,
    /// Part of input: written to the provider's cache for five minutes.
    pub cache_write_5m: u64,
    /// Part of input: written to the provider's cache for one hour.
    pub cache_write_1h: u64,
    /// Part of output: reasoning.
    pub reasoning: u64,
    /// Image tokens, where they are reported apart.
    pub image: u64,
    /// What the upstream says that they cost, in nano-dollars; `None`: it says nothing.
    pub cost_nanousd: Option<u64>,
}

impl TokenUsage {
    /// Input and output together.
    pub fn total(&self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

/// What an upstream's report says too little or too much of: the router's own estimate takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Shortfall {
    /// It does not say how much was read.
    pub no_input: bool,
    /// It does not say how much was written.
    pub no_output: bool,
    /// A part was larger than its whole, and was cut to it.
    pub was_cut: bool,
}
