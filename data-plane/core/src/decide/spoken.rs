use crate::config::Target;
use crate::dialect::{Dialect, Operation};

/// The dialects by how much of a conversation they can say, richest first.
const RICHEST: [Dialect; 3] = [Dialect::OpenaiResponses, Dialect::AnthropicMessages, Dialect::OpenaiChat];

/// The dialect in which a target is asked to do something: the caller's own if its provider speaks it, else the richest of
/// the provider's. `None`: there is no way to say it. Embeddings have one form on all of OpenAI's APIs; counts of tokens
/// are worth something only from those who count as they bill.
pub fn spoken(target: &Target, operation: Operation) -> Option<Dialect> {
    let speaks = |dialect: &Dialect| target.provider.dialects.contains(dialect);
    let own = operation.dialect();
    match operation {
        _ if speaks(&own) => Some(own),
        Operation::Embeddings => speaks(&Dialect::OpenaiResponses).then_some(own),
        Operation::InputTokens | Operation::CountTokens => None,
        Operation::ChatCompletions | Operation::Responses | Operation::Compact | Operation::Messages => {
            RICHEST.into_iter().find(speaks)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::spoken;
    use crate::config::Target;
    use crate::decide::fixtures::{provider, target};
    use crate::dialect::{Dialect, Operation};

    use Dialect::{AnthropicMessages as Messages, OpenaiChat as Chat, OpenaiResponses as Responses};

    fn asked(dialects: &[Dialect], operation: Operation) -> Option<Dialect> {
        spoken(&Target { provider: Arc::new(provider(dialects)), ..target("a") }, operation)
    }

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
            assert_eq!(asked(dialects, operation), expected, "{dialects:?} {operation:?}");
        }
    }

    #[test]
    fn what_has_no_translation_is_not_spoken() {
        assert_eq!(asked(&[Responses], Operation::Embeddings), Some(Chat), "the same path on all of OpenAI's");
        assert_eq!(asked(&[Messages], Operation::Embeddings), None);
        assert_eq!(asked(&[Chat, Responses], Operation::CountTokens), None);
        assert_eq!(asked(&[Chat, Messages], Operation::InputTokens), None);
        assert_eq!(asked(&[Responses], Operation::InputTokens), Some(Responses));
    }
}
