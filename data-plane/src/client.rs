//! Which program calls, as far as its headers tell. For reports only: no decision depends on it.

use http::HeaderMap;

/// The longest name, session or request id of a client that is recorded.
const LONGEST: usize = 128;

/// User agents whose name in reports differs from their product token.
const KNOWN: [(&str, &str); 14] = [
    ("codex", "codex"),
    ("claude-cli", "claude-code"),
    ("claude-code", "claude-code"),
    ("openai/python", "openai-python"),
    ("asyncopenai/python", "openai-python"),
    ("openai/js", "openai-node"),
    ("asyncopenai/js", "openai-node"),
    ("anthropic/python", "anthropic-python"),
    ("asyncanthropic/python", "anthropic-python"),
    ("anthropic/js", "anthropic-node"),
    ("asyncanthropic/js", "anthropic-node"),
    ("qwencode", "qwen-code"),
    ("ai-sdk", "ai-sdk"),
    ("ai/", "ai-sdk"),
];

/// The client's name in reports: `codex`, `claude-code`, `openai-python`, …; else the first word of its user agent.
pub fn name(headers: &HeaderMap) -> String {
    if text(headers, "originator").is_some_and(|it| it.starts_with("codex")) {
        return "codex".to_owned();
    }
    let Some(agent) = text(headers, "user-agent") else { return "unknown".to_owned() };
    match KNOWN.iter().find(|(prefix, _)| starts_with_ignoring_case(agent, prefix)) {
        Some((_, name)) => (*name).to_owned(),
        None => product(agent),
    }
}

/// The session that the client names; empty: none.
pub fn session(headers: &HeaderMap) -> String {
    ["x-session-id", "x-claude-code-session-id", "session-id", "session_id"]
        .into_iter()
        .find_map(|name| text(headers, name))
        .map(visible)
        .unwrap_or_default()
}

/// The id that the client gave its request; empty: none.
pub fn request_id(headers: &HeaderMap) -> String {
    ["x-request-id", "x-client-request-id"]
        .into_iter()
        .find_map(|name| text(headers, name))
        .map(visible)
        .unwrap_or_default()
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().filter(|it| !it.is_empty())
}

/// Bounded and printable, because it ends up in tables and pages.
fn visible(value: &str) -> String {
    value.chars().filter(char::is_ascii_graphic).take(LONGEST).collect()
}

fn starts_with_ignoring_case(agent: &str, prefix: &str) -> bool {
    agent.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix))
}

fn product(agent: &str) -> String {
    let word = agent.split(['/', ' ', '(']).next().unwrap_or_default();
    let name: String = word
        .chars()
        .filter(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.'))
        .take(32)
        .map(|it| it.to_ascii_lowercase())
        .collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{name, request_id, session};
    use http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn clients_are_known_by_their_headers() {
        let agents = [
            ("OpenAI/Python 2.54.0", "openai-python"),
            ("AsyncOpenAI/Python 2.54.0", "openai-python"),
            ("OpenAI/JS 6.49.0", "openai-node"),
            ("Anthropic/Python 2.11.0", "anthropic-python"),
            ("claude-cli/2.1.329 (external, cli)", "claude-code"),
            ("codex_exec/0.169.0 (Debian)", "codex"),
            ("curl/8.5.0", "curl"),
            ("My App<script>/1", "my"),
            ("\u{7f}", "unknown"),
        ];
        for (agent, expected) in agents {
            let mut map = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_str(agent) {
                map.insert("user-agent", value);
            }
            assert_eq!(name(&map), expected, "{agent}");
        }
        assert_eq!(name(&headers(&[("originator", "codex_exec"), ("user-agent", "x")])), "codex");
    }

    #[test]
    fn what_clients_name_is_bounded_and_printable() {
        let long = "x".repeat(1000);
        assert_eq!(session(&headers(&[("session-id", &long)])).len(), super::LONGEST);
        assert_eq!(session(&headers(&[("x-claude-code-session-id", "a b\tc")])), "abc");
        assert_eq!(request_id(&headers(&[("x-request-id", "r-1")])), "r-1");
        assert_eq!(request_id(&HeaderMap::new()), "");
    }
}
