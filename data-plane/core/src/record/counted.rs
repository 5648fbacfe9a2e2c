use crate::dialect::answer::AnswerFacts;
use crate::dialect::stream::StreamFacts;
use crate::usage::{Shortfall, TokenUsage};

/// Tokens, and who counted them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// None were used.
    #[default]
    Nothing,
    /// By the upstream.
    Reported(TokenUsage),
    /// By the router, all of it or a part, because the upstream reported none that it could mean.
    Estimated(TokenUsage),
}

impl Counted {
    /// A whole answer's tokens: reported, or estimated from its size as far as they are not.
    pub fn whole(facts: &AnswerFacts, estimated_input: u64) -> Self {
        Self::of(facts.usage, facts.shortfall, estimate(estimated_input, facts.output_chars))
    }

    /// A stream's tokens until now. What an unfinished stream reported is a beginning: its output is at least what was
    /// seen of it.
    pub fn stream(facts: &StreamFacts, estimated_input: u64) -> Self {
        let seen = estimate(estimated_input, facts.output_chars);
        match Self::of(facts.usage, facts.shortfall, seen) {
            Self::Reported(usage) | Self::Estimated(usage) if !facts.complete => {
                Self::Estimated(TokenUsage { output: usage.output.max(seen.output), ..usage })
            }
            counted => counted,
        }
    }

    /// What was reported, with what was seen in the place of what was not.
    fn of(reported: Option<TokenUsage>, shortfall: Shortfall, seen: TokenUsage) -> Self {
        let Some(usage) = reported else { return Self::Estimated(seen) };
        let filled = TokenUsage {
            input: if shortfall.no_input { usage.input.max(seen.input) } else { usage.input },
            output: if shortfall.no_output { usage.output.max(seen.output) } else { usage.output },
            ..usage
        };
        if shortfall.was_cut || filled != usage { Self::Estimated(filled) } else { Self::Reported(usage) }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, output: u64) -> TokenUsage {
        TokenUsage { input, output, ..TokenUsage::default() }
    }

    fn whole(usage: Option<TokenUsage>, shortfall: Shortfall) -> Counted {
        Counted::whole(&AnswerFacts { usage, shortfall, output_chars: 80, ..AnswerFacts::default() }, 7)
    }

    #[test]
    fn what_an_upstream_leaves_out_is_estimated() {
        let (said, none) = (Shortfall::default(), Shortfall { no_input: true, no_output: true, was_cut: false });
        assert_eq!(whole(Some(usage(3, 0)), said), Counted::Reported(usage(3, 0)), "zero is said");
        assert_eq!(whole(None, said), Counted::Estimated(usage(7, 20)));
        assert_eq!(whole(Some(usage(0, 0)), none), Counted::Estimated(usage(7, 20)));
        let no_output = Shortfall { no_input: false, ..none };
        assert_eq!(whole(Some(usage(3, 0)), no_output), Counted::Estimated(usage(3, 20)));
        let no_input = Shortfall { no_output: false, ..none };
        assert_eq!(whole(Some(usage(0, 5)), no_input), Counted::Estimated(usage(7, 5)));
        let was_cut = Shortfall { was_cut: true, ..said };
        assert_eq!(whole(Some(usage(3, 5)), was_cut), Counted::Estimated(usage(3, 5)));
    }

    #[test]
    fn nothing_was_written_and_nothing_is_said_of_it() {
        let facts = AnswerFacts {
            usage: Some(usage(8, 0)),
            shortfall: Shortfall { no_output: true, ..Shortfall::default() },
            ..AnswerFacts::default()
        };
        assert_eq!(Counted::whole(&facts, 7), Counted::Reported(usage(8, 0)));
    }

    #[test]
    fn a_stream_that_ends_early_has_at_least_what_was_seen_of_it() {
        let facts = |complete, shortfall| StreamFacts {
            usage: Some(usage(3, 1)),
            shortfall,
            output_chars: 80,
            complete,
            ..StreamFacts::default()
        };
        let said = Shortfall::default();
        assert_eq!(Counted::stream(&facts(true, said), 7), Counted::Reported(usage(3, 1)));
        assert_eq!(Counted::stream(&facts(false, said), 7), Counted::Estimated(usage(3, 20)));
        let was_cut = Shortfall { was_cut: true, ..said };
        assert_eq!(Counted::stream(&facts(true, was_cut), 7), Counted::Estimated(usage(3, 1)));
        assert_eq!(Counted::stream(&facts(false, was_cut), 7), Counted::Estimated(usage(3, 20)));
    }
}
