use data_plane_core::dialect::Dialect;
use data_plane_core::dialect::headers::headers as dialect_headers;
use data_plane_core::dialect::refusal::render;
use data_plane_core::error::{Refusal, headers};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};

use crate::body::Body;

/// The one place where a refusal becomes an answer, in the caller's dialect.
pub(crate) fn refuse(dialect: Dialect, refusal: &Refusal, request_id: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(render(dialect, refusal, request_id)));
    let status = StatusCode::from_u16(refusal.code.status()).expect("the registry's statuses are valid");
    *response.status_mut() = status;
    let map = response.headers_mut();
    map.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    insert_all(map, headers(refusal));
    if status == StatusCode::UNAUTHORIZED {
        map.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    stamp_id(map, dialect, request_id);
    response
}

/// The request's id, under the names that the dialect's clients look for.
pub(crate) fn stamp_id(headers: &mut HeaderMap, dialect: Dialect, request_id: &str) {
    let id = HeaderValue::from_str(request_id).expect("ids are hexadecimal");
    if let Some(own) = dialect_headers(dialect).request_id {
        headers.insert(own, id.clone());
    }
    headers.insert("x-request-id", id);
}

/// Headers whose values are made of digits and letters.
pub(super) fn insert_all(headers: &mut HeaderMap, pairs: Vec<(&'static str, String)>) {
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}
