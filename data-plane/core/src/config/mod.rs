//! The snapshot that a router serves from: immutable, indexed for lookup. One request sees one of them.

mod caller;
mod group;
mod provider;
mod settings;
mod snapshot;
mod target;
mod token;

pub use caller::{Caller, Limits, Project, Scope};
pub use group::{Fallback, Group, GroupTarget, PolicyKind, Reveal};
pub use provider::{Credential, Provider, ProviderKind, Secret, Timeouts};
pub use settings::{Baseline, ResponsesStore, Settings, Valkey};
pub use snapshot::{Snapshot, SnapshotParts};
pub use target::{Modality, OutputCap, Price, Target, TargetState};
pub use token::{Token, TokenState};
