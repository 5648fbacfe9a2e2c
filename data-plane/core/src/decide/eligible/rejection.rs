use thiserror::Error;

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
        match self {
            Self::State(_) => "state",
            Self::Dialect(_) => "dialect",
            Self::Translation(..) | Self::Unreadable(..) => "translation",
            Self::Fidelity(..) => "fidelity",
            Self::Provenance => "provenance",
            Self::Kept(_) => "not-owned",
            Self::GroupDialect(_) => "group-dialect",
            Self::GroupModality(_) => "group-modality",
            Self::Operation(_) => "operation",
            Self::Tools(_) => "tools",
            Self::InputModality(_) | Self::OutputModality(_) => "modality",
            Self::StructuredOutput => "structured-output",
            Self::Reasoning => "reasoning",
            Self::ReasoningEffort(_) => "reasoning-effort",
            Self::OutputCap { .. } => "output-cap",
            Self::OutputCapIgnored(_) => "output-cap-ignored",
            Self::Context { .. } => "context",
            Self::CredentialMissing => "credential-missing",
            Self::Unavailable(_) => "unavailable",
        }
    }
}
