use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
    response::IntoResponse,
};
use control_plane_core::document::Duration;
use serde::de::DeserializeOwned;

use super::problem::{Place, Problem};

/// A JSON body. Unknown keys are errors, because the types of this API refuse them.
pub struct JsonBody<T>(pub T);

/// A query string, as strict as a body.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "send the body as `Content-Type: application/json`",
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(unreadable)?;
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            let place = Place {
                severity: "error",
                line: error.line(),
                column: error.column(),
                path: String::new(),
                message: error.to_string(),
            };
            Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid-request",
                format!("the body is not as it should be: {error}"),
            )
            .with(vec![place])
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::from_request_parts(parts, state).await;
        asked
            .map(|Query(asked)| Self(asked))
            .map_err(|rejection| Problem::new(StatusCode::BAD_REQUEST, "invalid-request", rejection.body_text()))
    }
}

fn unreadable(rejection: BytesRejection) -> Problem {
    let response = rejection.into_response();
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request-too-large", "the body is larger than 4 MiB")
    } else {
        Problem::new(StatusCode::BAD_REQUEST, "invalid-request", "the body ended before it was complete")
    }
}

/// A length of time in words, in milliseconds.
pub fn milliseconds(field: &str, text: &str) -> Result<u64, Problem> {
    Duration::parse(text).map(Duration::millis).ok_or_else(|| {
        let detail = format!("`{field}`: `{text}` is no length of time: write `15m`, `24h` or `30d`");
        Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail)
    })
}

/// How many entries a list has at most, unless asked for fewer.
pub fn page_size(asked: Option<u32>) -> u32 {
    asked.unwrap_or(100).clamp(1, 1000)
}
