//! Names in filters that the configuration in force does not have: an empty table alone would not tell a slip from nothing.

use std::collections::BTreeSet;

use control_plane_core::suggest;
use serde_json::Value;

use crate::admin_client::AdminClient;

/// Says on stderr which of these, `<name>=<value>` each, are nothing that the configuration has. What cannot be asked is not said.
pub async fn tell(client: &AdminClient, filters: &[String]) {
    let asked: Vec<(&str, &str)> = filters.iter().filter_map(|it| it.split_once('=')).collect();
    if !asked.iter().any(|(name, _)| KINDS.contains(&name.trim())) {
        return;
    }
    let Ok(document) = client.get("/config", &[("format", "json".to_owned())]).await else { return };
    for line in unknown(&document, &asked) {
        crate::output::say!("{line}");
    }
}

/// Filters by what a configuration names.
const KINDS: [&str; 5] = ["caller", "group", "provider", "model", "target"];

fn unknown(document: &Value, asked: &[(&str, &str)]) -> Vec<String> {
    let line = |(name, value): &(&str, &str)| {
        let kind = KINDS.into_iter().find(|it| *it == name.trim())?;
        let known = known(document, kind);
        (!value.is_empty() && !known.contains(*value)).then(|| {
            let hint = suggest::hint(value, known.iter().map(String::as_str));
            format!("The configuration in force has no {kind} `{value}`{hint}. Only rows of an older one can match.")
        })
    };
    asked.iter().filter_map(line).collect()
}

fn known(document: &Value, kind: &str) -> BTreeSet<String> {
    let keys = |of: &Value| of.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    match kind {
        "caller" => {
            let callers = document["callers"].as_array().into_iter().flatten();
            callers.filter_map(|it| it["id"].as_str().map(str::to_owned)).collect()
        }
        "group" => keys(&document["groups"]).into_iter().collect(),
        "provider" => keys(&document["providers"]).into_iter().collect(),
        // What was tried is named by its target.
        _ => {
            let providers = document["providers"].as_object().into_iter().flatten();
            providers
                .flat_map(|(provider, it)| {
                    keys(&it["models"]).into_iter().map(move |model| format!("{provider}/{model}"))
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::unknown;

    #[test]
    fn what_the_configuration_does_not_name_is_told() {
        let document = json!({
            "providers": {"openai": {"models": {"mini": {}}}},
            "groups": {"fast": {}},
            "callers": [{"id": "ana"}],
        });
        let known = [
            ("caller", "ana"),
            ("group", "fast"),
            ("provider", "openai"),
            ("target", "openai/mini"),
            ("model", "openai/mini"),
        ];
        assert_eq!(unknown(&document, &known), Vec::<String>::new());
        assert_eq!(unknown(&document, &[("code", "x"), ("group", "")]), Vec::<String>::new(), "nobody can say");
        let told = unknown(&document, &[("caller", "anna"), ("target", "openai/maxi")]);
        assert!(told[0].contains("no caller `anna`") && told[0].contains("ana"), "{told:?}");
        assert!(told[1].contains("no target `openai/maxi`"), "{told:?}");
    }
}
