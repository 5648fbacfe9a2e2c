use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use super::view;
use crate::{
    login::{Failed, LoginError},
    manage::ManageError,
};

/// Nothing but the documentation's style, no frame, and forms to here alone.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A page of the login. What stands in its address is told to nobody.
pub fn page(status: StatusCode, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, html).into_response()
}

/// A page that says one thing.
pub fn told(status: StatusCode, title: &str, text: &str) -> Response {
    page(status, view::told(title, text))
}

/// Sends the browser on, with cookies.
pub fn redirect(to: &str, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    with_cookies(Redirect::to(to).into_response(), cookies)
}

/// The same answer with cookies.
pub fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    for cookie in cookies {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// What somebody is told whom the database did not let in.
pub fn of_manage(error: &ManageError) -> Response {
    tracing::error!(%error, "a login failed");
    let text = "The control plane cannot reach its database, or could not do what was asked. Try again in a moment.";
    told(StatusCode::SERVICE_UNAVAILABLE, "Not now", text)
}

/// What somebody is told whom a provider did not let in. What exactly was wrong is for the log: it may help whoever tries.
pub fn of_failed(failed: &Failed) -> Response {
    let (status, title, text) = match failed {
        Failed::Manage(error) => return of_manage(error),
        Failed::Login(LoginError::Down(_)) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Your login provider does not answer",
            "Nobody can log in with it at the moment. Who is logged in already stays so. The control plane's log says more; try again \
             in a moment, or log in another way."
                .to_owned(),
        ),
        Failed::Login(LoginError::Refused(_)) => (
            StatusCode::FORBIDDEN,
            "The login was refused",
            "What your login provider has sent is not what was asked for. Begin again; if it happens again, the control plane's log \
             says what is wrong."
                .to_owned(),
        ),
        Failed::Login(LoginError::Declined(word)) => {
            (StatusCode::FORBIDDEN, "Not logged in", format!("Your login provider did not log you in: {word}"))
        }
        Failed::Login(LoginError::NotAdmitted(refusal)) => {
            let text = format!("You cannot enter: {refusal}. Ask an administrator of this installation.");
            (StatusCode::FORBIDDEN, "No access", text)
        }
        Failed::NoProvider => (StatusCode::NOT_FOUND, "No such provider", failed.to_string()),
        Failed::TooMany => (StatusCode::SERVICE_UNAVAILABLE, "Not now", failed.to_string()),
        Failed::NotBegun => (StatusCode::BAD_REQUEST, "Begin again", failed.to_string()),
    };
    told(status, title, &text)
}
