use std::time::Duration;

/// What clients and providers of a dialect say and expect in headers.
pub struct Headers {
    /// What providers demand of everybody: sent where the caller sent none of that name.
    pub demanded: &'static [(&'static str, &'static str)],
    /// Where providers look for their key; `None`: it is a bearer token.
    pub key: Option<&'static str>,
    /// The headers of callers that providers get, in lower case; a name that ends in `-` is the beginning of names.
    pub forwarded: &'static [&'static str],
    /// The name of a request's id that clients look for, beside `x-request-id`.
    pub request_id: Option<&'static str>,
    /// How a caller stands with its limits: limit, remaining and reset, of requests and then of tokens.
    pub rate_limits: [[&'static str; 3]; 2],
    /// How the reset is told that comes after a while. The first is now, milliseconds since the Unix epoch.
    pub reset: fn(i64, Duration) -> String,
}
