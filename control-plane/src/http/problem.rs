use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use control_plane_core::insight::InsightError;
use control_plane_core::{
    Severity,
    diff::Change,
    domain::Refusal,
    merge::{Conflict, EditConflict},
    permission::Denied,
    pointer,
    report::ReportError,
    schedule::ScheduleMistake,
    token::without_secrets,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use vocabulary::Scope;

use crate::{
    manage::{ASKS_AGAIN, ManageError},
    store::StoreError,
};

/// An error, as RFC 9457 has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:smart-router:problem:<code>`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:smart-router:problem:config-invalid")]
    uri: Box<str>,
    /// The status in words.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What programs go by.
    #[schema(example = "config-invalid")]
    code: &'static str,
    /// What happened and what to do.
    #[schema(value_type = String)]
    detail: Box<str>,
    /// Each mistake, where there can be several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Place>,
    /// The fields of the configuration that are wrong, all at once.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<FieldError>)]
    errors: Box<[FieldError]>,
    /// Both changes, where somebody else changed the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<Box<BothChanges>>,
}

/// A field of the configuration that is wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FieldError {
    /// Where in the document, as a JSON Pointer (RFC 6901): `/groups/fast/targets/0/model`; empty: all of it.
    #[schema(example = "/groups/fast/targets/0/model")]
    pointer: String,
    /// What is wrong, and what would be right.
    detail: String,
}

/// Two changes of one thing.
#[derive(Debug, Serialize, ToSchema)]
pub struct BothChanges {
    /// The version that yours is based on.
    based_on: u64,
    /// The one in force.
    current: u64,
    /// What you change: each `{path, kind: added|removed|changed, before, after}`.
    #[schema(value_type = Vec<Object>)]
    yours: Vec<Change>,
    /// What others have changed since, likewise.
    #[schema(value_type = Vec<Object>)]
    theirs: Vec<Change>,
    /// The fields that both change: each `{path, base, yours, theirs}`. Empty: they change different fields of one thing.
    #[schema(value_type = Vec<Object>)]
    both: Vec<Conflict>,
    /// What was edited, as it was when you read it and as it is now, where the path names one thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<BothVersions>,
}

/// A thing as it was and as it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct BothVersions {
    /// `groups.fast`
    name: String,
    /// As it was at the version that yours is based on; left out: it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    base: Option<Value>,
    /// As it is now; left out: it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    current: Option<Value>,
}

/// The same for people: what a page says instead. It goes along with each answer that is a problem.
#[derive(Clone, Debug)]
pub struct InWords {
    /// What programs go by.
    pub code: &'static str,
    /// What happened and what to do.
    pub detail: String,
    /// Each mistake, where there can be several.
    pub mistakes: Vec<String>,
}

/// One mistake, and where it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Place {
    /// `error` or `warning`.
    pub severity: &'static str,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Where in the document, such as `groups.fast.targets[0].model`; empty: all of it.
    pub path: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Problem {
    /// An error with a code of this API.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            uri: format!("urn:smart-router:problem:{code}").into(),
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            code,
            detail: detail.into().into(),
            problems: Vec::new(),
            errors: Box::default(),
            conflict: None,
        }
    }

    /// A draft that cannot be rebased by itself.
    fn unresolved(current: u64, both: Vec<Conflict>, detail: String) -> Self {
        let (based_on, yours, theirs, resource) = Default::default();
        let conflict = BothChanges { based_on, current, yours, theirs, both, resource };
        Self { conflict: Some(Box::new(conflict)), ..Self::new(StatusCode::CONFLICT, "rebase-conflict", detail) }
    }

    /// The same with its mistakes one by one.
    pub fn with(mut self, problems: Vec<Place>) -> Self {
        self.problems = problems;
        self
    }

    /// Whoever is logged in must prove again who it is.
    pub fn recent_login_required() -> Self {
        Self::new(StatusCode::FORBIDDEN, "recent-login-required", ASKS_AGAIN)
    }

    /// The database does not answer at all.
    pub fn silent_store() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable", "the database does not answer in time")
    }

    /// No admin token, or none that is valid. Which of the two is not told.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "an admin token is needed, as `Authorization: Bearer sra_…`; the one that came with the request, if any, is \
             unknown, expired or revoked",
        )
    }

    fn in_words(&self) -> InWords {
        let place = |it: &Place| {
            if it.path.is_empty() { it.message.clone() } else { format!("{}: {}", it.path, it.message) }
        };
        let field = |it: &FieldError| format!("{}: {}", it.pointer, it.detail);
        let mistakes = if self.problems.is_empty() {
            self.errors.iter().map(field).collect()
        } else {
            self.problems.iter().map(place).collect()
        };
        InWords { code: self.code, detail: self.detail.to_string(), mistakes }
    }

    /// A caller's token without the scope that would open this.
    pub fn without_scope(scope: Scope) -> Self {
        let detail = format!("this is for callers' tokens with the scope `{}`, and for admin tokens", scope.as_str());
        Self::new(StatusCode::FORBIDDEN, "metrics-forbidden", detail)
    }

    /// Others have failed from the same address, too often to be looked at.
    pub fn too_many_failures() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-failures",
            "too many requests without a valid admin token came from this address: wait a minute",
        )
    }

    /// The records of admin requests cannot be written, and nobody looks without one.
    pub fn unrecorded() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store-unavailable",
            "admin requests are recorded, and the database does not take the records; the control plane's log says why. \
             Nothing was changed: try again",
        )
    }
}

impl IntoResponse for Problem {
    /// What was asked is often told again, and may be a token that stands where an id belongs.
    fn into_response(mut self) -> Response {
        self.detail = without_secrets(&self.detail).into();
        for place in &mut self.problems {
            place.path = without_secrets(&place.path).into_owned();
            place.message = without_secrets(&place.message).into_owned();
        }
        for field in &mut self.errors {
            field.pointer = without_secrets(&field.pointer).into_owned();
            field.detail = without_secrets(&field.detail).into_owned();
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let in_words = self.in_words();
        let mut response = (status, Json(self)).into_response();
        response.extensions_mut().insert(in_words);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<&control_plane_core::Problem> for Place {
    fn from(problem: &control_plane_core::Problem) -> Self {
        Self {
            severity: problem.severity.as_str(),
            line: problem.line,
            column: problem.column,
            path: problem.path.clone(),
            message: problem.message.clone(),
        }
    }
}

impl From<&control_plane_core::Problem> for FieldError {
    fn from(problem: &control_plane_core::Problem) -> Self {
        Self { pointer: pointer(&problem.path), detail: problem.message.clone() }
    }
}

impl Place {
    /// A mistake that stands in no line.
    fn whole(path: &str, message: String) -> Self {
        Self { severity: "error", line: 1, column: 1, path: path.to_owned(), message }
    }
}

impl From<EditConflict> for BothChanges {
    fn from(it: EditConflict) -> Self {
        let EditConflict { based_on, current, yours, theirs, both, resource } = it;
        let resource = resource.map(|it| BothVersions { name: it.name, base: it.base, current: it.current });
        Self { based_on, current, yours, theirs, both, resource }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", denied.to_string())
    }
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Self {
        let detail = error.to_string();
        match error {
            ManageError::InvalidConfig(problems) => {
                let errors = problems.iter().filter(|it| it.severity == Severity::Error);
                Self {
                    errors: errors.map(FieldError::from).collect(),
                    ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "config-invalid", detail)
                }
                .with(problems.iter().map(Place::from).collect())
            }
            ManageError::EditConflict(conflict) => Self {
                conflict: Some(Box::new((*conflict).into())),
                ..Self::new(StatusCode::PRECONDITION_FAILED, "edit-conflict", detail)
            },
            ManageError::KeyReused => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail),
            ManageError::StillRunning => Self::new(StatusCode::CONFLICT, "idempotency-key-running", detail),
            ManageError::OutcomeUnknown => Self::new(StatusCode::CONFLICT, "idempotency-outcome-unknown", detail),
            ManageError::DraftChanged { .. } => Self::new(StatusCode::PRECONDITION_FAILED, "draft-conflict", detail),
            ManageError::ScheduleChanged { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, "report-schedule-conflict", detail)
            }
            ManageError::InvalidSchedule(mistakes) => {
                let field = |it: ScheduleMistake| FieldError { pointer: format!("/{}", it.field), detail: it.text };
                Self {
                    errors: mistakes.into_iter().map(field).collect(),
                    ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", detail)
                }
            }
            ManageError::RebaseConflict { current, conflicts } => Self::unresolved(current, conflicts, detail),
            ManageError::Patch(error) => Self {
                errors: [FieldError { pointer: error.pointer, detail: error.why.to_owned() }].into(),
                ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "patch-failed", detail)
            },
            ManageError::ReadOnly { .. } => Self::new(StatusCode::CONFLICT, "config-file", detail),
            ManageError::NoConfig => Self::new(StatusCode::NOT_FOUND, "no-config", detail),
            ManageError::VersionConflict { .. } => Self::new(StatusCode::CONFLICT, "version-conflict", detail),
            ManageError::WouldUndo { changes, .. } => {
                let place = |it: &Change| Place::whole(&it.path, format!("would be taken back: {it}"));
                Self::new(StatusCode::CONFLICT, "would-undo", detail).with(changes.iter().map(place).collect())
            }
            ManageError::MovesKeys { moves, .. } => Self::new(StatusCode::FORBIDDEN, "moves-keys", detail)
                .with(moves.iter().map(|it| Place::from(&it.problem(Severity::Error))).collect()),
            ManageError::OutsideDomain(refusals) => {
                let place = |it: &Refusal| Place::whole(&it.pointer, it.reason.clone());
                Self::new(StatusCode::FORBIDDEN, "outside-domain", detail).with(refusals.iter().map(place).collect())
            }
            ManageError::RecentLogin => Self::recent_login_required(),
            ManageError::Denied(denied) => denied.into(),
            ManageError::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not-found", detail),
            ManageError::Token(control_plane_core::token::TokenError::ExpiresInThePast)
            | ManageError::InvalidValue(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-value", detail),
            ManageError::Token(_) => Self::new(StatusCode::CONFLICT, "token-state", detail),
            ManageError::Conflict(_) => Self::new(StatusCode::CONFLICT, "conflict", detail),
            ManageError::Unreadable { .. } | ManageError::Broken => {
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
            }
            ManageError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    /// The database's own words may hold values of rows: they go to the log only.
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "the store failed");
        let detail = match error {
            StoreError::Gone { .. } => {
                "the database's file was deleted or replaced while it was in use: nothing is changed until the control plane was \
                 stopped, the file is back, and it is started again"
            }
            _ => {
                "the database did not do what it was asked; the control plane's log says why. Nothing was changed: try again"
            }
        };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store-unavailable", detail)
    }
}

impl From<Vec<InsightError>> for Problem {
    fn from(errors: Vec<InsightError>) -> Self {
        let detail = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Self::new(StatusCode::BAD_REQUEST, "invalid-request", detail)
    }
}

impl From<Vec<ReportError>> for Problem {
    fn from(errors: Vec<ReportError>) -> Self {
        let detail = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Self::new(StatusCode::BAD_REQUEST, "invalid-request", detail)
    }
}
