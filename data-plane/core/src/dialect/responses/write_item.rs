//! Output items, as whole answers and streams write them.

use std::borrow::Cow;

use crate::dialect::neutral::{
    Annotation, Arguments, Item, Part, PartKind, Reply, Source, Text, ToolCall, ToolName, custom, mint_id, tool_call_id,
};
use crate::json::write::ObjectWriter;

/// An item of `output`. Each piece of text is a message of its own: so whole answers and streams come to the same.
pub enum OutputItem<'a> {
    /// A message with text.
    Text(Text<'a>),
    /// A message with words of refusal.
    Refusal(Cow<'a, str>),
    /// What the model thought.
    Reasoning {
        /// The parts of its summary.
        summary: Vec<Cow<'a, str>>,
        /// `encrypted_content`
        sealed: Option<String>,
    },
    /// A call of a tool.
    Call {
        /// `call_id`; empty: there is none yet.
        id: Cow<'a, str>,
        /// The tool, by the caller's name.
        name: ToolName<'a>,
        /// JSON, or the text of a custom tool.
        arguments: Cow<'a, str>,
    },
    /// A picture.
    Image {
        /// `image/png`, …
        media_type: Cow<'a, str>,
        /// Base64.
        data: Cow<'a, str>,
    },
}

/// How much of an item is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It has begun: nothing is in it yet.
    Begun,
    /// It has ended, with this status.
    Ended(&'static str),
}

impl<'a> OutputItem<'a> {
    /// The items that something in an answer comes to.
    pub fn of(item: &'a Item<'_>, reply: &Reply) -> Vec<Self> {
        match item {
            Item::Message(message) => message.parts.iter().filter_map(Self::of_part).collect(),
            Item::Reasoning(reasoning) => vec![Self::Reasoning {
                summary: reasoning.text.iter().map(|it| Cow::Borrowed(&**it)).collect(),
                sealed: reasoning.artefact.as_ref().map(|it| it.seal(reply.realm)),
            }],
            Item::ToolCall(call) => vec![Self::of_call(call)],
            Item::Image(image) => {
                vec![Self::Image { media_type: (&*image.media_type).into(), data: (&*image.data).into() }]
            }
            Item::ToolResult(_) => Vec::new(),
        }
    }

    fn of_part(part: &'a Part<'_>) -> Option<Self> {
        Some(match &part.kind {
            PartKind::Text(text) => Self::Text(text.clone()),
            PartKind::Refusal(text) => Self::Refusal((&**text).into()),
            PartKind::Image(image) => match &image.source {
                Source::Base64 { media_type, data } => {
                    Self::Image { media_type: (&**media_type).into(), data: (&**data).into() }
                }
                _ => return None,
            },
            PartKind::File(_) | PartKind::Audio { .. } => return None,
        })
    }

    fn of_call(call: &'a ToolCall<'_>) -> Self {
        let (Arguments::Text(text) | Arguments::Json(text)) = &call.arguments;
        let arguments = final_arguments(&call.name, text);
        Self::Call { id: (&*call.id).into(), name: call.name.clone(), arguments }
    }

    /// Its id: the same in every event and in the response.
    pub fn mint_id(&self, reply: &Reply, index: usize) -> String {
        let prefix = match self {
            Self::Text(_) | Self::Refusal(_) => "msg_",
            Self::Reasoning { .. } => "rs_",
            Self::Call { name, .. } if name.custom => "ctc_",
            Self::Call { .. } => "fc_",
            Self::Image { .. } => "ig_",
        };
        mint_id(prefix, &reply.request_id, index)
    }

    /// Gives a call the id that the caller's result will name.
    pub fn name_call(&mut self, reply: &Reply, index: usize) {
        if let Self::Call { id, .. } = self {
            let named = if id.is_empty() {
                mint_id("call_", &reply.request_id, index)
            } else {
                tool_call_id(id, "call_").into_owned()
            };
            *id = named.into();
        }
    }

    /// Writes it.
    pub fn write(&self, object: &mut ObjectWriter<'_>, item_id: &str, stage: Stage) {
        let ended = stage != Stage::Begun;
        object.string("id", item_id);
        object.string("type", self.kind());
        if let (Stage::Ended(status), false) = (stage, matches!(self, Self::Reasoning { .. })) {
            object.string("status", status);
        } else if !matches!(self, Self::Reasoning { .. }) {
            object.string("status", "in_progress");
        }
        match self {
            Self::Text(_) | Self::Refusal(_) => {
                object.string("role", "assistant");
                object.array("content", |content| {
                    if ended {
                        content.object(|it| self.part(it, stage));
                    }
                });
            }
            Self::Reasoning { summary, sealed } => {
                object.array("summary", |list| {
                    for text in summary.iter().filter(|_| ended) {
                        list.object(|it| summary_part(it, text));
                    }
                });
                object.optional("encrypted_content", sealed.as_deref().filter(|_| ended));
            }
            Self::Call { id, name, arguments } => {
                object.string("call_id", id);
                object.string("name", &name.name);
                object.optional("namespace", name.namespace.as_deref());
                let field = if name.custom { "input" } else { "arguments" };
                object.string(field, if ended { arguments } else { "" });
            }
            Self::Image { media_type, data } => {
                object.string("output_format", media_type.rsplit('/').next().unwrap_or("png"));
                match stage {
                    Stage::Begun => object.null("result"),
                    Stage::Ended(_) => object.string("result", data),
                }
            }
        }
    }

    /// The one part of a message.
    pub fn part(&self, object: &mut ObjectWriter<'_>, stage: Stage) {
        let ended = stage != Stage::Begun;
        match self {
            Self::Text(text) => {
                object.string("type", "output_text");
                object.array("annotations", |list| {
                    text.annotations.iter().filter(|_| ended).for_each(|one| list.object(|it| annotation(it, one)));
                });
                object.raw("logprobs", text.logprobs.as_deref().filter(|_| ended).unwrap_or("[]"));
                if ended {
                    object.words("text", &text.text);
                } else {
                    object.string("text", "");
                }
            }
            Self::Refusal(text) => {
                object.string("type", "refusal");
                object.string("refusal", if ended { text } else { "" });
            }
            Self::Reasoning { .. } | Self::Call { .. } | Self::Image { .. } => {}
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Refusal(_) => "message",
            Self::Reasoning { .. } => "reasoning",
            Self::Call { name, .. } if name.custom => "custom_tool_call",
            Self::Call { .. } => "function_call",
            Self::Image { .. } => "image_generation_call",
        }
    }
}

/// Writes a part of a reasoning item's summary.
pub fn summary_part(object: &mut ObjectWriter<'_>, text: &str) {
    object.string("type", "summary_text");
    object.string("text", text);
}

/// Writes a citation.
pub fn annotation(object: &mut ObjectWriter<'_>, annotation: &Annotation<'_>) {
    let (start, end) = annotation.range.unwrap_or_default();
    object.string("type", "url_citation");
    object.string("url", &annotation.url);
    object.string("title", &annotation.title);
    object.plain("start_index", start);
    object.plain("end_index", end);
}

/// What a call is made with, once it is whole: never nothing where JSON is demanded; a custom tool's text, taken out of the
/// function call that stood for it.
pub fn final_arguments<'a>(name: &ToolName<'_>, arguments: &'a str) -> Cow<'a, str> {
    if name.custom {
        return custom::unwrap(arguments);
    }
    Cow::Borrowed(if arguments.trim().is_empty() { "{}" } else { arguments })
}
