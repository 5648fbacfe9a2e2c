use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde_json::Value;

use crate::body::Body;

/// A JSON answer of status 200.
pub(super) fn json(value: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
