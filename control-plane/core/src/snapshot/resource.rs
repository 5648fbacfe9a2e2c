use crate::Secret;

/// One entry of a snapshot.
#[derive(Clone, PartialEq, Eq)]
pub struct Resource {
    /// `<kind>/<id>`; kinds: `settings`, `provider`, `target`, `group`, `project`, `caller`, `token`.
    pub key: String,
    /// What it says.
    pub body: Body,
}

impl Resource {
    pub(super) fn new(kind: &str, id: &str, body: Body) -> Self {
        Self { key: format!("{kind}/{id}"), body }
    }
}

/// What a resource says.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// What concerns all callers; its key is `settings/all`.
    Settings(Settings),
    /// A place that serves models.
    Provider(Provider),
    /// One model of one provider.
    Target(Target),
    /// What callers name as `model`.
    Group(Group),
    /// What callers work for.
    Project(Project),
    /// Who calls.
    Caller(Caller),
    /// What a caller shows.
    Token(Token),
}

/// What concerns all callers.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// What `auto` means when a caller has no default group; empty when unset.
    pub default_group: String,
    /// Client addresses are recorded.
    pub store_client_ip: bool,
    /// What savings are measured against.
    pub baselines: Vec<Baseline>,
    /// `None`: answers of Responses are not kept.
    pub responses_store: Option<ResponsesStore>,
    /// The address of a Valkey or Redis server; `None`: every router keeps its own state.
    pub valkey_url: Option<Secret>,
}

/// How answers of Responses are kept.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponsesStore {
    /// For how long, in milliseconds.
    pub ttl_ms: u64,
    /// What routers derive the key from under which they seal them.
    pub seal_key: Secret,
}

/// A model that savings are measured against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Its name in reports.
    pub id: String,
    /// Price of input, nano-dollars per million tokens.
    pub input_nanousd_per_mtok: u64,
    /// Price of output, nano-dollars per million tokens.
    pub output_nanousd_per_mtok: u64,
}

/// A place that serves models.
#[derive(Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name in the catalog.
    pub id: String,
    /// Where its API starts, without a trailing slash.
    pub base_url: String,
    /// The dialects that it speaks.
    pub dialects: Vec<String>,
    /// `None`: it asks for no key.
    pub credential: Option<CredentialSource>,
    /// `provider` or `smart-router`.
    pub kind: String,
    /// Private, loopback and link-local addresses may be connected to.
    pub private_network: bool,
    /// How long each step of a call may take.
    pub timeouts: Timeouts,
}

/// A provider's key, or where a router finds it.
#[derive(Clone, PartialEq, Eq)]
pub enum CredentialSource {
    /// The key itself.
    Value(Secret),
    /// A variable of the router's environment.
    Env(String),
    /// A file on the router.
    File(String),
}

/// How long each step of a call may take, in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the names of the message")]
pub struct Timeouts {
    /// TCP and TLS.
    pub connect_ms: u64,
    /// From the request's last byte to the answer's first.
    pub first_byte_ms: u64,
    /// Between two chunks of a stream.
    pub stream_idle_ms: u64,
    /// The whole call.
    pub total_ms: u64,
}

/// One model of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// `<provider>/<model id>`.
    pub id: String,
    /// The provider's id.
    pub provider: String,
    /// The provider's own name for the model.
    pub model: String,
    /// `catalog`, `validating`, `active`, `retired`.
    pub state: String,
    /// Input and output together; 0: not known, not checked.
    pub context_tokens: u64,
    /// 0: not known, not checked.
    pub max_output_tokens: u64,
    /// What it reads.
    pub input_modalities: Vec<String>,
    /// What it writes.
    pub output_modalities: Vec<String>,
    /// Tool types that it takes, in the order of the document.
    pub tools: Vec<DialectTools>,
    /// It keeps to a JSON Schema.
    pub structured_outputs: bool,
    /// It can be asked to reason.
    pub reasoning: bool,
    /// Efforts that it knows; empty: all.
    pub reasoning_efforts: Vec<String>,
    /// The request's field that caps the output; empty: the one that the client used.
    pub output_cap_field: String,
    /// It does not keep to the cap.
    pub output_cap_ignored: bool,
    /// Ascending by `from_ms`.
    pub prices: Vec<Price>,
}

/// Tool types that a target takes in one dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialectTools {
    /// The dialect.
    pub dialect: String,
    /// `function`, `custom`, `client`, or the type of a tool that the provider runs itself.
    pub types: Vec<String>,
}

/// Nano-dollars per million tokens; absent: as input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Milliseconds since the Unix epoch; 0: always.
    pub from_ms: i64,
    /// Fresh input.
    pub input: u64,
    /// Input read from the provider's cache.
    pub cached_input: Option<u64>,
    /// Input written to the provider's cache for five minutes.
    pub cache_write_5m: Option<u64>,
    /// Input written to the provider's cache for one hour.
    pub cache_write_1h: Option<u64>,
    /// Output, reasoning included.
    pub output: u64,
}

/// What callers name as `model`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name.
    pub id: String,
    /// Further names.
    pub aliases: Vec<String>,
    /// `static`, `weighted`, `failover`.
    pub policy: String,
    /// In the order of the document.
    pub targets: Vec<GroupTarget>,
    /// The first one included.
    pub max_attempts: u32,
    /// The failures that move on to the next target.
    pub fallback_on: Vec<String>,
    /// The dialects that callers may use; empty: all that the targets speak.
    pub dialects: Vec<String>,
    /// The content that callers may send; empty: all that the targets read.
    pub modalities: Vec<String>,
    /// Answers name the target.
    pub reveal_target: bool,
    /// Answers tell the cost.
    pub reveal_cost: bool,
    /// `tolerant` or `strict`.
    pub fidelity: String,
}

/// A target's place in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupTarget {
    /// The target's id.
    pub target: String,
    /// Its share under the weighted policy.
    pub weight: u32,
}

/// What callers work for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name.
    pub id: String,
    /// Who answers for it; may be empty.
    pub owner: String,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Its name.
    pub id: String,
    /// Who answers for it; may be empty.
    pub user: String,
    /// Its project's id; may be empty.
    pub project: String,
    /// `dev`, `prod`, …; may be empty.
    pub environment: String,
    /// The groups that it may call.
    pub allow: Vec<String>,
    /// What `auto` means for it; empty: the default of the settings.
    pub default_group: String,
    /// What its tokens may do.
    pub scopes: Vec<String>,
    /// `None`: no limit.
    pub requests_per_minute: Option<u64>,
    /// `None`: no limit.
    pub tokens_per_minute: Option<u64>,
    /// `None`: no limit.
    pub concurrency: Option<u64>,
    /// It may not call at all.
    pub disabled: bool,
}

/// What a caller shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The public part.
    pub id: String,
    /// The caller's id.
    pub caller: String,
    /// SHA-256 of the whole token.
    pub digest: [u8; 32],
    /// `active`, `suspended`, `revoked`, `rotated`.
    pub state: String,
    /// Milliseconds since the Unix epoch; 0: never.
    pub expires_ms: i64,
}
