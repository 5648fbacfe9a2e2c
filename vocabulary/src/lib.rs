//! The words that both planes and the wire use, each written once: the closed sets ([`Dialect`], [`FailureClass`], …)
//! with their names, prices, what is meant where a configuration says nothing ([`defaults`]), the form of tokens
//! ([`token`]), and the few rules that both planes follow.
//!
//! Never here: rules of one plane alone, I/O, protobuf. Numbers on the wire stand in `proto`.

#[macro_use]
mod closed_set;

mod build;
mod caller;
pub mod defaults;
mod dialect;
mod failure_class;
pub mod forwarding;
mod group;
mod price;
mod provider;
mod secret;
mod shared_state;
mod spoken;
mod target;
pub mod token;

pub use build::Build;
pub use caller::{Scope, TokenState};
pub use dialect::{Dialect, Operation};
pub use failure_class::FailureClass;
pub use group::{Fidelity, PolicyKind};
pub use price::Price;
pub use provider::{Network, ProviderKind, Tenancy};
pub use secret::Secret;
pub use shared_state::SharedStateKind;
pub use target::{Modality, OutputCapField, TargetState};
