use std::time::Duration;

use data_plane_core::dialect::stream::StreamFacts;
use data_plane_core::error::Code;
use data_plane_core::usage::TokenUsage;

/// The class of an attempt whose end the router did not see.
pub(super) const INTERRUPTED: &str = "interrupted";

/// How a request ended, for its usage event.
pub(super) struct Outcome {
    /// What the caller saw.
    pub status: u16,
    /// A code of the registry, `ok` or `client-closed`.
    pub code: &'static str,
    /// What it used.
    pub counted: Counted,
    /// How the attempt that was under way ended; `None`: there is none.
    pub attempt: Option<AttemptEnd>,
}

/// Tokens, and who counted them.
#[derive(Clone, Copy)]
pub(super) enum Counted {
    /// None were used.
    Nothing,
    /// By the upstream.
    Reported(TokenUsage),
    /// By the router, because the upstream reported none.
    Estimated(TokenUsage),
}

/// How an attempt ended.
pub(super) struct AttemptEnd {
    /// `ok`, `client-closed`, `interrupted` or a failure class.
    pub class: &'static str,
    /// The upstream's status; 0: no answer.
    pub status: u16,
    /// What went wrong, without content.
    pub detail: String,
}

impl Outcome {
    /// The upstream's answer reached the caller.
    pub fn served(status: u16, counted: Counted) -> Self {
        Self { status, code: "ok", counted, attempt: Some(AttemptEnd { class: "ok", status, detail: String::new() }) }
    }

    /// The router's own answer; attempts, if any, have ended.
    pub fn refused(code: Code) -> Self {
        Self { status: code.status(), code: code.as_str(), counted: Counted::Nothing, attempt: None }
    }

    /// The router stopped before the answer's end; `counted` until then.
    pub fn cut_off(counted: Counted) -> Self {
        let attempt = AttemptEnd { class: INTERRUPTED, status: 0, detail: "the router was stopped".to_owned() };
        Self { counted, attempt: Some(attempt), ..Self::refused(Code::Draining) }
    }

    /// The client went away first.
    pub fn client_closed(counted: Counted) -> Self {
        let attempt = AttemptEnd { class: "client-closed", status: 0, detail: String::new() };
        Self { status: 499, code: "client-closed", counted, attempt: Some(attempt) }
    }
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

/// Whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
