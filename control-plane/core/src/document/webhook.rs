use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vocabulary::Network;

use super::{CredentialRef, is_default};

/// A place outside that the control plane tells things, such as reports that are sent by a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Its name in schedules.
    pub id: String,
    /// Where it is told, by `POST`: `https://hooks.example.com/reports`. What it answers with a redirect is not followed.
    pub url: String,
    /// The network that it is in. Private, loopback and link-local addresses are refused unless this says `private`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(extend("default" = Network::default()))]
    pub network: Network,
    /// Where the secret comes from that messages are signed with, on every control plane. Left out: they are not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<CredentialRef>,
}
