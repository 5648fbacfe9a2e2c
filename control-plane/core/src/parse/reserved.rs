/// Keys that later versions may have, by where they stand; `*` is any name. They are refused by name, because a file that
/// asks for a rule must never be served without it.
const KEYS: [(&str, &[&str]); 15] = [
    (
        "",
        &[
            "license",
            "licence",
            "admins",
            "jwt_issuers",
            "alerts",
            "teams",
            "users",
            "environments",
            "tracing",
            "cache",
            "pii",
        ],
    ),
    ("settings", &["content_capture", "license", "licence", "cache", "pii", "retention", "websocket", "auto"]),
    ("settings.usage", &["retention_days", "detail_retention_days"]),
    ("settings.shared_state", &["on_loss"]),
    (
        "providers.*",
        &["traffic_shape", "budget", "quotas", "health", "ejection", "endpoints", "api_version", "region", "project"],
    ),
    ("providers.*.credential", &["entra", "aws", "google"]),
    ("providers.*.models.*", &["traffic_shape", "cacheable"]),
    ("providers.*.models.*.prices.*", &["image_output", "per_image", "request", "tools", "tiers", "above", "batch"]),
    (
        "groups.*",
        &[
            "cache",
            "pii",
            "traffic_shape",
            "budget",
            "quotas",
            "project",
            "affinity",
            "canary",
            "shadow",
            "limits",
            "output_cap",
            "guardrails",
        ],
    ),
    ("groups.*.contract", &["success", "tools"]),
    ("groups.*.fallback", &["budget", "hedge"]),
    ("groups.*.targets.*", &["quality", "output_cap", "reasoning", "body", "traffic_shape"]),
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
            "rules",
        ],
    ),
    ("projects.*", &["budget", "quotas", "team", "limits"]),
    ("callers.*", &["quotas", "lifetime", "budget", "traffic_shape", "pii", "session", "output_cap"]),
];

/// Kinds of policy that later versions may have.
const POLICIES: [&str; 4] = ["dynamic-score", "script", "external", "rules"];

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
