//! The configuration document: what `smart-router.yaml` holds, one noun a file. Defaults are filled in by the types, and
//! a value that equals its default is left out when written, so two documents that mean the same are equal.

mod caller;
mod cors;
mod duration;
mod group;
mod max_disconnected;
mod model;
mod oidc;
mod policy;
mod price;
mod project;
mod provider;
mod root;
mod settings;
mod state;
mod template;
mod webhook;

use serde::Deserialize;
use serde_json::Value;

pub use caller::{Caller, Limits};
pub use cors::Cors;
pub use duration::Duration;
pub use group::{Contract, Fallback, Group, GroupTarget, Reveal};
pub use max_disconnected::MaxDisconnected;
pub use model::{Modalities, Model, OutputCap, Reasoning};
pub use oidc::{AdminSessions, OidcProvider, RoleRule};
pub use policy::Policy;
pub use price::{Date, Price, UsdPerMtok};
pub use project::Project;
pub use provider::{CredentialRef, Egress, Provider, Timeouts};
pub use root::Document;
pub use settings::{Baseline, Settings, UsageSettings};
pub use state::{ResponsesStore, SharedState};
pub use template::Template;
pub use vocabulary::{
    Dialect, FailureClass, Fidelity, Modality, Network, OutputCapField, PolicyKind, ProviderKind, Scope,
    SharedStateKind, TargetState, Tenancy,
};
pub use webhook::Webhook;

/// For `skip_serializing_if`: a value that equals its default need not be written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether a value can be read where the schema names a form of its own (`x-expected`): the type that has it judges.
pub(crate) fn is_of_its_form(rule: &Value, value: &Value) -> bool {
    fn reads<'a, T: Deserialize<'a>>(value: &'a Value) -> bool {
        T::deserialize(value).is_ok()
    }
    match rule["x-expected"].as_str() {
        None => true,
        Some(duration::EXPECTED) => reads::<Duration>(value),
        Some(max_disconnected::EXPECTED) => reads::<MaxDisconnected>(value),
        Some(price::EXPECTED) => reads::<UsdPerMtok>(value),
        Some(price::EXPECTED_DATE) => reads::<Date>(value),
        Some(_) => false,
    }
}
