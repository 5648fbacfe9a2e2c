//! What people write for durations, sizes, addresses and URLs, on every flag that takes one.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

use control_plane_core::token::{self, TokenKind};

use crate::exit::Exit;
use crate::input;

/// Each unit in bytes. `K`, `M` and `G` are binary, as service managers and containers read them.
const SIZES: [(&str, u64); 15] = [
    ("", 1),
    ("b", 1),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("k", 1 << 10),
    ("ki", 1 << 10),
    ("kib", 1 << 10),
    ("m", 1 << 20),
    ("mi", 1 << 20),
    ("mib", 1 << 20),
    ("g", 1 << 30),
    ("gi", 1 << 30),
    ("gib", 1 << 30),
];

/// As long as the admin API waits.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// A length of time: `200ms`, `30s`, `15m`; a bare number is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let seconds = text.bytes().all(|it| it.is_ascii_digit()).then(|| format!("{text}s"));
    control_plane_core::document::Duration::parse(seconds.as_deref().unwrap_or(text))
        .map(|it| Duration::from_millis(it.millis()))
        .ok_or_else(|| "write a whole number and a unit: `200ms`, `30s`, `15m`, `24h`".to_owned())
}

/// How long a command waits for routers: no server waits longer.
pub fn wait(text: &str) -> Result<Duration, String> {
    duration(text).and_then(|it| if it > LONGEST_WAIT { Err("at most `5m`".to_owned()) } else { Ok(it) })
}

/// A length of time as the admin API reads it, which has no bare numbers.
pub fn length(text: &str) -> Result<String, String> {
    duration(text).map(|it| format!("{}ms", it.as_millis()))
}

/// A secret, which other users could read in the arguments of a process: `@file` and `-` (standard input) stand for one that they
/// cannot.
pub fn secret(text: &str) -> Result<String, String> {
    let file = match text.strip_prefix('@') {
        Some(file) => Path::new(file),
        None if text == "-" => Path::new(text),
        None => return Ok(text.to_owned()),
    };
    let read = input::text(file, Exit::Usage).map_err(|failure| failure.message)?;
    Some(read.trim()).filter(|it| !it.is_empty()).map(str::to_owned).ok_or_else(|| "the file is empty".to_owned())
}

/// So many bytes: `1GiB`, `500MB`, `32M`; a bare number is bytes.
pub fn size(text: &str) -> Result<u64, String> {
    let refused = || "write a whole number and a unit: `32MiB`, `1GiB`, `500MB`".to_owned();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start().to_ascii_lowercase();
    let (_, bytes) = SIZES.into_iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
    number.parse::<u64>().ok().and_then(|it| it.checked_mul(bytes)).ok_or_else(refused)
}

/// A size that is held in memory.
pub fn memory_size(text: &str) -> Result<usize, String> {
    usize::try_from(size(text)?).map_err(|_| "it is more than this machine can address".to_owned())
}

/// Where something listens: `127.0.0.1:8801`, `localhost:8801`. Of a name's addresses IPv4 comes first.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let found: Vec<SocketAddr> =
        text.to_socket_addrs().map_err(|error| format!("write host and port, `localhost:8801`: {error}"))?.collect();
    found.iter().find(|it| it.is_ipv4()).or(found.first()).copied().ok_or_else(|| "the name has no address".to_owned())
}

/// A token's id: of a whole token, which does not belong in a command line, its public part alone is taken.
pub fn token_id(text: &str) -> Result<String, String> {
    public_part(TokenKind::Caller, text)
}

/// The same of an admin token.
pub fn admin_token_id(text: &str) -> Result<String, String> {
    public_part(TokenKind::Admin, text)
}

/// The same of a router, whose credential has it.
pub fn node_id(text: &str) -> Result<String, String> {
    public_part(TokenKind::Node, text)
}

fn public_part(kind: TokenKind, text: &str) -> Result<String, String> {
    let prefix = kind.prefix();
    let public = if text.starts_with(prefix) { token::id(kind, text) } else { Some(text) };
    public
        .map(str::to_owned)
        .ok_or_else(|| format!("write the id alone: what stands between `{prefix}` and the next `_`"))
}

/// How many of something there may be at a time: none would be none of the product.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("nobody would be served: write at least 1, or leave it out".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("write a whole number".to_owned()),
    }
}

/// Why nothing was reached: the words of the cause, which the error itself keeps to itself.
pub fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// Where something is reached. Without a scheme it is `http://` on this machine, and `https://` elsewhere.
pub fn url(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.to_owned());
    }
    // A port alone would be read as an address.
    let is_number = text.bytes().all(|it| it.is_ascii_digit());
    if is_number || text.contains("://") || text.starts_with(':') || text.contains(char::is_whitespace) {
        return Err("write a URL, `https://router.example.com`, or host and port, `localhost:8801`".to_owned());
    }
    let authority = text.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host).trim_matches(['[', ']']);
    let local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback());
    Ok(format!("{}://{text}", if local { "http" } else { "https" }))
}

#[cfg(test)]
mod tests {
    use control_plane_core::token::{NewToken, RANDOM_BYTES};

    use super::*;

    #[test]
    fn a_secret_may_stand_in_a_file() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "srj_planted\n").expect("it is written");
        assert_eq!(secret(&format!("@{}", file.path().display())).as_deref(), Ok("srj_planted"));
        assert_eq!(secret("srj_x").as_deref(), Ok("srj_x"));
        assert!(secret("@/nowhere").is_err_and(|it| it.contains("/nowhere")));
        std::fs::write(file.path(), " \n").expect("it is written");
        assert!(secret(&format!("@{}", file.path().display())).is_err());
    }

    #[test]
    fn ids_are_the_public_part_of_whole_tokens() {
        let whole = NewToken::new(TokenKind::Admin, &[7; RANDOM_BYTES]);
        let (id, whole) = (whole.id, whole.text.expose().to_owned());
        assert_eq!(admin_token_id(&whole), Ok(id));
        assert!(admin_token_id(&whole[..40]).is_err_and(|it| it.contains("`sra_`")));
        assert_eq!(node_id("0123456789ab").as_deref(), Ok("0123456789ab"));
        assert_eq!(at_least_one("3"), Ok(3));
        assert!(at_least_one("0").is_err() && at_least_one("-1").is_err());
    }

    #[test]
    fn durations_have_units_and_bare_numbers_are_seconds() {
        for (text, millis) in [("30s", 30_000), ("30", 30_000), ("0", 0), ("200ms", 200), ("2m", 120_000)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "1.5s", "-1s", "30 s", "1w", "30sec", "99999999999"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn waiting_is_bounded_as_the_server_does() {
        assert_eq!(wait("30"), Ok(Duration::from_secs(30)));
        assert_eq!(wait("5m"), Ok(Duration::from_mins(5)));
        for text in ["301", "6m", "abc", ""] {
            assert!(wait(text).is_err(), "{text}");
        }
        assert_eq!(length("5").as_deref(), Ok("5000ms"));
    }

    #[test]
    fn sizes_have_units_and_bare_numbers_are_bytes() {
        for (text, bytes) in [
            ("1073741824", 1 << 30),
            ("1GiB", 1 << 30),
            ("1Gi", 1 << 30),
            ("1g", 1 << 30),
            ("32 MiB", 32 << 20),
            ("500MB", 500_000_000),
            ("7b", 7),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "GiB", "1.5GiB", "-1", "1XB", "99999999999GiB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_may_be_names() {
        assert_eq!(address("127.0.0.1:8801"), Ok("127.0.0.1:8801".parse().expect("valid")));
        assert!(address("localhost:8801").is_ok_and(|it| it.ip().is_loopback() && it.port() == 8801));
        for text in ["localhost", "8801", ":", "localhost:99999"] {
            assert!(address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn urls_need_no_scheme() {
        for (text, url_text) in [
            ("localhost:8801", "http://localhost:8801"),
            ("127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
            ("router.example.com", "https://router.example.com"),
            ("router.example.com:8443/llm", "https://router.example.com:8443/llm"),
        ] {
            assert_eq!(url(text).as_deref(), Ok(url_text), "{text}");
        }
        for text in ["", "31801", "ftp://x", ":8801", "a b"] {
            assert!(url(text).is_err(), "{text}");
        }
    }
}
