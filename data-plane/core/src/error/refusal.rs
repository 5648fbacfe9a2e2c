use std::borrow::Cow;
use std::time::Duration;

use vocabulary::token::without_secrets;

use super::{Code, RetryHint};

/// Why a request is not served; any stage of the pipeline may answer with one.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What clients branch on.
    pub code: Code,
    /// What happened and what to do, for people. Never content, never a secret.
    pub message: String,
    /// The request's field that is at fault.
    pub param: Option<String>,
    /// More for programs, an object. Its `error_code` is Anthropic's own word.
    pub details: Option<Box<serde_json::Value>>,
    /// How long to wait before a retry can help; `None`: as long as the code says. [`Duration::MAX`] means
    /// that a retry cannot help; codes that are never worth a retry ignore it.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal that says nothing beyond its message. What was asked is often told again there, and may be a token that stands
    /// where something else belongs.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        let message = if let Cow::Owned(cut) = without_secrets(&message) { cut } else { message };
        Self { code, message, param: None, details: None, retry_after: None }
    }

    /// Names the request's field that is at fault.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Adds what programs may want to know.
    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Says how long to wait; [`Duration::MAX`]: for ever.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// What programs are told: the code, and what is known beyond it.
    pub fn told_details(&self) -> serde_json::Value {
        let mut told = serde_json::Map::from_iter([("code".to_owned(), self.code.as_str().into())]);
        if let Some(serde_json::Value::Object(more)) = self.details.as_deref() {
            told.extend(more.clone());
        }
        told.into()
    }

    /// Whether the same request again can help, all considered.
    pub fn retry(&self) -> RetryHint {
        match (self.code.retry(), self.retry_after) {
            (RetryHint::Never, _) | (RetryHint::After(_), Some(Duration::MAX)) => RetryHint::Never,
            (RetryHint::After(_), Some(wait)) => RetryHint::After(wait),
            (hint @ RetryHint::After(_), None) => hint,
        }
    }
}
