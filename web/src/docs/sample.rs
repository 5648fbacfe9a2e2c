use super::{Docs, DocsFound, DocsLink, DocsPart};
use crate::{Sample, Sampled};

const BODY: &str = "<h1 id=\"clients\">Clients</h1><p>Every client takes three things: the router's address, a caller token, and a \
group's name as the model.</p><h2 id=\"curl\">curl</h2><pre tabindex=\"0\"><code>curl http://127.0.0.1:8801/v1/chat/completions -H \
\"authorization: Bearer $SMART_ROUTER_TOKEN\" -H 'content-type: application/json'</code></pre><h2 id=\"codex\">Codex</h2><p>In \
<code>~/.codex/config.toml</code>:</p><table><thead><tr><th>Key</th><th>Value</th></tr></thead><tbody><tr><td><code>wire_api</code></td>\
<td><code>responses</code></td></tr></tbody></table>";

impl Sampled for Docs {
    fn sample(of: Sample) -> Self {
        let link = |title: &str, current| DocsLink { title: title.to_owned(), href: format!("/docs/{title}"), current };
        let found = |at: usize| DocsFound {
            title: format!("Clients, {at}"),
            href: "/docs/clients#codex".to_owned(),
            around: (
                "a group's name as ".to_owned(),
                of.name(&["the model"], at),
                ". The examples use this address.".to_owned(),
            ),
        };
        let searching = of != Sample::Normal;
        Self {
            search: if searching { of.name(&["model"], 0) } else { String::new() },
            contents: vec![
                DocsPart {
                    title: "Begin",
                    pages: vec![link("Quickstart", false), link("Clients", true), link("Concepts", false)],
                },
                DocsPart {
                    title: "Run",
                    pages: vec![link("Deployment", false), link("Operations", false), link("Security", false)],
                },
                DocsPart {
                    title: "Reference",
                    pages: vec![link("Configuration", false), link("Commands", false), link("Errors", false)],
                },
            ],
            title: "Clients".to_owned(),
            body: BODY,
            headings: vec![("curl".to_owned(), "curl".to_owned()), ("Codex".to_owned(), "codex".to_owned())],
            found: searching.then(|| (0..of.rows(4, 40)).map(found).collect()),
        }
    }
}
