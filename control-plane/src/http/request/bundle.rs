use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use vocabulary::Build;

/// What becomes of ids in a bundle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ids {
    /// They stay.
    #[default]
    Kept,
    /// Each is replaced, the same one by the same text within a bundle.
    Pseudonyms,
}

impl Ids {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Pseudonyms => "pseudonyms",
        }
    }
}

/// What names somebody, or a machine of theirs.
const NAMING: [&str; 9] =
    ["caller", "user", "project", "environment", "token", "session", "client_ip", "client_request_id", "node"];
/// What an upstream said in words: it may name accounts.
const SAID: [&str; 1] = ["detail"];

/// A request with a manifest that says what is in it and what is not. `key` is of this bundle alone.
pub fn bundle(mut shown: Value, ids: Ids, key: [u8; 16], made_at: &str, build: Build) -> Value {
    if ids == Ids::Pseudonyms {
        replace(&mut shown, &key);
    }
    json!({
        "manifest": {
            "format": "smart-router-request",
            "version": 1,
            "made_at": made_at,
            "smart_router": build.version,
            "ids": ids.as_str(),
            "contains": ["request", "error", "attempts", "candidates", "trace", "prices", "config_document", "session"],
            "leaves_out": ["prompts", "completions", "headers", "credentials", "the configuration"],
        },
        "request": shown,
    })
}

fn replace(value: &mut Value, key: &[u8; 16]) {
    match value {
        Value::Object(fields) => replace_in(fields, key),
        Value::Array(items) => items.iter_mut().for_each(|it| replace(it, key)),
        _ => {}
    }
}

fn replace_in(fields: &mut Map<String, Value>, key: &[u8; 16]) {
    for (name, value) in fields {
        match value {
            Value::String(text) if NAMING.contains(&name.as_str()) && !text.is_empty() => {
                *text = pseudonym(name, text, key);
            }
            Value::String(text) if SAID.contains(&name.as_str()) => text.clear(),
            other => replace(other, key),
        }
    }
}

fn pseudonym(name: &str, text: &str, key: &[u8; 16]) -> String {
    let digest = Sha256::new().chain_update(key).chain_update(name).chain_update([0]).chain_update(text).finalize();
    format!("{name}-{:08x}", u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown() -> Value {
        json!({
            "request": {"request_id": "req_1", "caller": "ana", "user": "ana@example.com", "session": "", "group": "fast"},
            "attempts": [{"target": "openai/mini", "detail": "status 401 of org-secret"}],
            "session_before": [{"request_id": "req_0", "group": "fast"}],
        })
    }

    #[test]
    fn ids_stay_or_become_pseudonyms_of_this_bundle_alone() {
        let build = Build::default();
        let kept = bundle(shown(), Ids::Kept, [1; 16], "now", build);
        assert_eq!((&kept["request"], &kept["manifest"]["ids"]), (&shown(), &json!("kept")));
        let of = |key| bundle(shown(), Ids::Pseudonyms, [key; 16], "now", build);
        let text = of(1).to_string();
        assert!(!text.contains("ana") && !text.contains("org-secret"), "{text}");
        assert_eq!(of(1)["request"]["request"]["request_id"], "req_1", "the request is still found by its id");
        assert_eq!(
            (&of(1)["request"]["request"]["session"], &of(1)["request"]["request"]["group"]),
            (&json!(""), &json!("fast"))
        );
        assert_eq!(of(1), of(1));
        assert_ne!(of(1)["request"]["request"]["caller"], of(2)["request"]["request"]["caller"]);
    }
}
