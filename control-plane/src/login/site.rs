//! What these pages are called by browsers, and whether a cookie may be kept there.

use std::net::IpAddr;

use http::{HeaderMap, HeaderValue, header};
use url::{Host, Url};

/// What these pages are called, as the operator says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

impl PublicUrl {
    /// `https://router.example.com`, or `http://` on this machine.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("`{text}` is no address: {error}"))?;
        let host = url.host().ok_or_else(|| format!("`{text}` names no host"))?;
        let is_plain =
            url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        match url.scheme() {
            _ if !is_plain => Err("expected scheme, host and port alone: `https://router.example.com`".to_owned()),
            "https" => Ok(Self(url)),
            "http" if is_loopback(&host) => Ok(Self(url)),
            _ => Err("expected `https://…`: people log in there. Plain `http://` is for this machine alone".to_owned()),
        }
    }

    /// The whole address of a path.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.0.origin().ascii_serialization())
    }
}

/// These pages as one browser calls them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Scheme, host and port, without a path.
    origin: String,
    port: u16,
    secure: bool,
}

/// Nobody logs in over a network in the clear: whoever listens would be logged in, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "logging in over plain http is for this machine alone: start the control plane with TLS, or behind a proxy that has it with \
     --public-url https://…"
)]
pub struct NotHere;

impl Site {
    /// What they are called by somebody who says `host` (`Host`, or `:authority` of HTTP/2).
    pub fn of(
        public_url: Option<&PublicUrl>,
        tls: bool,
        peer: Option<IpAddr>,
        host: Option<&str>,
    ) -> Result<Self, NotHere> {
        if let Some(PublicUrl(url)) = public_url {
            return Ok(Self::named(url));
        }
        let scheme = if tls { "https" } else { "http" };
        let host = host.ok_or(NotHere)?;
        let url = Url::parse(&format!("{scheme}://{host}")).map_err(|_| NotHere)?;
        let is_plain = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        let is_here =
            url.host().is_some_and(|it| is_loopback(&it)) && peer.is_some_and(|it| it.to_canonical().is_loopback());
        if is_plain && (tls || is_here) { Ok(Self::named(&url)) } else { Err(NotHere) }
    }

    fn named(url: &Url) -> Self {
        let port = url.port_or_known_default().unwrap_or_default();
        Self { origin: url.origin().ascii_serialization(), port, secure: url.scheme() == "https" }
    }

    /// The whole address of a path.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Whether cookies go over TLS alone.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    /// On this machine several control planes share a host, and browsers keep cookies by host alone.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether a request that changes something was made by these pages, as the browser tells.
    pub fn sent(&self, headers: &HeaderMap) -> bool {
        let text = |it: &HeaderValue| it.to_str().ok().map(str::to_owned);
        if let Some(site) = headers.get("sec-fetch-site") {
            // A page that tells nobody where it is (`Referrer-Policy: no-referrer`) sends its forms from the origin `null`.
            return site == "same-origin"
                && headers.get(header::ORIGIN).is_none_or(|it| it == "null" || text(it) == Some(self.origin.clone()));
        }
        headers.get(header::ORIGIN).and_then(text).is_some_and(|it| it == self.origin)
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const LOCAL: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn of(tls: bool, peer: &str, host: &str) -> Result<Site, NotHere> {
        Site::of(None, tls, Some(peer.parse().unwrap()), Some(host))
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for host in ["localhost:8081", "127.0.0.1:8081", "[::1]:8081", "127.1.2.3"] {
            assert!(!of(false, "127.0.0.1", host).unwrap().is_secure(), "{host}");
        }
        assert!(of(false, "::ffff:127.0.0.1", "localhost").is_ok());
        for (peer, host) in [
            ("10.0.0.1", "localhost:8081"),
            ("10.0.0.1", "10.0.0.2:8081"),
            // A proxy on this machine, and a name that leads to it.
            ("127.0.0.1", "router.example.com"),
            ("127.0.0.1", "localhost.evil.example"),
            ("127.0.0.1", "localhost/x"),
            ("127.0.0.1", "a@localhost"),
        ] {
            assert_eq!(of(false, peer, host), Err(NotHere), "{host} from {peer}");
        }
        assert_eq!(of(true, "10.0.0.1", "router.example.com").unwrap().address("/x"), "https://router.example.com/x");
    }

    #[test]
    fn the_operators_word_counts() {
        let named = PublicUrl::parse("https://router.example.com").unwrap();
        let site = Site::of(Some(&named), false, LOCAL, Some("evil.example")).unwrap();
        assert_eq!((site.address("/login"), site.is_secure()), ("https://router.example.com/login".to_owned(), true));
        assert!(PublicUrl::parse("http://localhost:8081").is_ok());
        for bad in [
            "http://router.example.com",
            "https://x/y",
            "https://u@x",
            "https://x?y",
            "router.example.com",
            "file:///x",
        ] {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_another_site_sends_is_told_by_the_browser() {
        let site = of(false, "127.0.0.1", "localhost:8081").unwrap();
        let sent = |all: &[(&'static str, &str)]| site.sent(&headers(all));
        assert!(sent(&[("sec-fetch-site", "same-origin")]));
        assert!(sent(&[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8081")]));
        assert!(sent(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(sent(&[("origin", "http://localhost:8081")]));
        for bad in [
            &[][..],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
            &[("origin", "null")],
            &[("origin", "http://localhost:8082")],
            &[("origin", "https://localhost:8081")],
        ] {
            assert!(!sent(bad), "{bad:?}");
        }
    }
}
