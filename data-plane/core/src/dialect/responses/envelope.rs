//! The response object around the items. It repeats what the caller asked for: SDKs have these fields in their types.

use std::ops::Range;

use super::finish::Ending;
use super::usage;
use crate::dialect::neutral::{Reply, Usage, mint_id, openai_tier};
use crate::json::write::{self, ObjectWriter};
use crate::json::{Fields, Kind, Raw};

/// What is repeated of a request, and what the API takes where the caller says nothing.
const REPEATED: [(&str, &str); 21] = [
    ("frequency_penalty", "0.0"),
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("max_tool_calls", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("presence_penalty", "0.0"),
    ("previous_response_id", "null"),
    ("prompt_cache_key", "null"),
    ("prompt_cache_retention", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("safety_identifier", "null"),
    ("store", "true"),
    ("temperature", "1.0"),
    ("text", r#"{"format":{"type":"text"}}"#),
    ("tool_choice", r#""auto""#),
    ("tools", "[]"),
    ("top_logprobs", "0"),
    ("top_p", "1.0"),
    ("truncation", r#""disabled""#),
    ("user", "null"),
];

/// What a function among the tools has, if the caller says nothing of it.
const FUNCTION: [(&str, &str); 2] = [("parameters", "null"), ("strict", "null")];

/// A field of the response.
enum Repeated {
    /// Where it stands in the caller's body.
    Said(Range<usize>),
    /// What the API takes.
    Default(&'static str),
    /// The caller's object, with what it leaves out.
    Filled(String),
}

/// The response object of one answer.
pub struct Envelope {
    /// `resp_…`
    pub id: String,
    reply: Reply,
    repeated: Vec<(&'static str, Repeated)>,
}

/// What the object says at its end.
pub struct Outcome<'o> {
    /// How it ended.
    pub ending: Ending,
    /// The array of items.
    pub output: &'o str,
    /// `None`: the upstream reported none.
    pub usage: Option<Usage>,
    /// The tier that served it.
    pub service_tier: Option<&'o str>,
}

impl Envelope {
    /// The object for a reply.
    pub fn new(reply: Reply) -> Self {
        let mut request = Fields::document(&reply.request).unwrap_or_default();
        let repeated = REPEATED.map(|(name, default)| (name, repeat(name, request.take(name), default))).into();
        let id = mint_id("resp_", &reply.request_id, 0);
        Self { id, reply, repeated }
    }

    /// What the answer has to know of its request.
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Writes it. `None`: the answer has only begun.
    pub fn write(&self, object: &mut ObjectWriter<'_>, outcome: Option<&Outcome<'_>>) {
        let ending = outcome.map(|it| it.ending);
        object.string("id", &self.id);
        object.string("object", "response");
        object.plain("created_at", self.reply.created);
        object.string("status", ending.map_or("in_progress", Ending::status));
        object.plain("background", false);
        match ending {
            Some(Ending::Completed) => object.plain("completed_at", self.reply.created),
            _ => object.null("completed_at"),
        }
        object.null("error");
        match ending {
            Some(Ending::Incomplete(reason)) => object.object("incomplete_details", |it| it.string("reason", reason)),
            _ => object.null("incomplete_details"),
        }
        object.string("model", &self.reply.model);
        object.raw("output", outcome.map_or("[]", |it| it.output));
        for (name, repeated) in &self.repeated {
            object.raw(name, self.text(repeated));
        }
        object.string("service_tier", outcome.and_then(|it| it.service_tier).map_or("default", openai_tier));
        match outcome {
            Some(outcome) => usage::write(object, &outcome.usage.unwrap_or_else(|| self.estimate())),
            None => object.null("usage"),
        }
    }

    fn text<'e>(&'e self, repeated: &'e Repeated) -> &'e str {
        match repeated {
            Repeated::Said(span) => self.reply.request.get(span.clone()).and_then(|it| str::from_utf8(it).ok()),
            Repeated::Default(text) => Some(*text),
            Repeated::Filled(text) => Some(&**text),
        }
        .unwrap_or("null")
    }

    /// Where the upstream reports no usage: agents wait for it, so there has to be one.
    fn estimate(&self) -> Usage {
        let mut usage = Usage::default();
        usage.tokens.input = self.reply.estimated_input;
        usage
    }
}

fn repeat(name: &str, said: Option<Raw<'_>>, default: &'static str) -> Repeated {
    let Some(raw) = said else { return Repeated::Default(default) };
    match name {
        "text" => fill(&raw, &[("format", r#"{"type":"text"}"#)]),
        "reasoning" => fill(&raw, &[("effort", "null"), ("summary", "null")]),
        "tools" => fill_tools(&raw),
        _ => None,
    }
    .map_or_else(|| Repeated::Said(raw.offset..raw.offset + raw.as_str().len()), Repeated::Filled)
}

/// Adds the fields that an object leaves out.
fn fill(raw: &Raw<'_>, defaults: &[(&str, &str)]) -> Option<String> {
    let mut fields = raw.fields().filter(|_| raw.kind() == Kind::Object)?;
    let mut filled = Vec::new();
    write::object(&mut filled, |object| {
        for (name, default) in defaults {
            object.raw(name, fields.take(name).map_or(*default, |it| it.as_str()));
        }
        for (name, value) in fields.rest() {
            object.raw(&name, value.as_str());
        }
    });
    String::from_utf8(filled).ok()
}

/// Adds what functions leave out. `None`: nothing.
fn fill_tools(raw: &Raw<'_>) -> Option<String> {
    let leaves_out = |tool: &Raw<'_>| {
        let fields = tool.fields()?;
        let is_function = fields.get("type")?.string()? == "function";
        (is_function && FUNCTION.iter().any(|(name, _)| fields.get(name).is_none()))
            .then(|| fill(tool, &FUNCTION))
            .flatten()
    };
    let tools = raw.elements()?;
    let filled: Vec<_> = tools.iter().map(leaves_out).collect();
    if filled.iter().all(Option::is_none) {
        return None;
    }
    let texts = tools.iter().zip(&filled).map(|(tool, filled)| filled.as_deref().unwrap_or(tool.as_str()));
    Some(format!("[{}]", texts.collect::<Vec<_>>().join(",")))
}
