use std::time::Duration;

/// Whether sending the same request again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryHint {
    /// It cannot: `x-should-retry: false`.
    Never,
    /// It can, after this long unless the refusal knows better: `retry-after`.
    After(Duration),
}
