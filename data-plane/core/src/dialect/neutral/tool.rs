use std::borrow::Cow;

use super::{CacheMark, Place, ToolName};

/// A tool that the caller runs itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool<'a> {
    /// Where it stands.
    pub place: Place,
    /// What calls name.
    pub name: ToolName<'a>,
    /// For the model.
    pub description: Option<Cow<'a, str>>,
    /// What it takes.
    pub kind: ToolKind<'a>,
    /// The model has to keep to the schema.
    pub strict: Option<bool>,
    /// The prompt up to here is to be cached.
    pub cache: Option<CacheMark<'a>>,
}

/// What a tool takes.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolKind<'a> {
    /// JSON.
    Function {
        /// The JSON Schema as it was written; `None`: it takes nothing.
        schema: Option<Cow<'a, str>>,
    },
    /// Free text: OpenAI's `custom`.
    Custom {
        /// The grammar that the text keeps to, as it was written.
        format: Option<Cow<'a, str>>,
    },
}

/// What the caller says about calling tools.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolChoice<'a> {
    /// The model decides.
    Auto,
    /// No call.
    None,
    /// Some call.
    Required,
    /// A call of this tool.
    Tool(ToolName<'a>),
    /// A call of one of these, or (not required) of none.
    Allowed {
        /// Some call is demanded.
        required: bool,
        /// The tools.
        tools: Vec<ToolName<'a>>,
    },
}
