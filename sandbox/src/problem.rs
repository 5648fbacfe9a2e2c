//! Why a request is refused, before any dialect words it.

/// A refusal as it travels to the dialect's writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub problem: Problem,
    /// Seconds for the `retry-after` header.
    pub retry_after: Option<u64>,
}

/// What is wrong. Each dialect words it as its provider does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The request itself is wrong, really: broken JSON, a missing field, an unknown behaviour.
    Invalid {
        /// What to say.
        message: String,
        /// The field at fault.
        param: Option<String>,
        /// OpenAI's code for the mistake.
        code: Option<&'static str>,
    },
    /// No such path or object.
    NotFound(String),
    /// A made-up mistake of the caller.
    BadRequest,
    /// The key is not known.
    Unauthorized,
    /// The account is out of money, said with status 402.
    Payment,
    /// The key may not do this.
    Forbidden,
    /// The model is not known.
    UnknownModel,
    /// The body is too large.
    TooLarge,
    /// Too many requests.
    RateLimit,
    /// The account is out of quota or credit, in the provider's own way.
    Quota,
    /// An internal error.
    Server,
    /// The service is not available.
    Unavailable,
    /// The service is overloaded, said with status 529.
    Overloaded,
    /// The prompt is longer than the model's context.
    Context,
}

impl Problem {
    /// A mistake in the request, without a field to name.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), param: None, code: None }
    }

    /// A mistake in that field.
    pub fn at(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), param: Some(param.into()), code: None }
    }

    /// The same with OpenAI's code for it.
    pub fn coded(code: &'static str, param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { message: message.into(), param: Some(param.into()), code: Some(code) }
    }

    /// A required field that is not there.
    pub fn missing(param: &str) -> Self {
        Self::at(param, format!("Missing required parameter: '{param}'."))
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::invalid(format!("We could not parse the JSON body of your request. ({error})"))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem, retry_after: None }
    }
}
