use std::time::Duration;

use super::RetryHint;

/// What the registry knows about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name: `code` in OpenAI's shape, and the header `x-router-error-code`.
    pub name: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// `error.type` in OpenAI's shape.
    pub openai_type: &'static str,
    /// `error.type` in Anthropic's shape.
    pub anthropic_type: &'static str,
    /// What happened, in one sentence.
    pub meaning: &'static str,
    /// What the reader can do.
    pub advice: &'static str,
    /// Whether the same request again can help.
    pub retry: RetryHint,
}

/// `error.type` of both dialects for each kind of refusal, so that a code names its kind once.
struct ErrorTypes {
    openai: &'static str,
    anthropic: &'static str,
}

const INVALID: ErrorTypes = ErrorTypes { openai: "invalid_request_error", anthropic: "invalid_request_error" };
const UNAUTHENTICATED: ErrorTypes = ErrorTypes { openai: "authentication_error", anthropic: "authentication_error" };
const FORBIDDEN: ErrorTypes = ErrorTypes { openai: "permission_error", anthropic: "permission_error" };
const NOT_FOUND: ErrorTypes = ErrorTypes { openai: "invalid_request_error", anthropic: "not_found_error" };
const TOO_LARGE: ErrorTypes = ErrorTypes { openai: "invalid_request_error", anthropic: "request_too_large" };
const RATE: ErrorTypes = ErrorTypes { openai: "rate_limit_error", anthropic: "rate_limit_error" };
const QUOTA: ErrorTypes = ErrorTypes { openai: "insufficient_quota", anthropic: "rate_limit_error" };
const SERVER: ErrorTypes = ErrorTypes { openai: "server_error", anthropic: "api_error" };
// Agents take `server_error` for something that passes.
const DEPENDENCY: ErrorTypes = ErrorTypes { openai: "invalid_request_error", anthropic: "api_error" };
const EMPTY_ACCOUNT: ErrorTypes = ErrorTypes { openai: "insufficient_quota", anthropic: "api_error" };
const OVERLOADED: ErrorTypes = ErrorTypes { openai: "server_error", anthropic: "overloaded_error" };

const NEVER: RetryHint = RetryHint::Never;
const SOON: RetryHint = RetryHint::After(Duration::from_secs(1));
const LATER: RetryHint = RetryHint::After(Duration::from_secs(5));

/// One row a code: variant, name, status, kind, retry, meaning, advice.
macro_rules! registry {
    ($($code:ident $name:literal $status:literal $kind:ident $retry:ident $meaning:literal $advice:literal)*) => {
        /// Why a request is refused. Clients branch on these, never on messages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $code,)*
        }

        impl Code {
            /// All of them, in the order of the reference page.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// What the registry knows about it.
            pub const fn entry(self) -> Entry {
                match self {
                    $(Self::$code => Entry {
                        name: $name,
                        status: $status,
                        openai_type: $kind.openai,
                        anthropic_type: $kind.anthropic,
                        meaning: $meaning,
                        advice: $advice,
                        retry: $retry,
                    },)*
                }
            }
        }
    };
}

registry! {
    InvalidRequest "invalid-request" 400 INVALID NEVER
        "The request could not be read."
        "Correct the request as the message says; nothing was sent upstream."
    MissingModel "missing-model" 400 INVALID NEVER
        "The request names no model."
        "Set `model` to one of the groups that `GET /v1/models` lists, or to `auto`."
    NoEligibleTarget "no-eligible-target" 400 INVALID NEVER
        "No target of the group can do what the request asks."
        "Read each target's reasons, then leave out what is not supported or call another group."
    ContentBlocked "content-blocked" 400 INVALID NEVER
        "The group's content rules refuse the request."
        "Remove the content that the rule names, or ask the group's owner about the rule."
    UnsupportedParameter "unsupported-parameter" 400 INVALID NEVER
        "The request sets a parameter that the router cannot honour."
        "Leave the parameter out."
    ContextLengthExceeded "context-length-exceeded" 400 INVALID NEVER
        "The input is longer than any target of the group can read."
        "Shorten or compact the conversation, or call a group with a larger context."
    Unauthorized "unauthorized" 401 UNAUTHENTICATED NEVER
        "The request carries no token, or one that the router does not know."
        "Send the token as `Authorization: Bearer`, `x-api-key` or `api-key`; check that it was copied whole."
    ModelNotAllowed "model-not-allowed" 403 FORBIDDEN NEVER
        "The caller may not call this model, or it does not exist."
        "Use a group that `GET /v1/models` lists, or have the group added to the caller's `allow` list."
    TokenDisabled "token-disabled" 403 FORBIDDEN NEVER
        "The token was revoked, or its caller is disabled."
        "Ask an administrator for a new token."
    TokenSuspended "token-suspended" 403 FORBIDDEN NEVER
        "The token is suspended for the time being."
        "Ask an administrator why, and when it will be resumed."
    TokenExpired "token-expired" 403 FORBIDDEN NEVER
        "The token's lifetime is over."
        "Ask an administrator for a new token."
    TokenRotated "token-rotated" 403 FORBIDDEN NEVER
        "Another token has taken this one's place, and the overlap is over."
        "Use the token that `token rotate` printed."
    TokenExhausted "token-exhausted" 403 FORBIDDEN NEVER
        "The token has used up its lifetime allowance."
        "Ask an administrator for a new token or a larger allowance."
    MetricsForbidden "metrics-forbidden" 403 FORBIDDEN NEVER
        "The token lacks the `metrics` scope."
        "Use a token of a caller with the `metrics` scope."
    ScopeForbidden "scope-forbidden" 403 FORBIDDEN NEVER
        "The token lacks the scope that this path asks for."
        "Use a token of a caller with the scope that the message names."
    LicenseFeatureForbidden "license-feature-forbidden" 403 FORBIDDEN NEVER
        "The licence does not include the feature."
        "Install a licence that includes it, or do without the feature."
    NotFound "not-found" 404 NOT_FOUND NEVER
        "There is nothing at this path."
        "Check the base URL: OpenAI clients end it in `/v1`, Anthropic clients do not."
    ModelNotFound "model-not-found" 404 NOT_FOUND NEVER
        "`GET /v1/models/{id}` names a model that the caller cannot see."
        "Use a group that `GET /v1/models` lists."
    ResponseNotFound "response-not-found" 404 NOT_FOUND NEVER
        "No stored response of this caller has that id."
        "Check the id; stored responses are dropped after their time to live. Where nothing is stored (`settings.responses_store`), send the whole conversation, with `store: false`."
    ResponseStoreDisabled "response-store-disabled" 404 NOT_FOUND NEVER
        "Responses are not stored."
        "Send the whole conversation each time, or enable `settings.responses_store`."
    MethodNotAllowed "method-not-allowed" 405 INVALID NEVER
        "The path does not take this method."
        "Use a method that the `allow` header lists."
    RequestTooLarge "request-too-large" 413 TOO_LARGE NEVER
        "The body is larger than the router accepts."
        "Send less, or have the operator raise the body limit."
    UnsupportedMediaType "unsupported-media-type" 415 INVALID NEVER
        "The body is not `application/json`, or is encoded in a way that the router does not read."
        "Send plain JSON with `content-type: application/json`."
    UpstreamQuotaExhausted "upstream-quota-exhausted" 424 EMPTY_ACCOUNT NEVER
        "The operator's account at the provider is out of quota or credit."
        "The operator must top up the provider's account."
    UpstreamAccessDenied "upstream-access-denied" 424 DEPENDENCY NEVER
        "The provider refuses the router's credential, or the router has none."
        "The operator must correct the provider's credential; the caller's own token is fine."
    UpstreamModelNotFound "upstream-model-not-found" 424 DEPENDENCY NEVER
        "The provider does not know the target's model, or has nothing at the path where it is asked."
        "The operator must correct the target's `model`, or the provider's `base_url`."
    AnswerTooLarge "answer-too-large" 424 DEPENDENCY NEVER
        "The provider's answer is larger than the router can take, or needs more of its memory than one request may have."
        "Ask for less (`max_tokens`, fewer inputs), or stream; the operator can raise `--memory-limit`."
    RateLimitRequests "rate-limit-requests" 429 RATE SOON
        "The caller has made as many requests as its limit per minute allows."
        "Wait for `retry-after`, or have `limits.rpm` raised."
    RateLimitTokens "rate-limit-tokens" 429 RATE SOON
        "The caller has used as many tokens as its limit per minute allows."
        "Wait for `retry-after`, or as long as the message says after a long answer; without one the request is larger than the limit, so make it smaller or have `limits.tpm` raised."
    RateLimitConcurrency "rate-limit-concurrency" 429 RATE SOON
        "The caller has as many requests under way as its limit allows."
        "Wait for one of them to end, or have `limits.concurrency` raised."
    QuotaExhausted "quota-exhausted" 429 QUOTA NEVER
        "The caller has used up its quota for the period."
        "Wait for the next period, or have the quota raised."
    BudgetExceeded "budget-exceeded" 429 QUOTA NEVER
        "The project or caller has spent its budget for the period."
        "Wait for the next period, or have the budget raised."
    TrafficShaped "traffic-shaped" 429 RATE SOON
        "The caller's traffic is shaped, and the queue is full or the wait too long."
        "Wait for `retry-after`, and send more evenly."
    LicenseVolumeExceeded "license-volume-exceeded" 429 QUOTA NEVER
        "The licence's volume is used up."
        "Install a larger licence."
    Internal "internal" 500 SERVER SOON
        "The router failed."
        "Try again; if it lasts, give the operator the request id."
    UpstreamFailed "upstream-failed" 502 SERVER SOON
        "Every attempt at a provider failed."
        "Try again; the operator finds each attempt under the request id."
    PolicyFailed "policy-failed" 502 SERVER SOON
        "The group's routing policy failed."
        "Try again; if it lasts, the group's owner must correct the policy."
    RedactionFailed "redaction-failed" 502 SERVER NEVER
        "The group's redaction failed, so nothing was sent upstream."
        "Give the operator the request id."
    UpstreamCapacityThrottled "upstream-capacity-throttled" 503 OVERLOADED SOON
        "Every target that could serve the request is at its capacity."
        "Wait for `retry-after`."
    UpstreamRateLimited "upstream-rate-limited" 503 OVERLOADED SOON
        "The providers' rate limits refuse the request."
        "Wait for `retry-after`; if it lasts, add targets or raise the provider's limits."
    LimitsUnavailable "limits-unavailable" 503 OVERLOADED SOON
        "Shared limits, or stored responses that the request continues, cannot be read, and may not be guessed."
        "Wait for `retry-after`; the operator must restore the shared state."
    ConfigUnavailable "config-unavailable" 503 OVERLOADED LATER
        "The router has no valid configuration yet."
        "Wait for `retry-after`; if it lasts, the operator must connect the router to its control plane."
    ConfigExpired "config-expired" 503 OVERLOADED LATER
        "The router's configuration may not be trusted any more: the router was revoked."
        "Call another router; the operator must enrol this one again."
    UsageLogFull "usage-log-full" 503 OVERLOADED LATER
        "The router cannot record usage any more, and may not serve without."
        "The operator must restore the connection to the control plane, or give the log more room."
    Overloaded "overloaded" 503 OVERLOADED SOON
        "The router has as many connections or requests, or holds as much memory for them, as it may."
        "Wait for `retry-after`; if it lasts, the operator must add routers, or raise the limits."
    LicenseInvalid "license-invalid" 503 SERVER NEVER
        "The licence is not valid."
        "The operator must install a valid licence."
    LicenseExpired "license-expired" 503 SERVER NEVER
        "The licence has expired."
        "The operator must install a new licence."
    Draining "draining" 503 OVERLOADED SOON
        "The router is shutting down."
        "Try again: another router takes over."
    UpstreamTimeout "upstream-timeout" 504 SERVER SOON
        "The provider did not answer in time."
        "Try again, ask for less, or have the provider's `timeouts` raised."
}

impl Code {
    /// Its name in bodies, headers, tables and reports.
    pub const fn as_str(self) -> &'static str {
        self.entry().name
    }

    /// The code of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == name)
    }

    /// The word that clients of OpenAI's dialects act on: the vendor's where it has one, else its own name.
    pub const fn vendors_word(self) -> &'static str {
        match self {
            Self::Unauthorized => "invalid_api_key",
            Self::ModelNotFound | Self::ModelNotAllowed => "model_not_found",
            Self::ContextLengthExceeded => "context_length_exceeded",
            Self::QuotaExhausted | Self::BudgetExceeded | Self::LicenseVolumeExceeded => "insufficient_quota",
            Self::RateLimitRequests | Self::RateLimitTokens | Self::RateLimitConcurrency => "rate_limit_exceeded",
            other => other.as_str(),
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        self.entry().status
    }

    /// Whether the same request again can help.
    pub const fn retry(self) -> RetryHint {
        self.entry().retry
    }
}
