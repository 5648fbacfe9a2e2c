/// Keys that later versions may have, by where they stand; `*` is any name. They are refused by name, because a file that
/// asks for a rule must never be served without it.
const KEYS: [(&str, &[&str]); 11] = [
    ("", &["license", "licence", "admins", "oidc", "tracing", "cache", "pii"]),
    ("settings", &["content_capture", "license", "licence", "cache", "pii"]),
    ("settings.usage", &["retention_days", "detail_retention_days"]),
    ("settings.shared_state", &["on_loss"]),
    ("providers.*", &["traffic_shape", "budget", "quotas"]),
    ("groups.*", &["cache", "pii", "traffic_shape", "budget", "quotas"]),
    ("groups.*.contract", &["success"]),
    ("groups.*.targets.*", &["quality"]),
    (
        "groups.*.policy",
        &[
            "file",
            "limits",
            "on_error",
            "url",
            "timeout",
            "mode",
            "weights",
            "window",
            "min_observations",
            "exploration",
        ],
    ),
    ("projects.*", &["budget", "quotas"]),
    ("callers.*", &["quotas", "lifetime", "budget", "traffic_shape", "pii"]),
];

/// Kinds of policy that later versions may have.
const POLICIES: [&str; 3] = ["dynamic-score", "script", "external"];

/// Whether a later version may have this key there. `place` is the path of the parent, one step an entry.
pub(super) fn is_reserved_key(place: &[String], key: &str) -> bool {
    KEYS.iter().any(|(pattern, keys)| matches(pattern, place) && keys.contains(&key))
}

/// Whether a later version may have this value there.
pub(super) fn is_reserved_value(place: &[String], value: &str) -> bool {
    matches("groups.*.policy.kind", place) && POLICIES.contains(&value)
}

fn matches(pattern: &str, place: &[String]) -> bool {
    let steps: Vec<&str> = pattern.split('.').filter(|it| !it.is_empty()).collect();
    steps.len() == place.len() && steps.iter().zip(place).all(|(step, name)| *step == "*" || step == name)
}
