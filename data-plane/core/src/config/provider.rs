use std::sync::Arc;
use std::time::Duration;

use vocabulary::{Dialect, Operation, ProviderKind, Secret, Tenancy};

/// A place that serves models: an endpoint and the key to it. Vendors are rows of this, never code.
pub struct Provider {
    /// Its name in the catalog.
    pub id: String,
    /// Where its API starts, without a trailing slash: `https://api.openai.com/v1`.
    pub base_url: String,
    /// The dialects that it speaks.
    pub dialects: Vec<Dialect>,
    /// `None`: it asks for no key.
    pub credential: Option<Credential>,
    /// A vendor, or a Smart Router above this one.
    pub kind: ProviderKind,
    /// Private, loopback and link-local addresses may be connected to.
    pub private_network: bool,
    /// Whose the account is that its key opens.
    pub tenancy: Tenancy,
    /// Headers of callers that it gets beside those of its dialects, in lower case.
    pub forward_headers: Vec<String>,
    /// How it is reached, where that is not the usual way.
    pub egress: Option<Arc<Egress>>,
    /// How long each step of a call may take.
    pub timeouts: Timeouts,
}

/// How a provider is reached from a corporate network. All files are PEM files on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Egress {
    /// The proxy that is asked to connect: `http://host:port`.
    pub proxy: Option<String>,
    /// What the provider's certificate must be signed by; `None`: what the system trusts.
    pub ca_file: Option<String>,
    /// The router's own certificate chain and its key.
    pub client: Option<(String, String)>,
}

impl Provider {
    /// Where it serves that operation. OpenAI's base URLs name the version (`…/v1`), Anthropic's do not, and a provider
    /// that speaks both has only one: `/v1` is added where it is missing and never doubled.
    pub fn url(&self, operation: Operation) -> String {
        let base = self.base_url.trim_end_matches('/');
        let root = base.strip_suffix("/v1").unwrap_or(base);
        let path = operation.upstream_path();
        match (operation.dialect(), self.kind) {
            (Dialect::AnthropicMessages, _) => format!("{root}{path}"),
            (_, ProviderKind::SmartRouter) => format!("{root}/v1{path}"),
            (_, ProviderKind::Provider) => format!("{base}{path}"),
        }
    }
}

/// Where a provider's key comes from.
#[derive(Clone)]
pub enum Credential {
    /// The key itself, resolved by the control plane.
    Value(Secret),
    /// A variable of the router's environment.
    Env(String),
    /// A file on the router.
    File(String),
}

/// How long each step of a call to a provider may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP and TLS.
    pub connect: Duration,
    /// Of a stream: from the request's last byte to the answer's first. A whole answer comes when the model has finished,
    /// and is bounded by `total` alone.
    pub first_byte: Duration,
    /// Between two chunks of a stream.
    pub stream_idle: Duration,
    /// The whole call.
    pub total: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_added_where_it_is_missing_and_never_doubled() {
        let second = Duration::from_secs(1);
        let timeouts = Timeouts { connect: second, first_byte: second, stream_idle: second, total: second };
        let url = |base_url: &str, kind, operation| {
            let provider = Provider {
                id: String::new(),
                base_url: base_url.to_owned(),
                dialects: Vec::new(),
                credential: None,
                kind,
                private_network: false,
                tenancy: Tenancy::Shared,
                forward_headers: Vec::new(),
                egress: None,
                timeouts,
            };
            provider.url(operation)
        };
        let (vendor, router) = (ProviderKind::Provider, ProviderKind::SmartRouter);
        let (chat, messages) = (Operation::ChatCompletions, Operation::Messages);
        assert_eq!(url("https://a.example/v1", vendor, chat), "https://a.example/v1/chat/completions");
        assert_eq!(
            url("https://a.example/api/paas/v4/", vendor, chat),
            "https://a.example/api/paas/v4/chat/completions"
        );
        assert_eq!(url("https://a.example", vendor, messages), "https://a.example/v1/messages");
        assert_eq!(url("https://a.example/v1", vendor, messages), "https://a.example/v1/messages");
        assert_eq!(url("https://a.example", router, chat), "https://a.example/v1/chat/completions");
        assert_eq!(url("https://a.example/v1", router, chat), "https://a.example/v1/chat/completions");
    }
}
