//! Whether a request is framed and addressed as HTTP demands.

use data_plane_core::error::{Code, Refusal};
use http::header::{HOST, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{Method, Request, Version};
use listener::Peer;

/// What is wrong with a request's head, which hyper lets pass: its length is announced twice, or nobody knows whom it is for.
pub(super) fn misframed<B>(peer: &Peer, request: &Request<B>) -> Option<Refusal> {
    if request.method() == Method::CONNECT {
        return Some(Refusal::new(Code::MethodNotAllowed, "this is no proxy: `CONNECT` leads nowhere"));
    }
    let why = if peer.ambiguous {
        "the request has both `content-length` and `transfer-encoding`; send one of them"
    } else {
        coded(request).or_else(|| unaddressed(request))?
    };
    Some(Refusal::new(Code::InvalidRequest, why))
}

/// A body in another coding, or in two, ends where each reader on its way thinks.
fn coded<B>(request: &Request<B>) -> Option<&'static str> {
    let mut codings = request.headers().get_all(TRANSFER_ENCODING).iter();
    let only_chunked = codings.next().is_none_or(|it| it.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"));
    (!only_chunked || codings.next().is_some())
        .then_some("`transfer-encoding` may be `chunked`, once, and nothing else")
}

/// RFC 9112, 3.2: a request of HTTP/1.1 names one host, once. HTTP/2 has an authority of its own.
fn unaddressed<B>(request: &Request<B>) -> Option<&'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let Some(host) = hosts.next() else {
        return (request.version() == Version::HTTP_11).then_some("the request has no `host` header");
    };
    if hosts.next().is_some() {
        return Some("the request has more than one `host` header");
    }
    let valid = host
        .to_str()
        .is_ok_and(|it| it.is_empty() || it.parse::<Authority>().is_ok_and(|it| !it.as_str().contains('@')));
    if !valid {
        return Some("the `host` header is not a host, with or without a port");
    }
    let named = request
        .uri()
        .authority()
        .is_none_or(|it| without_port(it.as_str()) == without_port(host.to_str().unwrap_or_default()));
    (!named).then_some("the request names one host in its first line and another one in its `host` header")
}

/// A host as it is compared: the usual ports need not be said.
fn without_port(host: &str) -> String {
    let host = host.to_ascii_lowercase();
    let usual = host.strip_suffix(":80").or_else(|| host.strip_suffix(":443"));
    usual.map(str::to_owned).unwrap_or(host)
}

/// What a request is told that could not be read.
pub(super) fn broken(status: u16) -> Refusal {
    match status {
        431 => {
            let why = "the request's head is larger than 64 KiB or has more than 100 headers, or its `content-length` is more \
                       than a number holds";
            Refusal::new(Code::RequestTooLarge, why)
        }
        414 => Refusal::new(Code::RequestTooLarge, "the request's path is too long"),
        _ => Refusal::new(
            Code::InvalidRequest,
            "this is no valid HTTP request: its first line, a header, its `content-length` or its `transfer-encoding` is \
             broken",
        ),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use http::{Request, Version};

    use super::{coded, unaddressed};

    #[test]
    fn a_request_names_one_host_once() {
        let request = |version, hosts: &[&str]| {
            let builder = hosts.iter().fold(Request::builder().version(version), |it, host| it.header("host", *host));
            unaddressed(&builder.body(()).unwrap()).is_none()
        };
        for good in ["router", "router:8801", "[::1]:8801", "127.0.0.1", ""] {
            assert!(request(Version::HTTP_11, &[good]), "{good}");
        }
        for bad in ["a b", "a/b", "user@host", "a:b:c", "http://a"] {
            assert!(!request(Version::HTTP_11, &[bad]), "{bad}");
        }
        assert!(!request(Version::HTTP_11, &[]) && !request(Version::HTTP_11, &["a", "a"]));
        assert!(request(Version::HTTP_10, &[]) && request(Version::HTTP_2, &[]));
        for (uri, host, good) in [
            ("http://router/v1", "router", true),
            ("http://Router:80/v1", "router", true),
            ("http://evil/v1", "router", false),
            ("http://router:1/v1", "router", false),
        ] {
            let request = Request::builder().uri(uri).header("host", host).body(()).unwrap();
            assert_eq!(unaddressed(&request).is_none(), good, "{uri} {host}");
        }
    }

    #[test]
    fn a_body_is_chunked_once_or_not_at_all() {
        for (codings, good) in [
            (&[][..], true),
            (&["chunked"], true),
            (&[" Chunked"], true),
            (&["gzip, chunked"], false),
            (&["chunked, chunked"], false),
            (&["chunked", "chunked"], false),
            (&["identity"], false),
        ] {
            let builder = codings.iter().fold(Request::builder(), |it, coding| it.header("transfer-encoding", *coding));
            assert_eq!(coded(&builder.body(()).unwrap()).is_none(), good, "{codings:?}");
        }
    }
}
