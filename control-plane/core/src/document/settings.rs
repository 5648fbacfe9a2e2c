use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AdminSessions, Cors, MaxDisconnected, ResponsesStore, SharedState, UsdPerMtok, Webhook, is_default};

/// What concerns all callers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The group that `auto` means when a caller has no default of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_group: Option<String>,
    /// How long a router serves without its control plane: tokens and revocations are that old at most. Then callers get 503
    /// `config-expired`. From `1m`, or `forever`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = MaxDisconnected::default()))]
    pub max_disconnected: MaxDisconnected,
    /// What is kept about requests.
    #[serde(default, skip_serializing_if = "is_default")]
    pub usage: UsageSettings,
    /// Models that savings are measured against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<Baseline>,
    /// Answers of Responses that callers asked to be kept.
    #[serde(default, skip_serializing_if = "is_default")]
    pub responses_store: ResponsesStore,
    /// Where routers keep what they must know of each other.
    #[serde(default, skip_serializing_if = "is_default")]
    pub shared_state: SharedState,
    /// Pages in browsers that may call routers.
    #[serde(default, skip_serializing_if = "is_default")]
    pub cors: Cors,
    /// How long people stay logged in.
    #[serde(default, skip_serializing_if = "is_default")]
    pub admin_sessions: AdminSessions,
    /// Places outside that are told of reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhooks: Vec<Webhook>,
}

/// What is kept about requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsageSettings {
    /// Record the address that a request came from.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = false))]
    pub store_client_ip: bool,
}

/// A model that savings are measured against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Its name in reports.
    pub id: String,
    /// Price of input.
    pub input_usd_per_mtok: UsdPerMtok,
    /// Price of output.
    pub output_usd_per_mtok: UsdPerMtok,
}
