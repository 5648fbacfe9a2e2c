//! What a first start without a configuration sets up.

use crate::Document;
use crate::parse::parse;

/// The caller of the demo, for whom a first token is made.
pub const CALLER: &str = "demo";

const TEXT: &str = include_str!("demo.yaml");

/// The sandbox as a provider, the groups `demo`, `fast` and `smart`, and one caller. `sandbox_url` is where the sandbox's
/// OpenAI paths start, `http://127.0.0.1:<port>/v1`.
pub fn demo(sandbox_url: &str) -> Document {
    let env = |name: &str| (name == "SANDBOX_URL").then(|| sandbox_url.to_owned());
    parse(TEXT, &env).expect("the demo is a valid configuration for any absolute URL").document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Dialect;

    #[test]
    fn the_demo_serves_every_dialect() {
        let document = demo("http://127.0.0.1:12345/v1");
        let sandbox = &document.providers["sandbox"];
        assert_eq!(sandbox.base_url, "http://127.0.0.1:12345/v1");
        assert_eq!(sandbox.dialects, Dialect::ALL);
        assert_eq!(document.groups.keys().collect::<Vec<_>>(), ["demo", "fast", "smart"]);
        assert!(document.caller(CALLER).is_some());
        assert_eq!(crate::validate::validate(&document), []);
    }
}
