//! Pieces of output items: answers are made of them, and conversations repeat them.

use std::borrow::Cow;
use std::fmt::Display;

use crate::dialect::neutral::{Annotation, Warnings};
use crate::json::Fields;

/// The readable text of a reasoning item: its summary, or else the reasoning itself, where an upstream shows it.
pub fn reasoning_text<'a>(fields: &mut Fields<'a>) -> Vec<Cow<'a, str>> {
    let (summary, content) = (texts(fields, "summary"), texts(fields, "content"));
    let mut told = if summary.is_empty() { content } else { summary };
    told.retain(|it| !it.is_empty());
    told
}

/// The texts of a list of parts.
pub fn texts<'a>(fields: &mut Fields<'a>, name: &str) -> Vec<Cow<'a, str>> {
    let parts = fields.take_elements(name).into_iter();
    parts.filter_map(|part| part.fields()?.take_string("text")).collect()
}

/// The web pages that a text cites. Citations of other kinds name what only the provider has, and are lost.
pub fn annotations<'a>(fields: &mut Fields<'a>, owner: &impl Display, warnings: &mut Warnings) -> Vec<Annotation<'a>> {
    let mut found = Vec::new();
    for (index, raw) in fields.take_elements("annotations").into_iter().enumerate() {
        match raw.fields().and_then(annotation) {
            Some(annotation) => found.push(annotation),
            None => warnings.dropped(format!("{owner}.annotations[{index}]")),
        }
    }
    found
}

/// A citation of a web page.
pub fn annotation(mut fields: Fields<'_>) -> Option<Annotation<'_>> {
    if fields.take_string("type")? != "url_citation" {
        return None;
    }
    let range = fields.take_count("start_index").zip(fields.take_count("end_index"));
    let title = fields.take_string("title").unwrap_or_default();
    Some(Annotation { url: fields.take_string("url")?, title, range })
}

/// What the `output_format` of a generated picture stands for.
pub fn media_type(format: Option<&str>) -> &'static str {
    match format {
        Some("jpeg" | "jpg") => "image/jpeg",
        Some("webp") => "image/webp",
        _ => "image/png",
    }
}
