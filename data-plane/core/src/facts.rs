//! What a request asks, as far as any decision may look at it. [`crate::dialect::scan`] reads it, these are the words for
//! it, the same for all dialects.

mod owner;
pub mod provenance;
mod realm;

use std::ops::Range;

pub use owner::{Owner, Seal};
pub use realm::Realm;
use vocabulary::Modality;

use provenance::Provenance;
use vocabulary::{Dialect, Operation};

/// All that decisions may look at.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "independent observations")]
pub struct RequestFacts {
    /// From the path.
    pub operation: Operation,
    /// The name that the caller asked for.
    pub model: String,
    /// Where `model`'s value stands in the body, quotes included.
    pub model_span: Range<usize>,
    /// The caller wants a stream.
    pub stream: bool,
    /// Chat: the caller asked for the usage chunk itself.
    pub include_usage: bool,
    /// Chat: how `stream_options` is written.
    pub stream_options: StreamOptions,
    /// Where the top-level object's `{` stands.
    pub object_start: usize,
    /// Distinct types of the tools offered, in order: `function`, `custom`, `client` (Messages tools without a
    /// vendor's type), or a typed tool's own type. A Responses `namespace` counts, and so do the tools in it.
    pub tools: Vec<String>,
    /// A call of some tool is demanded.
    pub tool_choice_forced: bool,
    /// What the input contains; text always.
    pub input_modalities: Vec<Modality>,
    /// What the caller wants back; text unless it says otherwise.
    pub output_modalities: Vec<Modality>,
    /// An answer that keeps to a JSON Schema, or at least is JSON, is demanded.
    pub structured_output: bool,
    /// Reasoning is asked for; with the effort, if one is named.
    pub reasoning: Option<Reasoning>,
    /// The most that may be written: the field's name, where the key stands, and the value.
    pub output_cap: Option<OutputCapFact>,
    /// Chat: the other name of the output cap, when it is there as `null`.
    pub null_output_cap: Option<OutputCapKey>,
    /// `temperature`, when given.
    pub temperature: Option<f64>,
    /// A rough count of the input's tokens, from its size.
    pub estimated_input_tokens: u64,
    /// What in it only the provider that minted it can use.
    pub provenance: Provenance,
    /// Responses: the provider may keep the answer.
    pub store: bool,
}

/// How a Chat request's `stream_options` is written, as far as a splice needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum StreamOptions {
    /// It is not there.
    #[default]
    Absent,
    /// `null` or an object without fields; where it stands.
    Empty(Range<usize>),
    /// An object with other fields only; where its `{` stands.
    WithoutUsage(usize),
    /// It has `include_usage`; where that field's value stands.
    WithUsage(Range<usize>),
}

/// Reasoning, as asked for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reasoning {
    /// `low`, `high`, …; `None`: the target's default, or a budget in tokens.
    pub effort: Option<String>,
}

/// The cap on output, as the caller wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputCapFact {
    /// `max_tokens`, `max_completion_tokens` or `max_output_tokens`.
    pub field: String,
    /// Where the key stands, quotes included.
    pub key_span: Range<usize>,
    /// Tokens.
    pub value: u64,
}

/// A field that could hold the cap on output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputCapKey {
    /// Its name.
    pub field: String,
    /// Where the key stands, quotes included.
    pub span: Range<usize>,
}

impl RequestFacts {
    /// A request of one text that asks for nothing special.
    pub fn plain(operation: Operation, model: String, model_span: Range<usize>) -> Self {
        let output = if operation == Operation::Embeddings { Modality::Embedding } else { Modality::Text };
        Self {
            operation,
            model,
            model_span,
            stream: false,
            include_usage: false,
            stream_options: StreamOptions::Absent,
            object_start: 0,
            tools: Vec::new(),
            tool_choice_forced: false,
            input_modalities: vec![Modality::Text],
            output_modalities: vec![output],
            structured_output: false,
            reasoning: None,
            output_cap: None,
            null_output_cap: None,
            temperature: None,
            estimated_input_tokens: 0,
            provenance: Provenance::default(),
            store: true,
        }
    }

    /// The caller wants a stream, and the operation has one.
    pub fn asks_for_stream(&self) -> bool {
        self.stream && self.operation.generates() && self.operation != Operation::Compact
    }

    /// The dialect of the caller.
    pub fn dialect(&self) -> Dialect {
        self.operation.dialect()
    }
}
