//! The snapshot that a router serves from: immutable, indexed for lookup. One request sees one of them.

mod caller;
mod closed;
mod group;
mod policy;
mod provider;
mod settings;
mod snapshot;
mod target;
mod token;

pub use caller::{Caller, Limits, Project};
pub use closed::Closed;
pub use group::{Fallback, Group, GroupTarget, Reveal};
pub use policy::Policy;
pub use provider::{Credential, Egress, Provider, Timeouts};
pub use settings::{Baseline, Cors, ResponsesStore, Settings, Valkey};
pub use snapshot::{Index, Snapshot, SnapshotParts};
pub use target::{OutputCap, Target};
pub use token::Token;
pub use vocabulary::{
    Fidelity, Modality, OutputCapField, PolicyKind, Price, ProviderKind, Scope, Secret, TargetState, Tenancy,
    TokenState,
};
