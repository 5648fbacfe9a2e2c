use std::borrow::Cow;
use std::fmt;

use super::{Artefact, ToolName};
use crate::json::Words;

/// One step of a conversation, in order. Of the dialects only Responses writes them apart like this: Chat and Messages put
/// an assistant's words, reasoning and calls into one message.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// Words of the system, the user or the model.
    Message(Message<'a>),
    /// What the model thought.
    Reasoning(ReasoningItem<'a>),
    /// The model calls a tool.
    ToolCall(ToolCall<'a>),
    /// What the tool gave back.
    ToolResult(ToolResult<'a>),
    /// A picture that the model made.
    Image(GeneratedImage<'a>),
}

/// Where something stands in the caller's body: `messages[3].content[1]`. Default: nowhere, as it was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Place {
    /// `messages`, `input`, `system`, …
    pub list: &'static str,
    /// In that list.
    pub index: u32,
    /// The list inside (`content`, `output`, `tool_calls`) and the place in it.
    pub inner: Option<(&'static str, u32)>,
}

impl Place {
    /// An element of a top-level list.
    pub const fn of(list: &'static str, index: usize) -> Self {
        Self { list, index: index as u32, inner: None }
    }

    /// An element of a list inside this element.
    #[must_use]
    pub const fn inside(self, list: &'static str, index: usize) -> Self {
        Self { inner: Some((list, index as u32)), ..self }
    }

    /// A field of the element.
    pub fn field(&self, name: &str) -> String {
        format!("{self}.{name}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.list, self.index)?;
        match self.inner {
            Some((list, index)) => write!(f, ".{list}[{index}]"),
            None => Ok(()),
        }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The operator, in the dialects' older word.
    System,
    /// The operator, in OpenAI's newer word.
    Developer,
    /// The user.
    User,
    /// The model.
    Assistant,
}

/// Words, with what belongs to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<'a> {
    /// Where it stands.
    pub place: Place,
    /// Responses: the item's id. The others have none for a message in a conversation.
    pub id: Option<Cow<'a, str>>,
    /// Who speaks.
    pub role: Role,
    /// Chat: the speaker's name.
    pub name: Option<Cow<'a, str>>,
    /// In order; may be empty.
    pub parts: Vec<Part<'a>>,
}

/// A piece of a message or of a tool's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<'a> {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub kind: PartKind<'a>,
    /// The prompt up to here is to be cached.
    pub cache: Option<CacheMark<'a>>,
}

impl<'a> Part<'a> {
    /// A part that is nothing but text.
    pub fn text(place: Place, text: impl Into<Words<'a>>) -> Self {
        Self { place, kind: PartKind::Text(Text::plain(text)), cache: None }
    }
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub enum PartKind<'a> {
    /// Text.
    Text(Text<'a>),
    /// The model's words of refusal.
    Refusal(Cow<'a, str>),
    /// A picture to be looked at.
    Image(Image<'a>),
    /// A document.
    File(File<'a>),
    /// Sound in base64, and its format: `wav`, `mp3`.
    Audio {
        /// Base64.
        data: Cow<'a, str>,
        /// `wav`, `mp3`, …
        format: Cow<'a, str>,
    },
}

/// Text, with what answers say about it.
#[derive(Clone, Debug, PartialEq, Default)]
#[expect(clippy::struct_field_names, reason = "the dialects call it so")]
pub struct Text<'a> {
    /// The text.
    pub text: Words<'a>,
    /// What it cites.
    pub annotations: Vec<Annotation<'a>>,
    /// OpenAI's array of tokens with their probabilities, as it was written; Chat and Responses share its form.
    pub logprobs: Option<Cow<'a, str>>,
}

impl<'a> Text<'a> {
    /// Text alone.
    pub fn plain(text: impl Into<Words<'a>>) -> Self {
        Self { text: text.into(), annotations: Vec::new(), logprobs: None }
    }
}

/// A web page that a text cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation<'a> {
    /// Its address.
    pub url: Cow<'a, str>,
    /// Its title.
    pub title: Cow<'a, str>,
    /// The first character of the text that cites it, and the one behind the last.
    pub range: Option<(u64, u64)>,
}

impl Annotation<'_> {
    /// The same, holding what it is made of.
    pub fn into_owned(self) -> Annotation<'static> {
        let Self { url, title, range } = self;
        Annotation { url: Cow::Owned(url.into_owned()), title: Cow::Owned(title.into_owned()), range }
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Image<'a> {
    /// What it shows, and where that is.
    pub source: Source<'a>,
    /// OpenAI: `low`, `high`, `auto`, `original`.
    pub detail: Option<Cow<'a, str>>,
}

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct File<'a> {
    /// What it holds, and where that is.
    pub source: Source<'a>,
    /// Its name or title.
    pub name: Option<Cow<'a, str>>,
}

/// Where content is.
#[derive(Clone, Debug, PartialEq)]
pub enum Source<'a> {
    /// In the request.
    Base64 {
        /// `image/png`, `application/pdf`, …
        media_type: Cow<'a, str>,
        /// Base64, standard alphabet.
        data: Cow<'a, str>,
    },
    /// Somewhere else; the upstream fetches it.
    Url(Cow<'a, str>),
    /// At the provider that minted the id.
    FileId(Cow<'a, str>),
    /// In the request, as plain text.
    Text(Cow<'a, str>),
}

/// Messages: `cache_control`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheMark<'a> {
    /// `5m`, `1h`; `None`: the default.
    pub ttl: Option<Cow<'a, str>>,
}

/// What the model thought.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ReasoningItem<'a> {
    /// Where it stands.
    pub place: Place,
    /// Responses: the item's id.
    pub id: Option<Cow<'a, str>>,
    /// Pieces of readable text, summary or not; may be empty.
    pub text: Vec<Cow<'a, str>>,
    /// What only the target that minted it can read.
    pub artefact: Option<Artefact<'a>>,
}

/// The model calls a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall<'a> {
    /// Where it stands.
    pub place: Place,
    /// Names the call; its result refers to it.
    pub id: Cow<'a, str>,
    /// Responses: the item's own id.
    pub item_id: Option<Cow<'a, str>>,
    /// The tool.
    pub name: ToolName<'a>,
    /// What it is called with.
    pub arguments: Arguments<'a>,
    /// The prompt up to here is to be cached.
    pub cache: Option<CacheMark<'a>>,
}

/// What a tool is called with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments<'a> {
    /// JSON as the model wrote it: an object, unless the model erred. Empty: none.
    Json(Cow<'a, str>),
    /// The free text of a custom tool.
    Text(Cow<'a, str>),
}

/// What a tool gave back.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolResult<'a> {
    /// Where it stands.
    pub place: Place,
    /// The call's id.
    pub call_id: Cow<'a, str>,
    /// In order; may be empty.
    pub parts: Vec<Part<'a>>,
    /// The tool failed. Only Messages says so apart from the words.
    pub is_error: bool,
    /// It answers a call of a custom tool.
    pub custom: bool,
    /// The prompt up to here is to be cached.
    pub cache: Option<CacheMark<'a>>,
}

/// A picture that the model made.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratedImage<'a> {
    /// Where it stands.
    pub place: Place,
    /// Responses: the item's id.
    pub id: Option<Cow<'a, str>>,
    /// `image/png`, …
    pub media_type: Cow<'a, str>,
    /// Base64, standard alphabet.
    pub data: Cow<'a, str>,
}
