use std::borrow::Cow;

use super::{Item, Usage, Warnings};

/// A whole answer.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Answer<'a> {
    /// What the model made, in order: messages of the assistant, reasoning, calls, pictures.
    pub items: Vec<Item<'a>>,
    /// Why it ended.
    pub finish: Finish,
    /// Messages: the stop sequence that ended it.
    pub stop_sequence: Option<Cow<'a, str>>,
    /// `None`: the upstream reported none.
    pub usage: Option<Usage>,
    /// The tier that served it.
    pub service_tier: Option<Cow<'a, str>>,
    /// What reading it has lost: paths of the upstream's body.
    pub warnings: Warnings,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Finish {
    /// It was complete, or a stop sequence came up. With a tool call in it, writers say that it ended for that.
    #[default]
    Stop,
    /// The cap on output.
    Length,
    /// For a tool to be called.
    ToolCalls,
    /// The provider's filter cut it off.
    ContentFilter,
    /// The model refused (Messages: `refusal`).
    Refusal,
    /// The context was full (Messages: `model_context_window_exceeded`).
    ContextFull,
    /// A long turn is paused (Messages: `pause_turn`).
    Pause,
}
