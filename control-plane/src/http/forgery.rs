//! Requests that another site makes a browser send: whoever shows a cookie must also show that these pages sent it.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::{App, problem::Problem};

/// The header with what the session's pages know and others do not.
pub const HEADER: &str = "x-csrf-token";
/// The same in a form.
pub const FIELD: &str = "csrf";
/// Larger forms are sent by scripts, which have the header.
const LONGEST_FORM: usize = 1024 * 1024;

/// Lets what changes nothing pass, what comes without a cookie (`csrf`: what the pages of its session know), and what these pages
/// have sent. Reads a form to look for its field, and gives it back.
pub async fn checked(app: &App, csrf: Option<&[u8; 32]>, parts: &Parts, body: Body) -> Result<Body, Problem> {
    let Some(csrf) = csrf.filter(|_| changes(&parts.method)) else { return Ok(body) };
    let site = app.here.site(parts).map_err(|_| forged())?;
    if !site.sent(&parts.headers) {
        return Err(forged());
    }
    if let Some(shown) = parts.headers.get(HEADER) {
        return if shows(shown.as_bytes(), csrf) { Ok(body) } else { Err(forged()) };
    }
    if !is_form(&parts.headers) {
        return Err(forged());
    }
    let form = to_bytes(body, LONGEST_FORM).await.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request-too-large", "the form is larger than 1 MiB")
    })?;
    let found = form_urlencoded::parse(&form).find(|(name, _)| name == FIELD);
    if !found.is_some_and(|(_, value)| shows(value.as_bytes(), csrf)) {
        return Err(forged());
    }
    Ok(Body::from(form))
}

/// Whether a request may change something.
pub fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// What the pages of a session send along, as one answer has it: half of it is a mask that is drawn for this answer alone, so that
/// nothing follows from how well answers compress.
pub fn masked(token: &[u8; 32]) -> String {
    let mask = rand::random::<[u8; 32]>();
    let mut both = [0; 64];
    for at in 0..32 {
        both[at] = mask[at];
        both[32 + at] = mask[at] ^ token[at];
    }
    BASE64_URL_SAFE_NO_PAD.encode(both)
}

/// Whether a text is that, under whatever mask; in constant time.
pub fn shows(shown: &[u8], token: &[u8; 32]) -> bool {
    let both = BASE64_URL_SAFE_NO_PAD.decode(shown).ok().and_then(|it| <[u8; 64]>::try_from(it).ok());
    both.is_some_and(|both| {
        let bare: [u8; 32] = std::array::from_fn(|at| both[at] ^ both[32 + at]);
        bare.ct_eq(token).into()
    })
}

/// Whether a page of the same host has sent a request, as far as the browser tells: for what opens nothing, and is done without a session.
pub fn is_sent_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|it| it.to_str().ok());
    match (text("sec-fetch-site"), text("origin"), text("host")) {
        (Some(site), _, _) => site == "same-origin",
        (None, Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, it)| it.eq_ignore_ascii_case(host))
        }
        _ => false,
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// What is told of a request that these pages have not sent.
pub fn forged() -> Problem {
    let detail = "these pages have not sent this request, as far as the browser tells: load the page again, and send it from there. \
                  A program uses an admin token instead of a cookie";
    Problem::new(StatusCode::FORBIDDEN, "forged-request", detail)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_form_of_another_site_is_known_by_what_the_browser_tells() {
        let sent = |headers: &[(&'static str, &'static str)]| {
            let named = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            is_sent_from_here(&named.collect())
        };
        let (host, own) = (("host", "a.example:1"), ("origin", "https://a.example:1"));
        assert!(sent(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(sent(&[host, own]));
        for headers in [
            &[("sec-fetch-site", "cross-site"), host, own][..],
            &[("sec-fetch-site", "none"), host],
            &[host, ("origin", "https://b.example")],
            &[host, ("origin", "null")],
            &[host],
            &[],
        ] {
            assert!(!sent(headers), "{headers:?}");
        }
    }

    #[test]
    fn what_pages_send_along_differs_in_each_answer_and_says_the_same() {
        let (token, other) = ([7; 32], [8; 32]);
        let (one, two) = (masked(&token), masked(&token));
        assert_ne!(one, two);
        assert!(shows(one.as_bytes(), &token) && shows(two.as_bytes(), &token));
        assert!(!shows(one.as_bytes(), &other));
        let bare = BASE64_URL_SAFE_NO_PAD.encode(token);
        for bad in ["", "x", bare.as_str(), &one[1..], &format!("{one}A"), &format!("{one}=")] {
            assert!(!shows(bad.as_bytes(), &token), "{bad}");
        }
    }
}
