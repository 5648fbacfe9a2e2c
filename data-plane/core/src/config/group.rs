use std::sync::Arc;

use vocabulary::{Dialect, FailureClass, Fidelity, Modality};

use super::{Policy, Target};

/// What callers name instead of a provider's model: targets, and the policy that chooses among them.
pub struct Group {
    /// The name that callers use.
    pub id: String,
    /// Further names.
    pub aliases: Vec<String>,
    /// How the order of targets is chosen.
    pub policy: Policy,
    /// In the order of the configuration.
    pub targets: Vec<GroupTarget>,
    /// What happens when a target fails.
    pub fallback: Fallback,
    /// The dialects that callers may use; empty: all that the targets speak.
    pub dialects: Vec<Dialect>,
    /// The content that callers may send; empty: all that the targets read.
    pub modalities: Vec<Modality>,
    /// What becomes of a request that a target's dialect cannot say in full.
    pub fidelity: Fidelity,
    /// A silent stream begins with keep-alives before its upstream has answered.
    pub early_keep_alive: bool,
    /// What answers tell about the choice.
    pub reveal: Reveal,
}

/// A target's place in a group.
#[derive(Clone)]
pub struct GroupTarget {
    /// The target.
    pub target: Arc<Target>,
    /// Its share under the weighted policy; 0: only as a fallback.
    pub weight: u32,
}

/// What happens when a target fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// The first one included.
    pub max_attempts: u32,
    /// The failures that move on to the next target.
    pub on: Vec<FailureClass>,
}

/// What answers tell about the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Reveal {
    /// `x-router-target`, and the target's own `model` in answers.
    pub target: bool,
    /// `x-router-cost-usd`.
    pub cost: bool,
}
