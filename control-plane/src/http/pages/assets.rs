use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use web::assets;

use super::answer::accepts;

/// A file that pages load. Under another digest than ours a browser has the page of another build: it gets what there is, and keeps
/// it not.
pub async fn asset(Path((digest, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = assets::find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let (coding, bytes) = if accepts(&headers, "br") {
        (Some("br"), asset.brotli)
    } else if accepts(&headers, "gzip") {
        (Some("gzip"), asset.gzip)
    } else {
        (None, asset.plain)
    };
    let kept = if digest == assets::DIGEST { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    for (name, value) in
        [(header::CONTENT_TYPE, asset.media_type()), (header::CACHE_CONTROL, kept), (header::VARY, "Accept-Encoding")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

/// Whose work the pages are made of.
pub async fn licences() -> Response {
    let text = assets::find("licences.txt").map_or(&b""[..], |it| it.plain);
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// What browsers ask for whatever a page says.
pub async fn favicon() -> Response {
    let icon = assets::find("logo.svg").map_or(&b""[..], |it| it.plain);
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, icon).into_response()
}
