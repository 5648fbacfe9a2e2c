use super::{Annotation, Artefact, Finish, ToolName, Usage};

/// A step of a streamed answer. Writers get them in this order, whatever the upstream does and its reader says: `Start` once
/// and first; each block is opened once, under the next number from 0 on, gets deltas of its own kind only, and is closed
/// once; then `End` once. Blocks may overlap. `translate/order.rs` sees to it, for all dialects.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerEvent {
    /// The answer begins.
    Start {
        /// What is known of the usage by then; Messages reports its input here.
        usage: Option<Usage>,
    },
    /// A block begins.
    Open {
        /// Its number.
        block: usize,
        /// What it is.
        start: BlockStart,
    },
    /// A piece of a block.
    Delta {
        /// The block's number.
        block: usize,
        /// The piece.
        delta: Delta,
    },
    /// A block ends.
    Close {
        /// Its number.
        block: usize,
    },
    /// The answer is over.
    End {
        /// Why.
        finish: Finish,
        /// Messages: the stop sequence.
        stop_sequence: Option<String>,
        /// The whole usage.
        usage: Option<Usage>,
        /// The tier that served it.
        service_tier: Option<String>,
    },
}

/// What a block is.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockStart {
    /// Text of the assistant.
    Text,
    /// Words of refusal.
    Refusal,
    /// Reasoning.
    Reasoning,
    /// A call of a tool.
    ToolCall {
        /// The call's id; empty: the upstream gave none.
        id: String,
        /// The tool, as the upstream knows it; once resolved, as the caller does.
        name: ToolName<'static>,
    },
    /// A picture: it comes whole.
    Image {
        /// `image/png`, …
        media_type: String,
        /// Base64, standard alphabet.
        data: String,
    },
}

/// A piece of a block.
#[derive(Clone, Debug, PartialEq)]
pub enum Delta {
    /// Text, of a text block or a refusal.
    Text(String),
    /// OpenAI's array of tokens with their probabilities, for the text that came last.
    Logprobs(String),
    /// A citation in a text block.
    Annotation(Annotation<'static>),
    /// Readable reasoning. `part` counts the pieces of a reasoning item, from 0 on.
    Reasoning {
        /// Which piece it belongs to.
        part: usize,
        /// The text.
        text: String,
    },
    /// What the target gave to have its reasoning back; the last delta of its block.
    Artefact(Artefact<'static>),
    /// Arguments of a call: JSON, or a custom tool's text.
    Arguments(String),
}
