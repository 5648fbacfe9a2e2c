use std::time::{Duration, SystemTime};

use data_plane_core::decide::FailureClass;
use data_plane_core::dialect::failure::{CONTEXT_LENGTH_EXCEEDED, UpstreamFailure};
use data_plane_core::error::{Code, Refusal};
use data_plane_core::record::{AttemptClass, AttemptEnd};
use http::{HeaderMap, header};

use crate::upstream::SendError;

/// The longest that a caller is told to wait: some clients sleep for as long as they are told.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// An attempt that failed.
pub(super) struct Failed {
    /// What it means for the next step.
    pub class: FailureClass,
    /// What the caller is told, if no other target is tried.
    pub code: Code,
    /// The upstream's status; 0: no answer.
    pub status: u16,
    /// What went wrong, without content.
    pub detail: String,
    /// How long the upstream asks to wait.
    pub retry_after: Option<Duration>,
    /// It cannot read what earlier turns thought.
    pub refuses_reasoning: bool,
    /// The answer needs more memory than any may have: the same in words for the caller, and for programs.
    pub never_fits: Option<Box<Refusal>>,
}

impl Failed {
    /// A failure that the caller is told about in the router's words.
    pub fn new(class: FailureClass, status: u16, detail: impl Into<String>) -> Self {
        Self {
            class,
            code: code(class),
            status,
            detail: detail.into(),
            retry_after: None,
            refuses_reasoning: false,
            never_fits: None,
        }
    }

    /// A failure in the upstream's words, of which only codes are kept.
    pub fn told(failure: &UpstreamFailure, status: u16) -> Self {
        let failed = Self::new(failure.class, status, told(failure));
        Self {
            code: match told_code(failure, status) {
                told @ (Code::UpstreamCapacityThrottled | Code::UpstreamModelNotFound) => told,
                _ => failed.code,
            },
            refuses_reasoning: failure.refuses_reasoning(),
            ..failed
        }
    }

    /// For the attempt's row.
    pub fn end(&self) -> AttemptEnd {
        AttemptEnd { class: AttemptClass::Failed(self.class), status: self.status, detail: self.detail.clone() }
    }

    /// What the caller is told after this, the last attempt.
    pub fn refusal(&self, attempts: usize) -> Refusal {
        if let Some(refusal) = &self.never_fits {
            return refusal.as_ref().clone();
        }
        let what = what(self.code);
        let message =
            if attempts == 1 { what.to_owned() } else { format!("{what} ({attempts} attempts, the last one counts)") };
        let refusal = Refusal::new(self.code, message);
        match self.retry_after {
            Some(wait) => refusal.with_retry_after(wait.min(LONGEST_WAIT)),
            None => refusal,
        }
    }
}

impl From<SendError> for Failed {
    fn from(error: SendError) -> Self {
        let failed = Self::new(error.class(), 0, error.to_string());
        let code = if error.is_exhaustion() { Code::Overloaded } else { failed.code };
        Self { code, ..failed }
    }
}

/// What happened, for callers.
pub(super) const fn what(code: Code) -> &'static str {
    match code {
        Code::Overloaded => "the router has no room for the request or its answer; try again",
        Code::AnswerTooLarge => "the provider's answer is larger than the router takes",
        Code::Draining => "the router is shutting down; try again, another one takes over",
        Code::UpstreamAccessDenied => "the provider refuses the router's credential",
        Code::UpstreamCapacityThrottled => "the provider is overloaded",
        Code::UpstreamModelNotFound => "the provider does not know the target's model",
        Code::UpstreamQuotaExhausted => "the operator's account at the provider is out of quota",
        Code::UpstreamRateLimited => "the provider's rate limit refuses the request",
        Code::UpstreamTimeout => "the provider did not answer in time",
        _ => "the provider failed",
    }
}

/// The code of a request whose last attempt failed in this way.
pub(super) const fn code(class: FailureClass) -> Code {
    match class {
        FailureClass::AccessDenied => Code::UpstreamAccessDenied,
        FailureClass::Quota => Code::UpstreamQuotaExhausted,
        FailureClass::RateLimit => Code::UpstreamRateLimited,
        FailureClass::Timeout => Code::UpstreamTimeout,
        FailureClass::Network
        | FailureClass::ServerError
        | FailureClass::InvalidResponse
        | FailureClass::BadRequest
        | FailureClass::Policy => Code::UpstreamFailed,
    }
}

/// Whether the upstream finds fault with the request itself: the caller then needs its words.
pub(super) const fn is_about_request(class: FailureClass) -> bool {
    matches!(class, FailureClass::BadRequest | FailureClass::Policy)
}

/// 503 and 529 are the providers' statuses for too much to do; streams and gateways tell it by a name.
fn is_overloaded(failure: &UpstreamFailure, status: u16) -> bool {
    failure.class == FailureClass::ServerError && (matches!(status, 503 | 529) || failure.is_overloaded())
}

/// Callers name groups, so that a model that is unknown upstream is the operator's to correct.
fn is_unknown(failure: &UpstreamFailure, status: u16) -> bool {
    let named = |name: &str| matches!(name, "model_not_found" | "not_found_error");
    status == 404 || [&failure.kind, &failure.code].into_iter().flatten().any(|it| named(it))
}

/// The code of a request about which the upstream itself told the caller what is wrong.
pub(super) fn told_code(failure: &UpstreamFailure, status: u16) -> Code {
    match failure.class {
        FailureClass::Policy => Code::ContentBlocked,
        FailureClass::BadRequest if failure.code.as_deref() == Some(CONTEXT_LENGTH_EXCEEDED) => {
            Code::ContextLengthExceeded
        }
        FailureClass::BadRequest if status == 413 || failure.kind.as_deref() == Some("request_too_large") => {
            Code::RequestTooLarge
        }
        FailureClass::BadRequest => Code::InvalidRequest,
        _ if is_overloaded(failure, status) => Code::UpstreamCapacityThrottled,
        FailureClass::ServerError if is_unknown(failure, status) => Code::UpstreamModelNotFound,
        other => code(other),
    }
}

/// The upstream's own type and code.
pub(super) fn told(failure: &UpstreamFailure) -> String {
    if failure.class == FailureClass::InvalidResponse {
        return "the stream carries an event that cannot be read".to_owned();
    }
    let words: Vec<_> = [&failure.kind, &failure.code].into_iter().flatten().map(String::as_str).collect();
    words.join(" ")
}

/// How long an upstream asks to wait, in seconds or until a date; what is over and nonsense are ignored.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |name| text(name)?.parse::<f64>().ok();
    let until = || httpdate::parse_http_date(text(header::RETRY_AFTER.as_str())?).ok()?.duration_since(now).ok();
    let seconds = number("retry-after-ms").map(|it| it / 1000.0).or_else(|| number(header::RETRY_AFTER.as_str()));
    let wait = match seconds {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => until(),
    };
    wait.filter(|it| !it.is_zero()).map(|it| it.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::time::Duration;

    use super::retry_after;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn only_sensible_waits_are_passed_on() {
        let wait = |name: &'static str, value: &str| {
            let headers = HeaderMap::from_iter([(name.parse().unwrap(), HeaderValue::from_str(value).unwrap())]);
            retry_after(&headers, httpdate::parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap())
        };
        assert_eq!(wait("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        assert_eq!(wait("retry-after", "99999999"), Some(Duration::from_mins(1)));
        assert_eq!(wait("retry-after", "Wed, 21 Oct 2015 07:28:07 GMT"), Some(Duration::from_secs(7)));
        assert_eq!(wait("retry-after", "Thu, 22 Oct 2015 07:28:00 GMT"), Some(Duration::from_mins(1)));
        for nonsense in ["-1", "NaN", "inf", "soon", "0", "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015"] {
            assert_eq!(wait("retry-after", nonsense), None, "{nonsense}");
        }
    }
}
