use std::sync::Arc;

use data_plane_core::config::Snapshot;
use data_plane_core::error::{Code, Refusal};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};

use super::failed::what;
use crate::state::Router;

/// Pins the snapshot that the whole request is served from, unless the router is about to stop or may not serve.
pub(crate) fn receive(router: &Router) -> Result<Arc<Snapshot>, Refusal> {
    if router.is_draining() {
        return Err(draining());
    }
    valid(router)
}

/// The snapshot to serve from, unless the router was revoked or has been without its control plane for too long.
pub(crate) fn valid(router: &Router) -> Result<Arc<Snapshot>, Refusal> {
    if router.is_revoked() {
        return Err(Refusal::new(Code::ConfigExpired, "the router was revoked and serves nothing any more"));
    }
    let snapshot = pin(router)?;
    if router.has_expired(&snapshot) {
        let message =
            "the router has been without its control plane for longer than `settings.max_disconnected` allows";
        return Err(Refusal::new(Code::ConfigExpired, message));
    }
    Ok(snapshot)
}

pub(super) fn draining() -> Refusal {
    Refusal::new(Code::Draining, what(Code::Draining))
}

/// The snapshot that is held, valid or not.
pub(crate) fn pin(router: &Router) -> Result<Arc<Snapshot>, Refusal> {
    router.snapshot.load_full().ok_or_else(|| {
        Refusal::new(
            Code::ConfigUnavailable,
            "the router has no configuration yet; it is waiting for its control plane",
        )
    })
}

/// Checks what the headers tell about the body, before a byte of it is read.
pub(super) fn check_body(headers: &HeaderMap, limit: usize) -> Result<(), Refusal> {
    media_type(headers)?;
    size(headers, limit)
}

fn media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let refusal = |message| Err(Refusal::new(Code::UnsupportedMediaType, message));
    for value in headers.get_all(CONTENT_TYPE) {
        if !value.to_str().is_ok_and(is_json) {
            return refusal("the body must be `application/json` in UTF-8");
        }
    }
    for value in headers.get_all(CONTENT_ENCODING) {
        if !value.as_bytes().eq_ignore_ascii_case(b"identity") {
            return refusal("encoded bodies are not read; send the JSON without `content-encoding`");
        }
    }
    Ok(())
}

fn is_json(value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let json = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("application/json"));
    let utf8 = parts.all(|it| match it.split_once('=') {
        Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
            let charset = charset.trim().trim_matches('"');
            charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
        }
        _ => true,
    });
    json && utf8
}

fn size(headers: &HeaderMap, limit: usize) -> Result<(), Refusal> {
    let length = headers.get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > limit as u64 => Err(too_large(limit)),
        _ => Ok(()),
    }
}

pub(super) fn too_large(limit: usize) -> Refusal {
    Refusal::new(Code::RequestTooLarge, format!("the body is larger than the router's limit of {limit} bytes"))
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn only_json_in_utf8_is_json() {
        for accepted in [
            "application/json",
            "Application/JSON; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json; v=1",
        ] {
            assert!(is_json(accepted), "{accepted}");
        }
        for refused in [
            "text/plain",
            "application/json; charset=utf-16",
            "multipart/form-data; boundary=x",
            "",
            "application/jsonp",
        ] {
            assert!(!is_json(refused), "{refused}");
        }
    }
}
