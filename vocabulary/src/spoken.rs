use crate::{Dialect, Operation};

/// The dialects by how much of a conversation they can say, richest first.
const RICHEST: [Dialect; 3] = [Dialect::OpenaiResponses, Dialect::AnthropicMessages, Dialect::OpenaiChat];

impl Operation {
    /// The dialect in which a provider that speaks these is asked to do it: the caller's own if it is among them, else the
    /// richest. `None`: there is no way to say it. Embeddings have one form on all of OpenAI's APIs; counts of tokens are
    /// worth something only from those who count as they bill.
    pub fn spoken(self, dialects: &[Dialect]) -> Option<Dialect> {
        let speaks = |dialect: &Dialect| dialects.contains(dialect);
        let own = self.dialect();
        match self {
            _ if speaks(&own) => Some(own),
            Self::Embeddings => speaks(&Dialect::OpenaiResponses).then_some(own),
            Self::InputTokens | Self::CountTokens => None,
            Self::ChatCompletions | Self::Responses | Self::Compact | Self::Messages => {
                RICHEST.into_iter().find(speaks)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Operation};

    use Dialect::{AnthropicMessages as Messages, OpenaiChat as Chat, OpenaiResponses as Responses};

    #[test]
    fn the_callers_dialect_comes_first_and_then_the_richest() {
        let cases: [(&[Dialect], Operation, Option<Dialect>); 8] = [
            (&Dialect::ALL, Operation::ChatCompletions, Some(Chat)),
            (&Dialect::ALL, Operation::Messages, Some(Messages)),
            (&[Chat, Messages], Operation::Responses, Some(Messages)),
            (&[Chat, Responses], Operation::Messages, Some(Responses)),
            (&[Messages, Responses], Operation::ChatCompletions, Some(Responses)),
            (&[Chat], Operation::Messages, Some(Chat)),
            (&[Messages], Operation::Compact, Some(Messages)),
            (&[], Operation::Messages, None),
        ];
        for (dialects, operation, expected) in cases {
            assert_eq!(operation.spoken(dialects), expected, "{dialects:?} {operation:?}");
        }
    }

    #[test]
    fn what_has_no_translation_is_not_spoken() {
        assert_eq!(Operation::Embeddings.spoken(&[Responses]), Some(Chat), "the same path on all of OpenAI's");
        assert_eq!(Operation::Embeddings.spoken(&[Messages]), None);
        assert_eq!(Operation::CountTokens.spoken(&[Chat, Responses]), None);
        assert_eq!(Operation::InputTokens.spoken(&[Chat, Messages]), None);
        assert_eq!(Operation::InputTokens.spoken(&[Responses]), Some(Responses));
    }
}
