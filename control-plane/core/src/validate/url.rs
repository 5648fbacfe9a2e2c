use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::document::Network;

/// Why a base URL is refused; `None`: it is not.
pub(super) fn refusal(base_url: &str, network: Network) -> Option<String> {
    let Ok(url) = Url::parse(base_url) else {
        return Some("expected an absolute URL such as `https://api.openai.com/v1`".to_owned());
    };
    let (true, Some(host)) = (matches!(url.scheme(), "http" | "https"), url.host()) else {
        return Some("expected a URL that starts with `https://` (or `http://` in a private network)".to_owned());
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("a URL must hold no credentials: give the key as `credential`".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Some("a base URL has neither `?…` nor `#…`".to_owned());
    }
    if network == Network::Private {
        return None;
    }
    if is_private(&host) {
        return Some(format!("`{host}` is not a public address: say `network: private` if it is meant"));
    }
    if url.scheme() == "http" {
        return Some(
            "plain `http://` would send the key in the clear: use `https://`, or say `network: private`".into(),
        );
    }
    None
}

/// Whether an address is not one of the public internet: such are connected to only where `network: private` says so.
pub fn is_private_address(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

/// Why a proxy's address is refused; `None`: it is not.
pub(super) fn proxy_refusal(proxy: &str) -> Option<String> {
    let expected = || Some("expected the address of a proxy such as `http://proxy.internal:3128`".to_owned());
    let Ok(url) = Url::parse(proxy) else { return expected() };
    if url.scheme() != "http" || url.host().is_none() || !matches!(url.path(), "" | "/") || url.query().is_some() {
        return expected();
    }
    let named = !url.username().is_empty() || url.password().is_some();
    named.then(|| "a URL must hold no credentials: the proxy must know routers by their addresses".to_owned())
}

fn is_private(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => is_private_v4(*address),
        Host::Ipv6(address) => is_private_v6(*address),
    }
}

/// Everything that is not on the public internet (IANA's special-purpose registry).
fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = embedded_v4(address) {
        return is_private_v4(inner);
    }
    let first = address.segments()[0];
    // Only 2000::/3 is given out, and 2001:db8::/32 of it is documentation.
    IpAddr::V6(address).is_unspecified() || first & 0xe000 != 0x2000 || address.segments()[..2] == [0x2001, 0x0db8]
}

/// The IPv4 address that an IPv6 address stands for: mapped (RFC 4291), NAT64 (RFC 6052) and 6to4 (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(of(high, low))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls_pass() {
        for url in ["https://api.openai.com/v1", "https://1.1.1.1/", "https://[2606:4700::1111]:8443/v1"] {
            assert_eq!(refusal(url, Network::Public), None, "{url}");
        }
    }

    #[test]
    fn a_proxy_is_an_address_without_credentials() {
        for good in ["http://proxy.internal:3128", "http://10.0.0.1:3128/"] {
            assert_eq!(proxy_refusal(good), None, "{good}");
        }
        for bad in ["https://proxy:1", "proxy:3128", "http://u:p@proxy:1", "http://proxy:1/x", "http://proxy?x", ""] {
            assert!(proxy_refusal(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn private_addresses_need_a_private_network() {
        for url in [
            "https://127.0.0.1/v1",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://localhost:8000",
            "https://a.localhost./",
            "https://10.0.0.1",
            "https://169.254.169.254/latest",
            "https://100.64.0.1",
            "https://0.0.0.0",
            "https://[::1]/",
            "https://[::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2002:7f00:1::]/",
            "http://llama.internal:8000/v1",
        ] {
            assert!(refusal(url, Network::Public).is_some(), "{url}");
            assert_eq!(refusal(url, Network::Private), None, "{url}");
        }
    }

    #[test]
    fn nothing_but_an_origin_and_a_path_passes() {
        for url in [
            "",
            "api.openai.com",
            "/v1",
            "ftp://example.com",
            "file:///etc/passwd",
            "https://user@example.com",
            "https://u:p@example.com",
            "https://example.com/v1?key=1",
            "https://example.com/#a",
            "https://",
        ] {
            assert!(refusal(url, Network::Private).is_some(), "{url}");
        }
    }
}
