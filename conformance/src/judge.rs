use serde_json::Value;
use validators::{validate_answer, validate_stream};
use vocabulary::Dialect;

/// What an answer is worth to the client that asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The client can read all of it.
    Good,
    /// It was refused, in a form that the client can read.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error's code or type, and its message.
        reason: String,
    },
    /// The client cannot read it, or not as what it is; all that is wrong with it.
    Broken(Vec<String>),
}

/// An answer as it arrived.
pub(crate) struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// What an answer to a recorded request has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The model's words, whole or as a stream.
    Words { stream: bool },
    /// A count of tokens.
    Count,
    /// A compacted conversation.
    Compaction,
    /// A list of models.
    Models,
    /// Nothing but a status.
    Status(u16),
}

/// Judges an answer.
pub(crate) fn judge(dialect: Dialect, expected: Expected, answer: &Answer) -> Verdict {
    if let Expected::Status(status) = expected {
        return match answer.status {
            it if it == status => Verdict::Good,
            it => Verdict::Broken(vec![format!("status {it} where {status} is expected")]),
        };
    }
    if !(200..300).contains(&answer.status) {
        return refusal(dialect, answer);
    }
    let violations = match expected {
        Expected::Words { stream: true } if !answer.content_type.starts_with("text/event-stream") => {
            vec![format!("content-type `{}` where a stream was asked for", answer.content_type)]
        }
        Expected::Words { stream: true } => validate_stream(dialect, &answer.body),
        Expected::Words { stream: false } => validate_answer(dialect, &answer.body),
        Expected::Count => lacks(&answer.body, |it| it["input_tokens"].is_u64(), "a number `input_tokens`"),
        Expected::Compaction => lacks(&answer.body, |it| it["output"].is_array(), "a list `output`"),
        Expected::Models => lacks(&answer.body, |it| it["data"].is_array(), "a list `data`"),
        Expected::Status(_) => Vec::new(),
    };
    if violations.is_empty() { Verdict::Good } else { Verdict::Broken(violations) }
}

fn lacks(body: &[u8], has: impl Fn(&Value) -> bool, what: &str) -> Vec<String> {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) if has(&value) => Vec::new(),
        Ok(_) => vec![format!("the answer lacks {what}")],
        Err(_) => vec!["the answer is not JSON".to_owned()],
    }
}

/// Clients decide by an error's form what to do next: one in a foreign form is shown raw, or retried for ever.
fn refusal(dialect: Dialect, answer: &Answer) -> Verdict {
    let status = answer.status;
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        return Verdict::Broken(vec![format!("status {status} with a body that is not JSON")]);
    };
    let error = &body["error"];
    let well_formed = error["message"].is_string()
        && match dialect {
            Dialect::AnthropicMessages => body["type"] == "error" && error["type"].is_string(),
            Dialect::OpenaiChat | Dialect::OpenaiResponses => error.get("type").is_some(),
        };
    if !well_formed {
        return Verdict::Broken(vec![format!(
            "status {status} with an error that is not in the form of {}",
            dialect.as_str()
        )]);
    }
    let name = error["code"].as_str().or(error["type"].as_str()).unwrap_or_default();
    let message = error["message"].as_str().unwrap_or_default();
    Verdict::Refused { status, reason: format!("{name}: {message}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, content_type: "application/json".to_owned(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn an_error_counts_as_a_refusal_only_in_the_form_of_its_dialect() {
        let words = Expected::Words { stream: false };
        let anthropic = r#"{"type":"error","error":{"type":"invalid_request_error","message":"no"}}"#;
        let refused = Verdict::Refused { status: 400, reason: "invalid_request_error: no".to_owned() };
        assert_eq!(judge(Dialect::AnthropicMessages, words, &answer(400, anthropic)), refused);
        let openai = r#"{"error":{"type":"invalid_request_error","message":"no","code":"bad"}}"#;
        let broken = judge(Dialect::AnthropicMessages, words, &answer(400, openai));
        assert!(matches!(broken, Verdict::Broken(_)), "{broken:?}");
        assert!(matches!(judge(Dialect::OpenaiChat, words, &answer(502, "<html>")), Verdict::Broken(_)));
    }

    #[test]
    fn json_is_no_stream() {
        let verdict = judge(Dialect::OpenaiChat, Expected::Words { stream: true }, &answer(200, "{}"));
        assert!(matches!(verdict, Verdict::Broken(_)), "{verdict:?}");
    }

    #[test]
    fn a_probe_is_judged_by_its_status_alone() {
        assert_eq!(judge(Dialect::OpenaiResponses, Expected::Status(426), &answer(426, "")), Verdict::Good);
        assert!(matches!(judge(Dialect::OpenaiResponses, Expected::Status(426), &answer(404, "")), Verdict::Broken(_)));
    }
}
