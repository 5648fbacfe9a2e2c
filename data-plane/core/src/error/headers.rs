use std::time::Duration;

use super::{Refusal, RetryHint};

/// Longer waits are not told: SDKs take them for nonsense and come back at once, agents sleep through them. A message
/// tells the true one.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The headers that a refusal carries: `x-router-error-code`, and `retry-after` with `retry-after-ms` when a retry can
/// help, else `x-should-retry: false`.
///
/// Codex stops at a 429 without `retry-after`, whatever else it carries, so both forms are always sent.
pub fn headers(refusal: &Refusal) -> Vec<(&'static str, String)> {
    let mut headers = vec![("x-router-error-code", refusal.code.as_str().to_owned())];
    match refusal.retry() {
        RetryHint::Never => headers.push(("x-should-retry", "false".to_owned())),
        RetryHint::After(wait) => {
            // Rounded up: a client that comes back too early is refused again.
            let millis = wait.min(LONGEST_WAIT).as_micros().div_ceil(1000).max(1);
            headers.push(("retry-after", millis.div_ceil(1000).to_string()));
            headers.push(("retry-after-ms", millis.to_string()));
        }
    }
    headers
}
