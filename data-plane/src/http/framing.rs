//! Whether a request is framed and addressed as HTTP demands.

use data_plane_core::error::{Code, Refusal};
use http::header::HOST;
use http::uri::Authority;
use http::{Request, Version};
use listener::Peer;

/// What is wrong with a request's head, which hyper lets pass: its length is announced twice, or nobody knows whom it is for.
pub(super) fn misframed<B>(peer: &Peer, request: &Request<B>) -> Option<Refusal> {
    let why = if peer.ambiguous {
        "the request has both `content-length` and `transfer-encoding`; send one of them"
    } else {
        unaddressed(request)?
    };
    Some(Refusal::new(Code::InvalidRequest, why))
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
    (!valid).then_some("the `host` header is not a host, with or without a port")
}

/// What a request is told that could not be read.
pub(super) fn broken(status: u16) -> Refusal {
    match status {
        431 => {
            Refusal::new(Code::RequestTooLarge, "the request's head is larger than 64 KiB or has more than 100 headers")
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

    use super::unaddressed;

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
    }
}
