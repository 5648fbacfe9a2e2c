use thiserror::Error;

use super::reason::Reason;
use crate::config::{Modality, TargetState};
use crate::dialect::translate::Impossible;
use crate::dialect::{Dialect, InvalidBody, Operation};
use crate::facts::provenance::KeptId;

/// Why a target cannot serve a request. Displays as an explanation for people.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// Only active targets serve callers.
    #[error("the target is not active: its state is `{}`", .0.as_str())]
    State(TargetState),
    /// The provider speaks no dialect in which the request could be told.
    #[error("the provider does not speak {}", .0.as_str())]
    Dialect(Dialect),
    /// The request asks for something that the provider's dialect cannot say.
    #[error("the request cannot be told in {}: {}", .0.as_str(), .1)]
    Translation(Dialect, Impossible),
    /// The request would have to be told in the provider's dialect, and cannot be read.
    #[error("the request cannot be told in {}: {}", .0.as_str(), .1)]
    Unreadable(Dialect, InvalidBody),
    /// The group demands strict fidelity, and the provider's dialect cannot say these fields.
    #[error("the group demands strict fidelity, and {} does not carry {} as it is", .0.as_str(), .1)]
    Fidelity(Dialect, String),
    /// What the request continues is known to another provider only.
    #[error("another provider made what the request continues, and alone knows it")]
    Provenance,
    /// The request uses what a provider keeps, and nobody knows that it is the caller's.
    #[error("several tenants share the provider's account, and nothing tells that what `{}` names is the caller's", .0.param)]
    Kept(KeptId),
    /// The group's contract leaves the caller's dialect out.
    #[error("the group's contract does not admit {}", .0.as_str())]
    GroupDialect(Dialect),
    /// The group's contract leaves the content out.
    #[error("the group's contract does not admit {} input", .0.as_str())]
    GroupModality(Modality),
    /// The target does not do this kind of work.
    #[error("the target does not serve {}", .0.as_str())]
    Operation(Operation),
    /// The target's tools are listed, and this type is not among them.
    #[error("the target does not take tools of the type `{0}`")]
    Tools(String),
    /// The target does not read the content.
    #[error("the target does not read {} input", .0.as_str())]
    InputModality(Modality),
    /// The target does not write the content.
    #[error("the target does not write {} output", .0.as_str())]
    OutputModality(Modality),
    /// The target does not keep to a JSON Schema.
    #[error("the target does not keep to a JSON Schema")]
    StructuredOutput,
    /// The target does not reason.
    #[error("the target cannot be asked to reason")]
    Reasoning,
    /// The target does not know the effort.
    #[error("the target does not know the reasoning effort `{0}`")]
    ReasoningEffort(String),
    /// More output is asked for than the target writes.
    #[error("{asked} output tokens are asked for, the target writes at most {limit}")]
    OutputCap {
        /// What the request asks.
        asked: u64,
        /// The target's `max_output_tokens`.
        limit: u64,
    },
    /// The request caps its output, and the target does not keep to a cap.
    #[error("the request caps its output at {0} tokens, and the target keeps to no cap")]
    OutputCapIgnored(u64),
    /// More input than the target reads.
    #[error("the input is about {estimated} tokens long, the target reads at most {limit}")]
    Context {
        /// The estimate of the input.
        estimated: u64,
        /// The target's `context_tokens`.
        limit: u64,
    },
    /// Neither the control plane nor the router has the provider's key.
    #[error("the provider's credential is missing")]
    CredentialMissing,
    /// Nothing may be sent to it at the moment.
    #[error("the target is not available: {0}")]
    Unavailable(&'static str),
}

impl Rejection {
    /// Its name in tables, reports and `details`.
    pub const fn code(&self) -> &'static str {
        self.reason().as_str()
    }

    /// What it is, without the particulars.
    pub const fn reason(&self) -> Reason {
        match self {
            Self::State(_) => Reason::State,
            Self::Dialect(_) => Reason::Dialect,
            Self::Translation(..) | Self::Unreadable(..) => Reason::Translation,
            Self::Fidelity(..) => Reason::Fidelity,
            Self::Provenance => Reason::Provenance,
            Self::Kept(_) => Reason::NotOwned,
            Self::GroupDialect(_) => Reason::GroupDialect,
            Self::GroupModality(_) => Reason::GroupModality,
            Self::Operation(_) => Reason::Operation,
            Self::Tools(_) => Reason::Tools,
            Self::InputModality(_) | Self::OutputModality(_) => Reason::Modality,
            Self::StructuredOutput => Reason::StructuredOutput,
            Self::Reasoning => Reason::Reasoning,
            Self::ReasoningEffort(_) => Reason::ReasoningEffort,
            Self::OutputCap { .. } => Reason::OutputCap,
            Self::OutputCapIgnored(_) => Reason::OutputCapIgnored,
            Self::Context { .. } => Reason::Context,
            Self::CredentialMissing => Reason::CredentialMissing,
            Self::Unavailable(_) => Reason::Unavailable,
        }
    }
}
