//! Failures as pages: what a handler or a guard tells a program as a problem is told a person in words, with a way out, and with
//! what was being written.

mod kept;

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use url::{Url, form_urlencoded::Serializer};
use web::{
    Screen,
    failure::{FailureKind, FailurePage, SentForm},
};

use super::{
    address::Address,
    answer::{PageAnswer, takes_gzip},
    reader::{around_caller, chrome},
};
use crate::{
    http::{
        App,
        access::visitor,
        admin::Admin,
        problem::{InWords, Problem},
        request_id::RequestId,
    },
    login::CallerSession,
};

/// Where people log in.
const LOGIN: &str = "/login";
/// As large as a form may be.
const LONGEST_FORM: usize = 1024 * 1024;

/// Stands around every page: what failed inside becomes a page, too, or a way to the login.
pub async fn readable(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let asked = parts.clone();
    let (form, response) = if kept::is_form(&parts) {
        match to_bytes(body, LONGEST_FORM).await {
            Ok(form) => (form.clone(), next.run(Request::from_parts(parts, Body::from(form))).await),
            Err(_) => (Bytes::new(), too_large().into_response()),
        }
    } else {
        (Bytes::new(), next.run(Request::from_parts(parts, body)).await)
    };
    let Some(said) = said(&response) else { return response };
    let caller = response.extensions().get::<CallerSession>().cloned();
    let admin = match response.extensions().get::<Admin>() {
        Some(admin) => Some(admin.clone()),
        None if caller.is_some() => None,
        None => visitor(&app, &asked).await,
    };
    let (kept, again) = (kept::of(&app, &asked, &form), kept::whole(&app, &asked, &form));
    let failure = FailedAnswer { parts: &asked, status: response.status(), said, admin, caller, kept, again };
    failure.answer(&app, &response)
}

/// What somebody is told who asks for what no route has: a page in a browser, a problem elsewhere.
pub async fn nowhere(app: &App, request: Request, problem: Problem) -> Response {
    let (parts, _) = request.into_parts();
    let response = problem.into_response();
    if !wants_page(&parts.headers) || parts.uri.path().starts_with("/api/") {
        return response;
    }
    let admin = visitor(app, &parts).await;
    let said = said(&response).map_or_else(unsaid, |it| InWords { detail: String::new(), ..it });
    FailedAnswer { parts: &parts, status: response.status(), said, admin, caller: None, kept: Vec::new(), again: None }
        .answer(app, &response)
}

/// The same where no route was looked at: nobody is known there.
pub fn outside(app: &App, parts: &Parts, problem: Problem) -> Response {
    let response = problem.into_response();
    let Some(said) = said(&response).filter(|_| wants_page(&parts.headers)) else { return response };
    FailedAnswer { parts, status: response.status(), said, admin: None, caller: None, kept: Vec::new(), again: None }
        .answer(app, &response)
}

/// Browsers say that they take pages, programs that they take anything.
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|it| it.to_str().ok());
    accepted.flat_map(|it| it.split(',')).any(|it| it.trim().split(';').next() == Some("text/html"))
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request-too-large", "the form is larger than 1 MiB, or was cut off")
}

fn unsaid() -> InWords {
    InWords { code: "", detail: String::new(), mistakes: Vec::new() }
}

/// What went wrong, where something did that is no page itself.
fn said(response: &Response) -> Option<InWords> {
    if let Some(said) = response.extensions().get::<InWords>() {
        return Some(said.clone());
    }
    let failed = response.status().is_client_error() || response.status().is_server_error();
    let media_type = response.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    (failed && !media_type.starts_with("text/html")).then(unsaid)
}

/// A request that failed, and for whom.
struct FailedAnswer<'a> {
    parts: &'a Parts,
    status: StatusCode,
    said: InWords,
    admin: Option<Admin>,
    caller: Option<CallerSession>,
    kept: Vec<(String, String)>,
    again: Option<Vec<(String, String)>>,
}

impl FailedAnswer<'_> {
    /// As a page; a way to the login, where that is what is missing and nothing would be lost on it; nothing new on a page that
    /// only asked for a part of itself.
    fn answer(self, app: &App, response: &Response) -> Response {
        let kind = self.kind();
        let logs_in = matches!(kind, FailureKind::LoggedOut | FailureKind::LogInAgain);
        if self.parts.headers.contains_key("hx-request") {
            let (name, value) = if logs_in { ("hx-refresh", "true") } else { ("hx-reswap", "none") };
            return (self.status, [(name, value)]).into_response();
        }
        if logs_in && self.kept.iter().map(|it| it.1.len()).sum::<usize>() < kept::WORTH {
            return Redirect::to(&self.login(kind)).into_response();
        }
        let (gzip, status) = (takes_gzip(&self.parts.headers), self.status);
        let mut chrome = match &self.caller {
            Some(caller) => around_caller(app, self.parts, caller),
            None => chrome(app, self.parts, self.admin.as_ref(), &Address::default()),
        };
        kind.title().clone_into(&mut chrome.title);
        let screens = chrome.nav.iter().flat_map(|it| &it.items).map(|it| it.screen).collect::<Vec<_>>();
        let view = self.view(kind, &screens);
        let html = web::View::page(&view, &chrome);
        let mut page = PageAnswer { nonce: chrome.nonce, html, gzip, status }.into_response();
        for name in [header::RETRY_AFTER, header::ALLOW] {
            if let Some(value) = response.headers().get(&name) {
                page.headers_mut().insert(name, value.clone());
            }
        }
        page
    }

    const fn is_read(&self) -> bool {
        matches!(self.parts.method, Method::GET | Method::HEAD)
    }

    fn kind(&self) -> FailureKind {
        use FailureKind as Kind;
        match (self.status.as_u16(), self.said.code) {
            (_, "recent-login-required") => Kind::LogInAgain,
            (_, "forged-request") => Kind::Forged,
            (_, "store-unavailable") => Kind::DatabaseAway,
            (401, _) => Kind::LoggedOut,
            (403, _) => Kind::NotPermitted,
            (404, _) => Kind::NotFound,
            (405, _) => Kind::NoPage,
            (409 | 412 | 428, _) => Kind::Changed,
            (429, _) => Kind::TooMany,
            (400..=499, _) => Kind::Mistaken,
            (503, _) => Kind::Busy,
            _ => Kind::Broken,
        }
    }

    /// The page that somebody was on: the one that was asked for, or the one with the form.
    fn from(&self) -> Option<String> {
        if self.is_read() {
            return self.parts.uri.path_and_query().map(ToString::to_string);
        }
        // The browser tells it to these pages alone.
        let referer = self.parts.headers.get(header::REFERER).and_then(|it| it.to_str().ok());
        let Some(page) = referer.and_then(|it| Url::parse(it).ok()) else {
            // A form goes where its page is, or beside it.
            return Some(self.parts.uri.path().to_owned());
        };
        let query = page.query().map(|it| format!("?{it}")).unwrap_or_default();
        Some(format!("{}{query}", page.path()))
    }

    fn login(&self, kind: FailureKind) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.from().map(|it| ("return_to", it)));
        query.extend_pairs((kind == FailureKind::LogInAgain).then_some(("again", "true")));
        let query = query.finish();
        if query.is_empty() { LOGIN.to_owned() } else { format!("{LOGIN}?{query}") }
    }

    fn view(self, kind: FailureKind, screens: &[Screen]) -> FailurePage {
        let help = match kind {
            FailureKind::LoggedOut | FailureKind::LogInAgain => Some(("Log in", self.login(kind))),
            _ if !self.is_read() => self.from().map(|it| ("Load the form again", it)),
            FailureKind::Mistaken if self.parts.uri.query().is_some() => {
                Some(("The page as it usually is", self.parts.uri.path().to_owned()))
            }
            _ if kind.passes() => self.from().map(|it| ("Try again", it)),
            _ => None,
        };
        // What these mean is said already, and their words are for programs.
        let is_told = matches!(
            kind,
            FailureKind::Forged
                | FailureKind::LoggedOut
                | FailureKind::LogInAgain
                | FailureKind::DatabaseAway
                | FailureKind::TooMany
        );
        let action = self.parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        FailurePage {
            kind,
            status: self.status.as_u16(),
            ways: self.ways(screens),
            help: help.map(|(words, path)| (words.to_owned(), path)),
            request_id: self.parts.extensions.get::<RequestId>().map(|it| it.0.clone()).unwrap_or_default(),
            detail: if is_told { String::new() } else { sentence(&self.said.detail) },
            mistakes: self.said.mistakes,
            kept: self.kept,
            again: self.again.filter(|_| kind.did_nothing()).map(|fields| SentForm { action, fields }),
        }
    }

    /// The list that what was asked for belongs to, and the first page of all.
    fn ways(&self, screens: &[Screen]) -> Vec<(String, String)> {
        let path = self.parts.uri.path();
        let is_above = |it: &&Screen| path.strip_prefix(it.path()).is_some_and(|rest| rest.starts_with('/'));
        let above = screens.iter().find(is_above).map(|it| (it.title().to_owned(), it.path().to_owned()));
        let first = screens.first().filter(|it| it.path() != path);
        let first =
            first.map(|it| (it.title().to_owned(), it.path().to_owned())).filter(|it| above.as_ref() != Some(it));
        let nobody = self.admin.is_none() && self.caller.is_none();
        let login = nobody.then(|| ("Go to the login".to_owned(), self.login(FailureKind::LoggedOut)));
        above.into_iter().chain(first).chain(login).collect()
    }
}

/// What the API says, as it stands on a page.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if detail.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}
