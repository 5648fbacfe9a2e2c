use crate::usage::TokenUsage;

/// What an upstream reported, and whether it said anything about each part: zero is not absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The counts, comparable over all dialects: input contains cached and cache-written tokens, output reasoning.
    pub tokens: TokenUsage,
    /// It said how many tokens were read from the cache.
    pub says_cached: bool,
    /// It said how many tokens were written to the cache.
    pub says_cache_write: bool,
    /// It said how many tokens went into reasoning.
    pub says_reasoning: bool,
}
