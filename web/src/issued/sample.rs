use super::Issued;
use crate::{
    Sample, Sampled, Shown, SnippetFor,
    first::FirstRequest,
    parts::{Crumb, Fact},
    sample::NOW_MS,
    show::Moment,
};

impl Sampled for Issued {
    fn sample(of: Sample) -> Self {
        let group = of.name(&["fast"], 0);
        Self {
            crumbs: vec![Crumb::new("Tokens", "/tokens")],
            title: format!("Token {}", of.name(&["laptop"], 1)),
            secret: "sr_a1b2c3d4_0000000000000000000000000000000000000000000".to_owned(),
            facts: vec![
                Fact::new("Caller", Shown::Link(of.name(&["ana-search-dev"], 2), "/callers/ana".to_owned())),
                Fact::new("Groups", Shown::Text(group.clone())),
                Fact::new("Expires", Shown::Moment(Moment { at_ms: NOW_MS + 7_776_000_000, now_ms: NOW_MS })),
            ],
            command: "export SMART_ROUTER_TOKEN=sr_a1b2c3d4_0000000000000000000000000000000000000000000".to_owned(),
            snippets: SnippetFor { base_url: "http://127.0.0.1:8801", token: "$SMART_ROUTER_TOKEN", group: &group }
                .all(),
            first: Some(FirstRequest::sample(of, of == Sample::Normal, "/tokens/a1b2c3d4")),
            done: ("The token".to_owned(), "/tokens/a1b2c3d4".to_owned()),
        }
    }
}
