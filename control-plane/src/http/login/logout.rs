use std::time::Instant;

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use control_plane_core::Secret;
use serde::Deserialize;
use serde_json::json;

use super::{
    Browser,
    answer::{self, Look},
};
use crate::{
    http::{
        App,
        admin::Admin,
        here::peer,
        input::{InPath, Posted},
    },
    login::{CallerSession, Cookie, Failed, LoginError},
};

/// What a browser has stored for these pages goes. Not `"cookies"`: that removes those of all hosts of the domain, whosever they
/// are; ours are removed by name.
const CLEAR: &str = "\"cache\", \"storage\"";

/// What a provider sends when somebody has logged out there.
#[derive(Deserialize)]
pub struct BackChannel {
    logout_token: String,
}

/// Logs somebody out, here and with the provider.
pub async fn log_out(State(app): State<App>, admin: Admin, parts: Parts) -> Response {
    let browser = match Browser::of(&app, &parts) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let Some(cookie) = browser.session.as_ref().filter(|_| admin.session.is_some()) else {
        return browser.look.told(StatusCode::BAD_REQUEST, "Not logged in", "An admin token has no session to end.");
    };
    let left = match app.logins.log_out(cookie).await {
        Ok(left) => left,
        Err(error) => return browser.look.of_manage(&error),
    };
    let onwards = match &left {
        Some((provider, token)) => {
            let token = token.as_ref().map(Secret::expose);
            app.logins.provider_logout(provider, &browser.site, token).await
        }
        None => None,
    };
    // A form may not lead to another site, by way of a redirect neither: the page itself does.
    let response = browser.look.logged_out(onwards);
    let mut response =
        answer::with_cookies(response, [Cookie::Session.remove(&browser.site), Cookie::Login.remove(&browser.site)]);
    let clear = HeaderName::from_static("clear-site-data");
    response.headers_mut().insert(clear, HeaderValue::from_static(CLEAR));
    response
}

/// Closes a caller's own page.
pub async fn log_out_caller(
    State(app): State<App>,
    Extension(session): Extension<CallerSession>,
    parts: Parts,
) -> Response {
    let browser = match Browser::of(&app, &parts) {
        Ok(browser) => browser,
        Err(response) => return *response,
    };
    let ended = match &browser.caller {
        Some(cookie) => app.logins.log_out_caller(cookie, &session.caller).await,
        None => Ok(()),
    };
    if let Err(error) = ended {
        return browser.look.of_manage(&error);
    }
    let mut response = answer::with_cookies(browser.look.logged_out(None), [Cookie::Caller.remove(&browser.site)]);
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static(CLEAR));
    response
}

/// Where a provider sends browsers after a logout.
pub async fn logged_out(State(app): State<App>, parts: Parts) -> Response {
    Look::of(&app, &parts).logged_out(None)
}

/// Ends the sessions of somebody who has logged out with a provider (OpenID Connect Back-Channel Logout 1.0).
pub async fn back_channel(
    State(app): State<App>,
    InPath(provider): InPath<String>,
    parts: Parts,
    Posted(form): Posted<BackChannel>,
) -> Response {
    let address = peer(&parts);
    if address.is_some_and(|it| app.logout_failures.refuses(it, None, Instant::now())) {
        return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")]).into_response();
    }
    let Err(failed) = app.logins.back_channel(&provider, &form.logout_token).await else {
        return StatusCode::OK.into_response();
    };
    let status = match &failed {
        Failed::Manage(_) | Failed::Login(LoginError::Down(_)) => StatusCode::SERVICE_UNAVAILABLE,
        _ => {
            if let Some(address) = address {
                app.logout_failures.failed(address, Instant::now());
            }
            StatusCode::BAD_REQUEST
        }
    };
    let known: String = provider.chars().filter(|it| !it.is_control()).take(64).collect();
    tracing::warn!(provider = known, why = %failed, "a provider's logout was not obeyed");
    (status, Json(json!({"error": "invalid_request"}))).into_response()
}
