//! The neutral form that requests, answers and streams take between two dialects. It is made of what at least two of them
//! can say; each dialect's readers and writers tell in [`Warnings`] what does not fit.
//!
//! Same-dialect traffic never comes here.

mod answer;
pub mod arguments;
mod artefact;
mod collect;
pub mod custom;
mod event;
mod field;
mod id;
mod item;
mod label;
mod names;
mod reply;
mod request;
mod tool;
mod usage;
mod warning;

pub use crate::facts::Realm;
pub use answer::{Answer, Finish};
pub(crate) use artefact::SEAL;
pub use artefact::{Artefact, Sealed, mark};
pub use collect::Collector;
pub use event::{AnswerEvent, BlockStart, Delta};
pub use field::Field;
pub use id::{mint_id, tool_call_id};
pub use item::{
    Annotation, Arguments, CacheMark, File, GeneratedImage, Image, Item, Message, Part, PartKind, Place, ReasoningItem,
    Role, Source, Text, ToolCall, ToolResult,
};
pub use label::{label, openai_tier};
pub use names::{ToolName, ToolNames};
pub use reply::Reply;
pub use request::{Effort, Format, ReasoningAsk, Request, Sampling, Thinking};
pub use tool::{Tool, ToolChoice, ToolKind};
pub use usage::Usage;
pub use warning::{Fidelity, Impossible, Warning, Warnings};
