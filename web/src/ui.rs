use std::fmt;

use crate::tone::Tone;

/// A word with a colour: the state of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// How serious.
    pub tone: Option<Tone>,
    /// The word.
    pub text: String,
}

impl Tag {
    /// A word with a colour.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { tone: Some(tone), text: text.into() }
    }

    /// A word without.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { tone: None, text: text.into() }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colour = self.tone.map_or("secondary", Tone::colour);
        write!(formatter, "<span class=\"badge bg-{colour}-lt\">{}</span>", escaped(&self.text))
    }
}

impl askama::filters::HtmlSafe for Tag {}

/// Text as it may stand in HTML, also in an attribute.
pub fn escaped(text: &str) -> impl fmt::Display + '_ {
    askama::filters::escape(text, askama::filters::Html).unwrap_or_else(|never| match never {})
}
