use crate::dialect::stream::StreamFacts;
use crate::usage::TokenUsage;

/// Tokens, and who counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// None were used.
    #[default]
    Nothing,
    /// By the upstream.
    Reported(TokenUsage),
    /// By the router, because the upstream reported none.
    Estimated(TokenUsage),
}

impl Counted {
    /// A whole answer's tokens: reported, or estimated from its size.
    pub fn whole(reported: Option<TokenUsage>, estimated_input: u64, output_chars: u64) -> Self {
        reported.map_or_else(|| Self::Estimated(estimate(estimated_input, output_chars)), Self::Reported)
    }

    /// A stream's tokens until now. What an unfinished stream reported is a beginning: its output is at least what was
    /// seen of it.
    pub fn stream(facts: &StreamFacts, estimated_input: u64) -> Self {
        match facts.usage {
            Some(usage) if facts.complete => Self::Reported(usage),
            Some(usage) => {
                let seen = estimate(estimated_input, facts.output_chars);
                Self::Estimated(TokenUsage { output: usage.output.max(seen.output), ..usage })
            }
            None => Self::Estimated(estimate(estimated_input, facts.output_chars)),
        }
    }

    /// The tokens; all zero if none were used.
    pub fn tokens(self) -> TokenUsage {
        match self {
            Self::Nothing => TokenUsage::default(),
            Self::Reported(usage) | Self::Estimated(usage) => usage,
        }
    }
}

/// Four bytes a token: what English text comes to with the common tokenizers.
fn estimate(input: u64, output_chars: u64) -> TokenUsage {
    TokenUsage { input, output: output_chars.div_ceil(4), ..TokenUsage::default() }
}
