//! The headers that tell a caller how it stands with its own limits, in its dialect's form.

use super::limit::{Standing, Standings};
use crate::dialect::Dialect;
use crate::dialect::headers::headers as dialect_headers;

/// None for what is unlimited. `now_ms` is milliseconds since the Unix epoch.
pub fn headers(dialect: Dialect, standings: &Standings, now_ms: i64) -> Vec<(&'static str, String)> {
    let form = dialect_headers(dialect);
    let mut headers = Vec::new();
    for (names, standing) in form.rate_limits.into_iter().zip([standings.requests, standings.tokens]) {
        let Some(Standing { limit, remaining, reset }) = standing else { continue };
        let values = [limit.to_string(), remaining.to_string(), (form.reset)(now_ms, reset)];
        headers.extend(names.into_iter().zip(values));
    }
    headers
}

#[cfg(test)]
mod tests;
