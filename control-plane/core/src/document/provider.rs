use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use url::Url;
use vocabulary::{Dialect, Network, ProviderKind, Tenancy, defaults};

use super::{Duration, Model, is_default};

/// A place that serves models: an endpoint and the key to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Where its API starts, with the version for OpenAI's dialects: `https://api.openai.com/v1`,
    /// `https://api.anthropic.com`.
    pub base_url: String,
    /// The dialects that it speaks.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub dialects: Vec<Dialect>,
    /// Where its key comes from. Left out: a key that was sealed in the database, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialRef>,
    /// A vendor's API, or another Smart Router.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = ProviderKind::default()))]
    pub kind: ProviderKind,
    /// The network that it is in. Private, loopback and link-local addresses are refused unless this says `private`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = Network::default()))]
    pub network: Network,
    /// Whose the account is that its key opens.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = Tenancy::default()))]
    pub tenancy: Tenancy,
    /// Headers of callers that it gets beside those of its dialects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("uniqueItems" = true))]
    pub forward_headers: Vec<String>,
    /// How it is reached from a corporate network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub egress: Option<Egress>,
    /// How long each step of a call may take.
    #[serde(default, skip_serializing_if = "is_default")]
    pub timeouts: Timeouts,
    /// The models that it serves, by the name that groups use: `<provider>/<model>`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub models: IndexMap<String, Model>,
}

/// How a provider is reached from a corporate network. All files are PEM files on the routers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Egress {
    /// The proxy that is asked to connect (`CONNECT`): `http://proxy.internal:3128`. It finds the provider's name, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// What the provider's certificate must be signed by, instead of what the system trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// The router's own certificate chain, for a provider that asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<String>,
    /// The private key of that certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
}

impl Egress {
    /// The files that it names, each with its key.
    pub fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let files =
            [("ca_file", &self.ca_file), ("certificate_file", &self.certificate_file), ("key_file", &self.key_file)];
        files.into_iter().filter_map(|(key, file)| Some((key, file.as_deref()?)))
    }
}

/// Where a provider's key comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialRef {
    /// A variable of the environment, of the control plane or else of the router.
    Env(String),
    /// A file, on the control plane or else on the router.
    File(String),
}

impl JsonSchema for CredentialRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CredentialRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Where a provider's key comes from: exactly one of the two.",
            "type": "object",
            "properties": {
                "env": {
                    "description": "A variable of the environment, of the control plane or else of the router.",
                    "type": "string",
                },
                "file": {
                    "description": "A file that holds the key alone, on the control plane or else on the router.",
                    "type": "string",
                },
            },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
        })
    }
}

/// How long each step of a call to a provider may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// TCP and TLS.
    #[serde(skip_serializing_if = "is_connect_default")]
    #[schemars(extend("default" = Duration::from(defaults::CONNECT_TIMEOUT)))]
    pub connect: Duration,
    /// Of a stream: from the request's last byte to the answer's first. A whole answer comes when the model has finished,
    /// and is bounded by `total` alone.
    #[serde(skip_serializing_if = "is_first_byte_default")]
    #[schemars(extend("default" = Duration::from(defaults::FIRST_BYTE_TIMEOUT)))]
    pub first_byte: Duration,
    /// Between two chunks of a stream.
    #[serde(skip_serializing_if = "is_stream_idle_default")]
    #[schemars(extend("default" = Duration::from(defaults::STREAM_IDLE_TIMEOUT)))]
    pub stream_idle: Duration,
    /// The whole call.
    #[serde(skip_serializing_if = "is_total_default")]
    #[schemars(extend("default" = Duration::from(defaults::TOTAL_TIMEOUT)))]
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: defaults::CONNECT_TIMEOUT.into(),
            first_byte: defaults::FIRST_BYTE_TIMEOUT.into(),
            stream_idle: defaults::STREAM_IDLE_TIMEOUT.into(),
            total: defaults::TOTAL_TIMEOUT.into(),
        }
    }
}

impl Provider {
    /// Where its key is sent: scheme, host and port.
    pub fn origin(&self) -> String {
        Url::parse(&self.base_url).map_or_else(|_| self.base_url.clone(), |it| it.origin().ascii_serialization())
    }
}

/// Whether a timeout is its default, for `skip_serializing_if`: one function for each, as serde takes no argument.
macro_rules! is_default_timeout {
    ($($function:ident: $field:ident),*) => {
        $(
            fn $function(value: &Duration) -> bool {
                *value == Timeouts::default().$field
            }
        )*
    };
}

is_default_timeout!(
    is_connect_default: connect,
    is_first_byte_default: first_byte,
    is_stream_idle_default: stream_idle,
    is_total_default: total
);
