//! Requests that another site makes a browser send: whoever shows a cookie must also show that these pages sent it.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::{App, admin::Admin, problem::Problem};

/// The header with what the session's pages know and others do not.
pub const HEADER: &str = "x-csrf-token";
/// The same in a form.
pub const FIELD: &str = "csrf";
/// Larger forms are sent by scripts, which have the header.
const LONGEST_FORM: usize = 1024 * 1024;

/// Lets what changes nothing pass, what comes without a cookie, and what these pages have sent. Reads a form to look for its field,
/// and gives it back.
pub async fn checked(app: &App, admin: &Admin, parts: &Parts, body: Body) -> Result<Body, Problem> {
    let Some(session) = admin.session.as_ref().filter(|_| changes(&parts.method)) else { return Ok(body) };
    let site = app.here.site(parts).map_err(|_| forged())?;
    if !site.sent(&parts.headers) {
        return Err(forged());
    }
    if let Some(shown) = parts.headers.get(HEADER) {
        return if same(shown.as_bytes(), &session.csrf) { Ok(body) } else { Err(forged()) };
    }
    if !is_form(&parts.headers) {
        return Err(forged());
    }
    let form = to_bytes(body, LONGEST_FORM).await.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request-too-large", "the form is larger than 1 MiB")
    })?;
    let found = form_urlencoded::parse(&form).find(|(name, _)| name == FIELD);
    if !found.is_some_and(|(_, value)| same(value.as_bytes(), &session.csrf)) {
        return Err(forged());
    }
    Ok(Body::from(form))
}

/// Whether a request may change something.
pub fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether two texts are the same, in constant time.
pub fn same(shown: &[u8], expected: &str) -> bool {
    shown.ct_eq(expected.as_bytes()).into()
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn forged() -> Problem {
    let detail = "these pages have not sent this request, as far as the browser tells: load the page again, and send it from there. \
                  A program uses an admin token instead of a cookie";
    Problem::new(StatusCode::FORBIDDEN, "forged-request", detail)
}
