//! The `input` of a Responses request: a text, or a list of items.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::{ask::Tail, content::Content, dialect::raw};

/// What the input holds.
#[derive(Default)]
pub struct Input<'a> {
    /// Bytes that count as input.
    pub bytes: usize,
    /// What stands after the last word of the assistant.
    pub tail: Tail,
    /// Lists of tools that came as items (`additional_tools`, `tool_search_output`).
    pub tools: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    role: Cow<'a, str>,
    #[serde(default)]
    content: Content,
    #[serde(default)]
    output: Content,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    tools: Option<&'a RawValue>,
}

impl<'a> Input<'a> {
    fn add(&mut self, item: &Item<'a>) {
        let written = raw::size(item.arguments) + raw::size(item.input) + raw::size(item.tools);
        self.bytes += item.content.bytes + item.output.bytes + written;
        self.tools.extend(item.tools);
        match (item.kind.as_ref(), item.role.as_ref()) {
            (_, "assistant") | ("reasoning" | "item_reference", _) => self.tail.assistant(),
            (_, "user") => self.tail.user(&item.content),
            (kind, _) if kind.ends_with("_output") => self.tail.tool_result(&item.output),
            (kind, _) if kind.ends_with("_call") => self.tail.assistant(),
            _ => {}
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Input<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(InputVisitor(PhantomData))
    }
}

struct InputVisitor<'a>(PhantomData<&'a ()>);

impl<'de: 'a, 'a> Visitor<'de> for InputVisitor<'a> {
    type Value = Input<'a>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a string or a list of input items")
    }

    fn visit_str<E>(self, text: &str) -> Result<Input<'a>, E> {
        let tail = Tail { user: true, ..Tail::default() };
        Ok(Input { bytes: text.len(), tail, tools: vec![] })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Input<'a>, A::Error> {
        let mut input = Input::default();
        while let Some(item) = items.next_element::<Item>()? {
            input.add(&item);
        }
        Ok(input)
    }
}
