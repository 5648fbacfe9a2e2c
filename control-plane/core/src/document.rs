//! The configuration document: what `smart-router.yaml` holds, one noun a file. Defaults are filled in by the types, and
//! a value that equals its default is left out when written, so two documents that mean the same are equal.

mod caller;
mod duration;
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

pub use caller::{Caller, Limits};
pub use duration::Duration;
pub use group::{Contract, Fallback, Group, GroupTarget, Reveal};
pub use model::{Modalities, Model, OutputCap, Reasoning};
pub use policy::Policy;
pub use price::{Date, Price, UsdPerMtok};
pub use project::Project;
pub use provider::{CredentialRef, Provider, Timeouts};
pub use root::Document;
pub use settings::{Baseline, Settings, UsageSettings};
pub use state::{ResponsesStore, SharedState};
pub use template::Template;
pub use vocabulary::{
    Dialect, FailureClass, Fidelity, Modality, Network, OutputCapField, PolicyKind, ProviderKind, Scope,
    SharedStateKind, TargetState,
};

/// For `skip_serializing_if`: a value that equals its default need not be written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
