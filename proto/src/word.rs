use crate::v1;

/// A value of a closed set, which travels as a number.
pub trait Word: Copy + Sized {
    /// Its number on the wire.
    fn number(self) -> i32;

    /// The value of that number; `None`: this version knows none, or nothing was said.
    fn of(number: i32) -> Option<Self>;
}

/// Numbers of many values.
pub fn numbers<W: Word>(words: &[W]) -> Vec<i32> {
    words.iter().map(|it| it.number()).collect()
}

/// Each value on both sides: one that is missing on either does not compile.
macro_rules! words {
    ($($set:ident: $($value:ident)+;)+) => {$(
        impl Word for vocabulary::$set {
            fn number(self) -> i32 {
                match self {
                    $(Self::$value => v1::$set::$value as i32,)+
                }
            }

            fn of(number: i32) -> Option<Self> {
                match v1::$set::try_from(number).ok()? {
                    v1::$set::Unspecified => None,
                    $(v1::$set::$value => Some(Self::$value),)+
                }
            }
        }
    )+};
}

words! {
    Dialect: OpenaiChat OpenaiResponses AnthropicMessages;
    Modality: Text Image Audio File Embedding;
    FailureClass: Timeout Network RateLimit Quota ServerError InvalidResponse BadRequest AccessDenied Policy;
    PolicyKind: Static Weighted Failover;
    Fidelity: Tolerant Strict;
    Scope: Inference Explain Metrics Report;
    TokenState: Active Suspended Revoked Rotated;
    TargetState: Catalog Validating Active Retired;
    ProviderKind: Provider SmartRouter;
    OutputCapField: MaxTokens MaxCompletionTokens MaxOutputTokens;
    SharedStateKind: Local Valkey;
}

#[cfg(test)]
mod tests {
    use vocabulary::{FailureClass, TokenState};

    use super::Word;

    #[test]
    fn a_number_means_one_value_and_an_unknown_one_none() {
        for class in FailureClass::ALL {
            assert_eq!(FailureClass::of(class.number()), Some(class));
        }
        for unknown in [i32::MIN, -1, 0, 5, 17] {
            assert_eq!(TokenState::of(unknown), None, "{unknown}");
        }
    }
}
