use std::{collections::HashSet, fmt, str::FromStr};

use axum::{
    body::Bytes,
    extract::{Form, FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
    response::IntoResponse,
};
use control_plane_core::document::Duration;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor},
};

use super::problem::{Place, Problem};

/// A JSON body. Unknown keys are errors, because the types of this API refuse them.
pub struct JsonBody<T>(pub T);

/// A query string, as strict as a body.
pub struct Asked<T>(pub T);

/// A form that a page has sent.
pub struct Posted<T>(pub T);

/// What varies in a path.
pub struct InPath<T>(pub T);

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
        read(&body).map(Self).map_err(|(line, column, message)| {
            let detail = format!("the body is not as it should be: {message}");
            let place = Place { severity: "error", line, column, path: String::new(), message };
            Problem::new(StatusCode::BAD_REQUEST, "invalid-request", detail).with(vec![place])
        })
    }
}

/// A JSON body, or where it is wrong and how. Its values are not repeated: they may be secrets, and stand where none is
/// expected.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, (usize, usize, String)> {
    // serde takes a list of the values for an object: its names would not be looked at.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err((1, 1, "invalid type: sequence, expected an object".to_owned()));
    }
    // Of two members of one name the last would win, without a word.
    serde_json::from_slice::<Unambiguous>(body).map_err(|error| {
        // What is not JSON at all is told as the type that is read has it.
        (error.line(), error.column(), without_values(&error.to_string()))
    })?;
    serde_json::from_slice(body).map_err(|error| (error.line(), error.column(), without_values(&error.to_string())))
}

/// Any JSON in which no object has two members of one name.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = Unambiguous;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unambiguous, A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value::<Unambiguous>()?;
            if !seen.insert(name) {
                return Err(A::Error::custom("an object has two members of one name"));
            }
        }
        Ok(Unambiguous)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Unambiguous, A::Error> {
        while entries.next_element::<Unambiguous>()?.is_some() {}
        Ok(Unambiguous)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_str<E>(self, _: &str) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }

    fn visit_unit<E>(self) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }
}

/// What serde says without the values that it quotes. It names what it expects in back quotes, and values in none.
fn without_values(message: &str) -> String {
    for kind in ["invalid type: ", "invalid value: "] {
        let Some(rest) = message.strip_prefix(kind) else { continue };
        // The value may hold anything, even these words: what is expected is what follows the last of them.
        let Some((found, expected)) = rest.rsplit_once(", expected ") else {
            return kind.trim_end_matches(": ").to_owned();
        };
        let what = found.split([' ', '`', '"']).next().unwrap_or_default();
        return format!("{kind}{what}, expected {expected}");
    }
    // An unknown name is quoted, too: it may be a secret where a name belongs.
    match message.strip_prefix("unknown variant `").and_then(|rest| rest.rsplit_once("`, expected ")) {
        Some((_, expected)) => format!("unknown variant, expected {expected}"),
        None => message.to_owned(),
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::from_request_parts(parts, state).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|rejection| {
            Problem::new(StatusCode::BAD_REQUEST, "invalid-request", in_words(&rejection.body_text()))
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Posted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let posted = Form::from_request(request, state).await;
        posted.map(|Form(posted)| Self(posted)).map_err(|rejection| {
            let (status, text) = (rejection.status(), rejection.body_text());
            match status {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    Problem::new(status, "request-too-large", "the form is larger than 4 MiB")
                }
                StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::new(
                    status,
                    "unsupported-media-type",
                    "send the form as `Content-Type: application/x-www-form-urlencoded`",
                ),
                _ => Problem::new(StatusCode::BAD_REQUEST, "invalid-request", in_words(&text)),
            }
        })
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = Path::from_request_parts(parts, state).await;
        found.map(|Path(found)| Self(found)).map_err(|rejection| {
            // What there is by name is looked for; only a number or broken UTF-8 comes here.
            let number = rejection.body_text().contains("Cannot parse");
            let what = if number { "a part of the path must be a whole number" } else { "the path is not UTF-8" };
            Problem::new(StatusCode::BAD_REQUEST, "invalid-request", what)
        })
    }
}

/// What is wrong with a query or a form, in the words of this API instead of its reader's.
fn in_words(message: &str) -> String {
    let prefixes =
        ["Failed to deserialize query string: ", "Failed to deserialize form body: ", "Failed to deserialize form: "];
    let rest = prefixes.iter().find_map(|it| message.strip_prefix(it)).unwrap_or(message);
    let listed = |expected: &str| expected.trim_start_matches("one of ").to_owned();
    let (name, what) = rest.split_once(": ").unwrap_or(("", rest));
    if let Some((unknown, expected)) = what.strip_prefix("unknown field ").and_then(|it| it.split_once(", expected ")) {
        return format!("{unknown} is no parameter of this path; it has {}", listed(expected));
    }
    if let Some((_, name)) = rest.split_once("missing field ") {
        return format!("{name} is missing");
    }
    if let Some((_, name)) = rest.split_once("duplicate field ") {
        return format!("{name} is said twice");
    }
    if what.starts_with("unknown field ") {
        return "this path has no parameters".to_owned();
    }
    if let Some((_, expected)) = what.strip_prefix("unknown variant ").and_then(|it| it.split_once(", expected ")) {
        return format!("`{name}` must be {}", listed(expected));
    }
    if what.contains("invalid digit") || what.contains("cannot parse integer") || what.contains("too large to fit") {
        return format!("`{name}` must be a whole number");
    }
    if what.contains(" is no limit: ") {
        return what.to_owned();
    }
    format!("what was asked is not as it should be: {rest}")
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

/// How many entries a list has at most: the same words and bounds for all lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSize(u32);

impl PageSize {
    const LARGEST: u32 = 1000;

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self(100)
    }
}

impl FromStr for PageSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.parse().ok().filter(|it| (1..=Self::LARGEST).contains(it));
        number.map(Self).ok_or_else(|| format!("`{text}` is no limit: write 1 to {}", Self::LARGEST))
    }
}

impl<'de> Deserialize<'de> for PageSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::{PageSize, in_words, read};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        #[expect(dead_code, reason = "read to see it refused")]
        value: String,
        #[expect(dead_code, reason = "read to see it refused")]
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Key,
    }

    #[test]
    fn a_wrong_query_is_told_in_plain_words() {
        let prefix = "Failed to deserialize query string: ";
        for (said, told) in [
            (
                "unknown field `limt`, expected `before` or `limit`",
                "`limt` is no parameter of this path; it has `before` or `limit`",
            ),
            (
                "limt: unknown field `limt`, expected one of `a`, `b`, `c`",
                "`limt` is no parameter of this path; it has `a`, `b`, `c`",
            ),
            ("duplicate field `state`", "`state` is said twice"),
            ("state: duplicate field `state`", "`state` is said twice"),
            ("missing field `csrf`", "`csrf` is missing"),
            ("limit: invalid digit found in string", "`limit` must be a whole number"),
            ("format: unknown variant `xml`, expected `yaml` or `json`", "`format` must be `yaml` or `json`"),
        ] {
            assert_eq!(in_words(&format!("{prefix}{said}")), told);
        }
    }

    #[test]
    fn a_page_has_the_bounds_that_are_documented() {
        for (text, number) in
            [("1", Some(1)), ("1000", Some(1000)), ("0", None), ("1001", None), ("-1", None), ("x", None)]
        {
            assert_eq!(text.parse::<PageSize>().ok().map(PageSize::get), number, "{text}");
        }
        assert_eq!(PageSize::default().get(), 100);
        assert_eq!(in_words("limit: `0` is no limit: write 1 to 1000"), "`0` is no limit: write 1 to 1000");
    }

    #[test]
    fn what_is_wrong_is_told_without_the_values() {
        for (body, told) in [
            (r#""sk-planted""#, "invalid type: string, expected struct Input at line 1 column 12"),
            (r#""sk-planted, expected x""#, "invalid type: string, expected struct Input"),
            (r#"["sk-planted", "sk-planted"]"#, "invalid type: sequence, expected an object"),
            ("{\"value\": 4711}", "invalid type: integer, expected a string at line 1 column 14"),
            (r#"{"value": "x", "kind": "sk-planted"}"#, "unknown variant, expected `key`"),
            (r#"{"valu": "sk-planted"}"#, "unknown field `valu`, expected `value` or `kind`"),
            (r#"{"value": "a", "value": "sk-planted"}"#, "an object has two members of one name"),
            (r#"{"value": "sk-planted""#, "EOF while parsing an object"),
        ] {
            let (_, _, message) = read::<Input>(body.as_bytes()).expect_err(body);
            assert!(message.starts_with(told), "{body}: {message}");
            assert!(!message.contains("planted") && !message.contains("4711"), "{body}: {message}");
        }
    }
}
