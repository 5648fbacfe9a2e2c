use url::Url;

use super::Findings;
use crate::document::{Cors, Duration};
use crate::path::at_index;

const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// Checks who may call from a browser.
pub(super) fn check(cors: &Cors, found: &mut Findings) {
    for (at, origin) in cors.origins.iter().enumerate() {
        if origin != "*" && !is_origin(origin) {
            let message = "expected an origin as browsers send it, `https://chat.example.com`, without a path; or `*`";
            found.error(at_index("settings.cors.origins", at), message);
        }
    }
    if cors.origins.len() > 1 && cors.origins.iter().any(|it| it == "*") {
        found.warning("settings.cors.origins", "`*` admits every page: the others add nothing");
    }
    if cors.max_age > LONGEST {
        found.error("settings.cors.max_age", format!("must be at most {LONGEST}"));
    }
}

/// Scheme, host and port in the one way that browsers write them.
fn is_origin(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text)
}

#[cfg(test)]
mod tests {
    use super::is_origin;

    #[test]
    fn an_origin_is_what_browsers_send() {
        for good in ["https://chat.example.com", "http://localhost:3000", "https://a.example:8443"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "chat.example.com",
            "https://a.example/",
            "https://a.example/x",
            "https://A.example",
            "null",
            "https://a.example:443",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
