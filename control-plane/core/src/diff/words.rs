use super::Change;
use crate::path::steps;

impl Change {
    /// Where it is, in words: `Weight of the target openai/mini of the group fast`.
    pub fn words(&self) -> String {
        words(&self.path)
    }
}

/// A place as differences name it, in words.
pub fn words(path: &str) -> String {
    let (place, order) = path.strip_suffix(" (order)").map_or((path, false), |it| (it, true));
    let steps = steps(place);
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let (what, rest) = match steps.as_slice() {
        ["groups", id, "targets", target, rest @ ..] => (format!("target {target} of the group {id}"), rest),
        ["groups", id, rest @ ..] => (format!("group {id}"), rest),
        ["providers", provider, "models", model, rest @ ..] => (format!("model {provider}/{model}"), rest),
        ["providers", id, rest @ ..] => (format!("provider {id}"), rest),
        ["callers", id, rest @ ..] => (format!("caller {id}"), rest),
        ["projects", id, rest @ ..] => (format!("project {id}"), rest),
        ["oidc", id, rest @ ..] => (format!("login provider {id}"), rest),
        ["settings", rest @ ..] if !rest.is_empty() => (format!("setting {}", rest.join(".")), &[][..]),
        _ => return place.to_owned(),
    };
    let of_it = if rest.is_empty() { what } else { format!("{} of the {what}", field(rest)) };
    capital(&if order { format!("order of {of_it}") } else { of_it })
}

/// What a version changed, as it is kept with it, in words.
pub fn summary_words(summary: &str) -> String {
    let (named, more) = match summary.rsplit_once(" and ") {
        Some((named, more)) if more.ends_with(" more") => (named, format!(" and {more}")),
        _ => (summary, String::new()),
    };
    let each: Vec<String> = named.split(", ").map(|it| lower(&words(it))).collect();
    format!("{}{more}", capital(&each.join(", ")))
}

fn field(rest: &[&str]) -> String {
    let word = |step: &&str| match *step {
        "allow" => "allowed groups".to_owned(),
        "base_url" => "address".to_owned(),
        "rpm" => "requests per minute".to_owned(),
        "tpm" => "tokens per minute".to_owned(),
        // Of what, says the next step.
        "limits" => String::new(),
        other => other.replace('_', " "),
    };
    let words: Vec<String> = rest.iter().map(word).filter(|it| !it.is_empty()).collect();
    if words.is_empty() { "limits".to_owned() } else { words.join(" ") }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_in_words() {
        for (path, told) in [
            ("groups.fast", "Group fast"),
            ("groups.fast.targets[openai/mini].weight", "Weight of the target openai/mini of the group fast"),
            ("groups.fast.targets (order)", "Order of targets of the group fast"),
            ("groups[\"a b\"].policy.kind", "Policy kind of the group a b"),
            ("providers.openai.base_url", "Address of the provider openai"),
            ("providers.openai.models[\"gpt.5\"].context", "Context of the model openai/gpt.5"),
            ("callers[ana].limits.rpm", "Requests per minute of the caller ana"),
            ("callers[ana].limits", "Limits of the caller ana"),
            ("callers[ana].allow", "Allowed groups of the caller ana"),
            ("settings.usage.store_client_ip", "Setting usage.store_client_ip"),
            ("projects.search", "Project search"),
            ("version", "version"),
            ("", ""),
        ] {
            assert_eq!(words(path), told, "{path}");
        }
        assert_eq!(summary_words("groups.fast, callers[ana] and 3 more"), "Group fast, caller ana and 3 more");
        assert_eq!(summary_words("groups.fast"), "Group fast");
        assert_eq!(summary_words(""), "");
    }
}
