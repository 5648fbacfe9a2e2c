//! Configurations for the tests.

use std::net::SocketAddr;

/// One sandbox provider that speaks every dialect, a target per behaviour, a group of the same name for each.
/// A group `first-then-second` fails over from the first behaviour to the second.
pub fn with_behaviours(sandbox: SocketAddr, behaviours: &[(&str, &str)], failovers: &[(&str, &[&str])]) -> String {
    let dialects = "openai-chat, openai-responses, anthropic-messages";
    let mut text = format!("version: 1\nproviders:\n{}", provider("openai", sandbox, "/v1", dialects));
    text.push_str(&models(behaviours));
    text.push_str("groups:\n");
    let single: Vec<(&str, Vec<&str>)> = behaviours.iter().map(|(name, _)| (*name, vec![*name])).collect();
    let chains = failovers.iter().map(|(name, targets)| (*name, targets.to_vec()));
    let groups: Vec<(&str, Vec<&str>)> = single.into_iter().chain(chains).collect();
    for (name, targets) in &groups {
        let list: Vec<String> = targets.iter().map(|it| format!("{{model: openai/{it}}}")).collect();
        text.push_str(&format!("  {name}: {{policy: {{kind: failover}}, targets: [{}]}}\n", list.join(", ")));
    }
    let names: Vec<&str> = groups.iter().map(|(name, _)| *name).collect();
    text.push_str(&format!(
        "projects:\n  search: {{owner: platform}}\ncallers:\n  - {{id: tester, user: ana, project: search, environment: test, \
         allow: [{}], scopes: [inference, explain, metrics]}}\n",
        names.join(", ")
    ));
    text
}

fn provider(id: &str, sandbox: SocketAddr, path: &str, dialects: &str) -> String {
    format!(
        "  {id}:\n    base_url: http://{sandbox}{path}\n    dialects: [{dialects}]\n    network: private\n    \
         forward_headers: [x-test-id]\n    credential: {{env: PLANTED_PROVIDER_API_KEY}}\n    timeouts: {{connect: 1s, first_byte: 2s, stream_idle: 2s, total: 20s}}\n"
    )
}

fn models(behaviours: &[(&str, &str)]) -> String {
    let mut text = String::from("    models:\n");
    for (name, model) in behaviours {
        text.push_str(&format!(
            "      {name}: {{model: \"{model}\", state: active, modalities: {{input: [text, image, file], output: [text]}}, \
             structured_outputs: true, reasoning: {{supported: true}}, prices: [{{input: 0.25, cached_input: 0.025, output: 2.00}}]}}\n"
        ));
    }
    text
}
