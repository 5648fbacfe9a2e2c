//! Opaque values (signatures, encrypted reasoning) that only the realm that minted them takes back.

use base64::{Engine, engine::general_purpose::STANDARD};

/// What every value of the sandbox's own begins with, below its base64.
const MARK: &str = "sandbox-";

/// A value for this text. `unique` keeps the values of two answers apart.
pub fn mint(realm: Option<&str>, text: &str, unique: &str) -> String {
    STANDARD.encode(format!("{MARK}{unique}-{:016x}", seal(realm, text, unique)))
}

/// Whether a realm takes a value back: one of its own for this very text. Without a realm, values that the sandbox did not
/// mint are not judged, so that recorded requests can be played.
pub fn accepts(realm: Option<&str>, text: &str, value: &str) -> bool {
    let decoded = STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let own = decoded.as_deref().and_then(|it| it.strip_prefix(MARK)).and_then(|it| it.rsplit_once('-'));
    match own {
        Some((unique, sum)) => sum == format!("{:016x}", seal(realm, text, unique)),
        None => realm.is_none() && !value.is_empty(),
    }
}

/// FNV-1a: it is to notice mistakes, not attacks.
fn seal(realm: Option<&str>, text: &str, unique: &str) -> u64 {
    let parts = [realm.unwrap_or_default(), text, unique].join("\0");
    parts.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::{accepts, mint};

    #[test]
    fn a_value_is_good_for_its_realm_and_text_alone() {
        let value = mint(Some("alpha"), "text", "01");
        assert!(accepts(Some("alpha"), "text", &value));
        assert!(!accepts(Some("beta"), "text", &value));
        assert!(!accepts(Some("alpha"), "other", &value));
        assert!(!accepts(None, "text", &value));
        assert!(!accepts(Some("alpha"), "text", &format!("{value}=")));
    }

    #[test]
    fn foreign_values_are_refused_by_realms_alone() {
        assert!(accepts(None, "text", "c2lnbmF0dXJl"));
        assert!(!accepts(Some("alpha"), "text", "c2lnbmF0dXJl"));
        assert!(!accepts(None, "text", ""));
    }
}
