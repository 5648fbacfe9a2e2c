//! The words that both planes and the wire use, each written once: the closed sets ([`Dialect`], [`FailureClass`], …)
//! with their names, prices, and what is meant where a configuration says nothing ([`defaults`]).
//!
//! Never here: rules of either plane, I/O, protobuf. Numbers on the wire stand in `proto`.

#[macro_use]
mod closed_set;

mod caller;
pub mod defaults;
mod dialect;
mod failure_class;
mod group;
mod price;
mod provider;
mod shared_state;
mod target;

pub use caller::{Scope, TokenState};
pub use dialect::{Dialect, Operation};
pub use failure_class::FailureClass;
pub use group::{Fidelity, PolicyKind};
pub use price::Price;
pub use provider::{Network, ProviderKind};
pub use shared_state::SharedStateKind;
pub use target::{Modality, OutputCapField, TargetState};
