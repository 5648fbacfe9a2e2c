//! What a provider says when somebody has logged out there (OpenID Connect Back-Channel Logout 1.0, 2.6). Its signature
//! was verified before.

use serde_json::{Map, Value};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How old it may be, in seconds: as long as its number is remembered.
const OLDEST_S: i64 = 600;
/// How far clocks may be apart, in seconds.
const SKEW_S: i64 = 60;
const LONGEST: usize = 255;

/// Whose sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// Its number: it is obeyed once.
    pub jti: String,
    /// The person.
    pub subject: Option<String>,
    /// One session with the provider.
    pub session: Option<String>,
    /// When its number may be forgotten, in milliseconds since the Unix epoch.
    pub forget_ms: i64,
}

/// What it must say.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// Whose it is.
    pub issuer: &'a str,
    /// Whom it is for.
    pub client_id: &'a str,
    /// Milliseconds since the Unix epoch.
    pub now_ms: i64,
}

impl LogoutToken {
    /// Reads verified claims, or says what is wrong with them.
    pub fn read(claims: &Map<String, Value>, expected: Expected<'_>) -> Result<Self, &'static str> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let number = |name: &str| claims.get(name).and_then(Value::as_f64).map(|it| it as i64);
        let short = |name: &str| text(name).filter(|it| !it.is_empty() && it.len() <= LONGEST).map(str::to_owned);
        let now = expected.now_ms / 1000;
        if text("iss") != Some(expected.issuer) {
            return Err("another issuer");
        }
        let is_for_us = match claims.get("aud") {
            Some(Value::String(one)) => one == expected.client_id,
            Some(Value::Array(all)) => all.iter().any(|it| it == expected.client_id),
            _ => false,
        };
        if !is_for_us {
            return Err("another audience");
        }
        if !claims.get("events").and_then(|it| it.get(EVENT)).is_some_and(Value::is_object) {
            return Err("no event of a logout");
        }
        if claims.contains_key("nonce") {
            return Err("a nonce, which an ID token has");
        }
        let issued = number("iat").ok_or("no time")?;
        if issued > now + SKEW_S || issued < now - OLDEST_S {
            return Err("issued at another time");
        }
        if number("exp").is_some_and(|it| it <= now - SKEW_S) || number("nbf").is_some_and(|it| it > now + SKEW_S) {
            return Err("expired");
        }
        let (subject, session) = (short("sub"), short("sid"));
        if subject.is_none() && session.is_none() {
            return Err("neither a subject nor a session");
        }
        let jti = short("jti").ok_or("no number")?;
        Ok(Self { jti, subject, session, forget_ms: (issued + OLDEST_S + SKEW_S) * 1000 })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn read(change: &Value) -> Result<LogoutToken, &'static str> {
        let mut claims = json!({
            "iss": "https://id.example.com", "aud": ["x"], "iat": NOW, "exp": NOW + 120, "jti": "1", "sub": "ana", "sid": "s",
            "events": {EVENT: {}},
        });
        let Value::Object(all) = &mut claims else { unreachable!("it is one") };
        for (name, value) in change.as_object().expect("an object") {
            if value.is_null() {
                all.remove(name)
            } else {
                all.insert(name.clone(), value.clone())
            };
        }
        LogoutToken::read(all, Expected { issuer: "https://id.example.com", client_id: "x", now_ms: NOW * 1000 })
    }

    #[test]
    fn a_logout_names_a_subject_or_a_session() {
        let all = read(&json!({})).expect("it is good");
        assert_eq!((all.subject.as_deref(), all.session.as_deref()), (Some("ana"), Some("s")));
        assert!(all.forget_ms >= (NOW + OLDEST_S) * 1000, "as long as it is obeyed its number is remembered");
        assert!(read(&json!({"sub": null})).is_ok() && read(&json!({"sid": null})).is_ok());
        assert!(read(&json!({"aud": "x"})).is_ok() && read(&json!({"exp": null})).is_ok());
    }

    #[test]
    fn everything_else_is_refused() {
        for (change, why) in [
            (json!({"iss": "https://id.example.com/"}), "another issuer"),
            (json!({"aud": ["y"]}), "another audience"),
            (json!({"aud": null}), "another audience"),
            (json!({"events": null}), "no event of a logout"),
            (json!({"events": {"other": {}}}), "no event of a logout"),
            (json!({"events": {EVENT: true}}), "no event of a logout"),
            (json!({"nonce": "n"}), "a nonce, which an ID token has"),
            (json!({"iat": null}), "no time"),
            (json!({"iat": NOW + 61}), "issued at another time"),
            (json!({"iat": NOW - 601}), "issued at another time"),
            (json!({"exp": NOW - 60}), "expired"),
            (json!({"sub": null, "sid": null}), "neither a subject nor a session"),
            (json!({"jti": null}), "no number"),
            (json!({"jti": ""}), "no number"),
        ] {
            assert_eq!(read(&change).err(), Some(why), "{change}");
        }
    }
}
