//! Message content of every dialect, counted in one pass without copying text.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Value, value::RawValue};

/// Bytes that one image counts as: about 85 tokens, as a low-detail image does at a provider.
const IMAGE_BYTES: usize = 340;

/// What a content field holds: a string, null, one part or a list of parts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Bytes that count as input: text, arguments, an allowance per image.
    pub bytes: usize,
    /// Images, also inside tool results.
    pub images: usize,
    /// Tool results.
    pub tool_results: usize,
    /// A part asks a cache to keep it for an hour.
    pub cache_for_an_hour: bool,
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(default)]
    text: Content,
    #[serde(default)]
    thinking: Content,
    #[serde(default)]
    content: Content,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    cache_control: Option<Value>,
}

/// Whether a `cache_control` asks for an hour instead of five minutes.
pub fn is_for_an_hour(cache_control: &Value) -> bool {
    cache_control["ttl"] == "1h"
}

impl Content {
    fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.images += other.images;
        self.tool_results += other.tool_results;
        self.cache_for_an_hour |= other.cache_for_an_hour;
    }

    fn of_part(part: &Part) -> Self {
        let mut content = Self::default();
        for inner in [part.text, part.thinking, part.content] {
            content.add(inner);
        }
        content.bytes += part.input.map_or(0, |input| input.get().len());
        content.cache_for_an_hour |= part.cache_control.as_ref().is_some_and(is_for_an_hour);
        match part.kind.as_ref() {
            "image" | "image_url" | "input_image" => {
                content.images += 1;
                content.bytes += IMAGE_BYTES;
            }
            "tool_result" => content.tool_results += 1,
            _ => {}
        }
        content
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a string or a list of content parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        Ok(Content { bytes: text.len(), ..Content::default() })
    }

    fn visit_unit<E>(self) -> Result<Content, E> {
        Ok(Content::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Content, A::Error> {
        let part = Part::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Content::of_part(&part))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Content, A::Error> {
        let mut content = Content::default();
        while let Some(part) = parts.next_element::<Content>()? {
            content.add(part);
        }
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{Content, IMAGE_BYTES};

    fn read(json: &str) -> Content {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn strings_and_parts_are_counted() {
        assert_eq!(read(r#""hello""#).bytes, 5);
        assert_eq!(read("null"), Content::default());
        let parts = r#"[{"type":"text","text":"ab"},{"type":"image_url","image_url":{"url":"data:…"}}]"#;
        let counted = read(parts);
        assert_eq!((counted.bytes, counted.images), (2 + IMAGE_BYTES, 1));
    }

    #[test]
    fn images_inside_tool_results_are_seen() {
        let parts = r#"[{"type":"tool_result","tool_use_id":"t","content":[{"type":"image","source":{}}]},
                        {"type":"tool_use","id":"t","name":"n","input":{"a":1}}]"#;
        let counted = read(parts);
        assert_eq!((counted.images, counted.tool_results), (1, 1));
        assert_eq!(counted.bytes, IMAGE_BYTES + r#"{"a":1}"#.len());
    }

    #[test]
    fn other_types_are_refused() {
        for json in ["1", "true", "[[1]]"] {
            assert!(serde_json::from_str::<Content>(json).is_err(), "{json}");
        }
    }
}
