//! The configuration document: what `smart-router.yaml` holds, one noun a file. Defaults are filled in by the types, and
//! a value that equals its default is left out when written, so two documents that mean the same are equal.

mod caller;
mod dialect;
mod duration;
mod fidelity;
mod group;
mod model;
mod policy;
mod price;
mod project;
mod provider;
mod root;
mod settings;
mod state;
mod template;

pub use caller::{Caller, Limits, Scope};
pub use dialect::Dialect;
pub use duration::Duration;
pub use fidelity::Fidelity;
pub use group::{Contract, FailureKind, Fallback, Group, GroupTarget, Reveal};
pub use model::{Modalities, Modality, Model, OutputCap, OutputCapField, Reasoning, TargetState};
pub use policy::{Policy, PolicyKind};
pub use price::{Date, Price, UsdPerMtok};
pub use project::Project;
pub use provider::{CredentialRef, Network, Provider, ProviderKind, Timeouts};
pub use root::Document;
pub use settings::{Baseline, Settings, UsageSettings};
pub use state::{ResponsesStore, SharedState, SharedStateKind};
pub use template::Template;

/// For `skip_serializing_if`: a value that equals its default need not be written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
