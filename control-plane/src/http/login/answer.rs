use axum::{
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use web::{Chrome, Tone, View, login::LoginTold};

use crate::{
    http::{App, pages},
    login::{Failed, LoginError},
    manage::ManageError,
};

/// Nothing but styles and pictures, no script at all, no frame, and forms to here alone.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// How the pages of the login look in one browser.
pub struct Look {
    chrome: Chrome,
    gzip: bool,
}

impl Look {
    /// As the request asks for it.
    pub fn of(app: &App, parts: &Parts) -> Self {
        Self { chrome: pages::bare(app, parts), gzip: pages::takes_gzip(&parts.headers) }
    }

    /// A page of the login; `csrf` is what its form sends along. What stands in its address is told to nobody.
    pub fn page(mut self, status: StatusCode, csrf: String, view: &impl View) -> Response {
        self.chrome.csrf = csrf;
        let html = view.page(&self.chrome);
        let mut response =
            pages::PageAnswer { nonce: self.chrome.nonce, html, gzip: self.gzip, status }.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }

    /// A page that says one thing.
    pub fn told(self, status: StatusCode, title: &str, text: &str) -> Response {
        let tone = if status.is_server_error() { Tone::Warning } else { Tone::Bad };
        let (title, text) = (title.to_owned(), text.to_owned());
        self.page(status, String::new(), &LoginTold { tone, title, text, try_again: true, onwards: None })
    }

    /// What is told at an address from which too much has come.
    pub fn too_many(self, text: &str) -> Response {
        let mut response = self.told(StatusCode::TOO_MANY_REQUESTS, "Too many attempts", text);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        response
    }

    /// What somebody is told who is out; `onwards`: to the provider, to log out there, too.
    pub fn logged_out(self, onwards: Option<String>) -> Response {
        let text = match onwards {
            Some(_) => "You are being logged out with your login provider, too.",
            None => "Whoever uses this browser next must log in.",
        };
        let view = LoginTold {
            tone: Tone::Good,
            title: "Logged out".to_owned(),
            text: text.to_owned(),
            try_again: true,
            onwards: onwards.map(|address| ("Log out with your login provider, too".to_owned(), address)),
        };
        self.page(StatusCode::OK, String::new(), &view)
    }

    /// What somebody is told whom the database did not let in.
    pub fn of_manage(self, error: &ManageError) -> Response {
        tracing::error!(%error, "a login failed");
        let text = "The control plane cannot reach its database, or could not do what was asked. Routers keep serving callers. Try \
                    again in a moment.";
        self.told(StatusCode::SERVICE_UNAVAILABLE, "Not now", text)
    }

    /// What somebody is told whom a provider did not let in. What exactly was wrong is for the log: it may help whoever tries.
    pub fn of_failed(self, failed: &Failed, provider: &str) -> Response {
        let (status, title, text) = match failed {
            Failed::Manage(error) => return self.of_manage(error),
            Failed::Login(LoginError::Down(_)) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Your login provider does not answer",
                "Nobody can log in with it at the moment. Who is logged in already stays so. The control plane's log says more; try \
                 again in a moment, or log in another way."
                    .to_owned(),
            ),
            Failed::Login(LoginError::Refused(_)) => (
                StatusCode::FORBIDDEN,
                "The login was refused",
                "What your login provider has sent is not what was asked for. Begin again; if it happens again, the control plane's \
                 log says what is wrong."
                    .to_owned(),
            ),
            Failed::Login(LoginError::Declined(word)) => {
                (StatusCode::FORBIDDEN, "Not logged in", format!("Your login provider did not log you in: {word}"))
            }
            Failed::Login(LoginError::NotAdmitted(refusal)) => {
                let text = format!("You cannot enter: {refusal}. Ask an administrator of this installation.");
                // The provider would let the same one in again, without a word.
                let other = format!("/login/oidc/{provider}?other=true");
                let view = LoginTold {
                    tone: Tone::Bad,
                    title: "No access".to_owned(),
                    text,
                    try_again: true,
                    onwards: Some(("Choose another account".to_owned(), other)),
                };
                return self.page(StatusCode::FORBIDDEN, String::new(), &view);
            }
            Failed::NoProvider => (StatusCode::NOT_FOUND, "No such provider", failed.to_string()),
            Failed::TooMany => (StatusCode::SERVICE_UNAVAILABLE, "Not now", failed.to_string()),
            Failed::NotBegun => (StatusCode::BAD_REQUEST, "Begin again", failed.to_string()),
        };
        self.told(status, title, &text)
    }
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
