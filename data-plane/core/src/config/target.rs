use std::sync::Arc;

use vocabulary::{Dialect, Modality, OutputCapField, Price, TargetState};

use super::Provider;

/// One model of one provider, and what it can do.
pub struct Target {
    /// `<provider>/<model id>`.
    pub id: String,
    /// Who serves it.
    pub provider: Arc<Provider>,
    /// The provider's own name for the model.
    pub model: String,
    /// Only active targets serve callers.
    pub state: TargetState,
    /// Input and output together; `None`: unknown, not checked.
    pub context_tokens: Option<u64>,
    /// `None`: unknown, not checked.
    pub max_output_tokens: Option<u64>,
    /// What it reads.
    pub input_modalities: Vec<Modality>,
    /// What it writes.
    pub output_modalities: Vec<Modality>,
    /// Tool types by dialect; to a dialect that is not listed, every tool passes.
    pub tools: Vec<(Dialect, Vec<String>)>,
    /// It keeps to a JSON Schema.
    pub structured_outputs: bool,
    /// It can be asked to reason.
    pub reasoning: bool,
    /// Efforts that it knows; empty: all.
    pub reasoning_efforts: Vec<String>,
    /// How it is told the most that it may write.
    pub output_cap: OutputCap,
    /// Ascending by `from_ms`.
    pub prices: Vec<Price>,
}

/// How a target is told the most that it may write.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OutputCap {
    /// The field's name in the target's requests; `None`: the one that the client used.
    pub field: Option<OutputCapField>,
    /// The target ignores the cap.
    pub ignored: bool,
}
