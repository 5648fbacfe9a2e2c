use std::io::Write;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD_NO_PAD};
use flate2::{Compression, write::GzEncoder};

/// A page, as a browser gets it: nothing in it runs but our own files, nothing frames it, nobody keeps it.
pub struct PageAnswer {
    /// Of this answer alone.
    pub nonce: String,
    /// The page.
    pub html: String,
    /// Whether the browser understands gzip.
    pub gzip: bool,
    /// What it is told.
    pub status: StatusCode,
}

/// What is worth being compressed, in bytes.
const WORTH: usize = 1_024;

/// Of one answer: what carries it was written here, and not by whoever has put a text on the page.
pub fn nonce() -> String {
    BASE64_STANDARD_NO_PAD.encode(rand::random::<[u8; 16]>())
}

/// Whether a browser understands gzip.
pub fn takes_gzip(headers: &HeaderMap) -> bool {
    accepts(headers, "gzip")
}

/// Whether a browser understands a coding.
pub fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok());
    accepted.flat_map(|it| it.split(',')).any(|it| {
        let (name, weight) = it.trim().split_once(';').unwrap_or((it.trim(), ""));
        name == coding && weight.trim() != "q=0"
    })
}

/// What browsers are kept from, whatever the page.
const GUARDS: [(header::HeaderName, &str); 5] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::VARY, "Accept-Encoding, Cookie, HX-Request"),
    (header::CACHE_CONTROL, "no-store"),
];

const FURTHER: [(&str, &str); 3] = [
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-read=(), clipboard-write=(self)",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

impl IntoResponse for PageAnswer {
    fn into_response(self) -> Response {
        let policy = web::policy(&self.nonce);
        let mut response = if self.gzip && self.html.len() >= WORTH {
            let coded = [(header::CONTENT_ENCODING, "gzip")];
            (self.status, coded, compressed(self.html.as_bytes())).into_response()
        } else {
            (self.status, self.html).into_response()
        };
        let headers = response.headers_mut();
        for (name, value) in GUARDS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        for (name, value) in FURTHER {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let policy = HeaderValue::from_str(&policy).expect("a nonce is Base64");
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::new(4));
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}
