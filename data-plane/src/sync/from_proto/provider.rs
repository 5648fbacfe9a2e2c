use std::sync::Arc;
use std::time::Duration;

use data_plane_core::config::{Credential, Egress, Provider, Secret, Timeouts};
use http::{HeaderValue, Uri};
use proto::v1::{self, credential::Source};
use vocabulary::{Tenancy, defaults};

use super::gaps::Gaps;
use super::unless_unsaid;

pub(super) fn read(wire: &v1::Provider, found: &mut Gaps<'_>) -> Option<Provider> {
    let base_url = base_url(&wire.base_url, found);
    let dialects = found.all_known(&wire.dialects, "dialect");
    let kind = unless_unsaid(wire.kind, |it| found.known(it, "provider-kind"));
    let credential = match &wire.credential {
        Some(it) => credential(it, found).map(Some),
        None => Some(None),
    };
    Some(Provider {
        id: wire.id.clone(),
        base_url: base_url?,
        dialects: dialects?,
        credential: credential?,
        kind: kind?,
        private_network: wire.private_network,
        tenancy: if wire.single_tenant { Tenancy::Single } else { Tenancy::Shared },
        forward_headers: wire.forward_headers.clone(),
        egress: wire.egress.as_ref().map(egress),
        timeouts: timeouts(wire.timeouts.unwrap_or_default()),
    })
}

/// An absolute http(s) URL without user, query or fragment: a path and nothing else is appended to it.
fn base_url(text: &str, found: &mut Gaps<'_>) -> Option<String> {
    let wrong = match text.parse::<Uri>() {
        Err(error) => error.to_string(),
        Ok(_) if text.contains('#') => "it has a fragment".to_owned(),
        Ok(uri) if !matches!(uri.scheme_str(), Some("http" | "https")) => {
            "it starts with neither http:// nor https://".to_owned()
        }
        Ok(uri) if uri.query().is_some() => "it has a query".to_owned(),
        Ok(uri) if uri.authority().is_some_and(|it| it.as_str().contains('@')) => {
            // The URL itself is not repeated: it may hold a password.
            found.add("bad-url", "base_url has a user name; give a credential instead");
            return None;
        }
        Ok(uri) if uri.host().is_none_or(str::is_empty) => "it has no host".to_owned(),
        Ok(_) => return Some(text.trim_end_matches('/').to_owned()),
    };
    found.add("bad-url", &format!("base_url is no usable address: {wrong}"));
    None
}

fn credential(wire: &v1::Credential, found: &mut Gaps<'_>) -> Option<Credential> {
    match &wire.source {
        Some(Source::Value(bytes)) => {
            // Keys come from files that end with a line break.
            let value = str::from_utf8(bytes).ok().map(str::trim);
            let value = value.filter(|it| !it.is_empty() && HeaderValue::from_str(it).is_ok());
            if value.is_none() {
                found.add("bad-credential", "its value is empty, or has characters that no header can carry");
            }
            value.map(|it| Credential::Value(Secret::new(it.to_owned())))
        }
        Some(Source::Env(name)) if name.is_empty() || name.starts_with("SMART_ROUTER_") => {
            found.add("bad-credential", "its variable has no name, or one that belongs to Smart Router itself");
            None
        }
        Some(Source::Env(name)) => Some(Credential::Env(name.clone())),
        Some(Source::File(path)) if path.is_empty() => {
            found.add("bad-credential", "its file has no name");
            None
        }
        Some(Source::File(path)) => Some(Credential::File(path.clone())),
        None => {
            found.add("unknown-credential", "it is of no kind that this router knows");
            None
        }
    }
}

fn egress(wire: &v1::Egress) -> Arc<Egress> {
    let said = |it: &String| Some(it.clone()).filter(|it| !it.is_empty());
    Arc::new(Egress {
        proxy: said(&wire.proxy),
        ca_file: said(&wire.ca_file),
        client: said(&wire.certificate_file).zip(said(&wire.key_file)),
    })
}

/// 0 on the wire: the default.
fn timeouts(wire: v1::Timeouts) -> Timeouts {
    let or = |ms: u64, default: Duration| if ms == 0 { default } else { Duration::from_millis(ms) };
    Timeouts {
        connect: or(wire.connect_ms, defaults::CONNECT_TIMEOUT),
        first_byte: or(wire.first_byte_ms, defaults::FIRST_BYTE_TIMEOUT),
        stream_idle: or(wire.stream_idle_ms, defaults::STREAM_IDLE_TIMEOUT),
        total: or(wire.total_ms, defaults::TOTAL_TIMEOUT),
    }
}
