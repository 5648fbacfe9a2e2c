use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use web::Theme;

use crate::http::{forgery, input::Posted, problem::Problem};

/// The cookie that says light or dark. It opens nothing.
const COOKIE: &str = "smart_router_theme";

/// What the form says.
#[derive(Deserialize)]
pub struct ThemeForm {
    theme: String,
    #[serde(default)]
    return_to: String,
}

/// The theme that a browser wants.
pub fn of(headers: &HeaderMap) -> Theme {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = cookies.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).and_then(|(_, value)| Theme::parse(value)).unwrap_or_default()
}

/// Keeps the theme in the browser, and goes back. It opens nothing and there may be no session whose pages know something: that these
/// pages have sent the form, the browser tells.
pub async fn set(headers: HeaderMap, Posted(form): Posted<ThemeForm>) -> Result<Response, Problem> {
    if !forgery::is_sent_from_here(&headers) {
        return Err(forgery::forged());
    }
    let theme = Theme::parse(&form.theme).unwrap_or_default();
    let cookie = format!("{COOKIE}={theme}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
    let cookie = HeaderValue::from_str(&cookie).expect("a theme is a word");
    let mut response = Redirect::to(&back(&form.return_to)).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A path of these pages; never another site.
fn back(wanted: &str) -> String {
    let own = wanted.starts_with('/') && !wanted.starts_with("//") && !wanted.contains(['\\', '\r', '\n', '\t']);
    if own { wanted.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn going_back_never_leads_elsewhere() {
        for wanted in ["//evil.example", "https://evil.example", "/\\evil.example", "", "javascript:x", "/a\r\nx: y"] {
            assert_eq!(back(wanted), "/", "{wanted}");
        }
        assert_eq!(back("/requests?since=7d"), "/requests?since=7d");
    }
}
