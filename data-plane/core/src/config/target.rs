use std::sync::Arc;

use super::Provider;
use crate::dialect::Dialect;

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

/// The life of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Known, not in use.
    Catalog,
    /// Being checked.
    Validating,
    /// Serves callers.
    Active,
    /// Serves nobody any more.
    Retired,
}

impl TargetState {
    /// Its name in configuration, tables and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Catalog => "catalog",
            Self::Validating => "validating",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

/// A kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Modality {
    /// Text.
    Text,
    /// Pictures.
    Image,
    /// Sound.
    Audio,
    /// Documents.
    File,
    /// Vectors; as an output only.
    Embedding,
}

impl Modality {
    /// Its name in configuration, tables and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::File => "file",
            Self::Embedding => "embedding",
        }
    }
}

/// How a target is told the most that it may write.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OutputCap {
    /// The field's name in the target's requests; `None`: the one that the client used.
    pub field: Option<String>,
    /// The target ignores the cap.
    pub ignored: bool,
}

/// Nano-dollars per million tokens, from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Price {
    /// Milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// Fresh input.
    pub input: u64,
    /// Input read from the provider's cache; where the catalog says nothing, the price of input.
    pub cached_input: u64,
    /// Input written to the provider's cache for five minutes.
    pub cache_write_5m: u64,
    /// Input written to the provider's cache for one hour.
    pub cache_write_1h: u64,
    /// Output, reasoning included.
    pub output: u64,
}
