//! The failures that can be asked for.

use crate::problem::{Problem, Refusal};

/// One way to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An error answer in the dialect's shape.
    Refuse(Refusal),
    /// A proxy's HTML page with status 502.
    Html502,
    /// A redirect to another path of this host.
    Redirect,
    /// Never an answer; the connection stays open.
    Hang,
    /// The connection closes without an answer.
    DisconnectBefore,
    /// The connection closes in the middle of the body.
    Disconnect,
    /// The dialect's error event inside a 200 stream; an error object as a whole answer with 200.
    StreamError,
    /// A bare `data: {"error":…}` inside a 200 stream; as `StreamError` for whole answers.
    StreamErrorPlain,
    /// JSON that breaks off, in a body that is otherwise complete.
    Malformed,
    /// A body of 64 MiB.
    Huge,
    /// A whole JSON answer where a stream was asked for.
    StreamAsJson,
}

impl Fault {
    /// The failure of this name; none if it is not known.
    pub fn parse(name: &str) -> Option<Self> {
        let fault = match name {
            "html-502" => Self::Html502,
            "redirect" => Self::Redirect,
            "hang" => Self::Hang,
            "disconnect-before" => Self::DisconnectBefore,
            "disconnect" => Self::Disconnect,
            "stream-error" => Self::StreamError,
            "stream-error-plain" => Self::StreamErrorPlain,
            "malformed" => Self::Malformed,
            "huge" => Self::Huge,
            "stream-as-json" => Self::StreamAsJson,
            _ => return refusal(name).map(Self::Refuse),
        };
        Some(fault)
    }
}

fn refusal(name: &str) -> Option<Refusal> {
    let (name, retry_after) = match name.split_once("-retry-after:") {
        Some((name, seconds)) => (name, Some(seconds.parse().ok()?)),
        None => (name, None),
    };
    let problem = match name {
        "400" => Problem::BadRequest,
        "401" => Problem::Unauthorized,
        "402" => Problem::Payment,
        "403" => Problem::Forbidden,
        "404" => Problem::UnknownModel,
        "413" => Problem::TooLarge,
        "429" => Problem::RateLimit,
        "500" => Problem::Server,
        "503" => Problem::Unavailable,
        "529" => Problem::Overloaded,
        "quota" => Problem::Quota,
        "context" => Problem::Context,
        _ => return None,
    };
    Some(Refusal { problem, retry_after })
}
