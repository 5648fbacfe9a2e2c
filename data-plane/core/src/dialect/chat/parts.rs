//! Pieces that requests, answers and streams write alike.

use std::borrow::Cow;

use crate::dialect::data_url;
use crate::dialect::neutral::{Annotation, Source};
use crate::json::Raw;
use crate::json::write::ObjectWriter;

/// Citations of web pages; other annotations are left out.
pub fn annotations<'a>(list: &[Raw<'a>]) -> Vec<Annotation<'a>> {
    list.iter().filter_map(annotation).collect()
}

fn annotation<'a>(raw: &Raw<'a>) -> Option<Annotation<'a>> {
    let mut fields = raw.fields()?;
    let mut citation = fields.take_fields("url_citation")?;
    let start = citation.take_count("start_index");
    let end = citation.take_count("end_index");
    Some(Annotation {
        url: citation.take_string("url")?,
        title: citation.take_string("title").unwrap_or_default(),
        range: start.zip(end).filter(|(start, end)| start < end),
    })
}

/// Writes a citation. `before` is how many characters stand before the text that the range counts in; clients demand a
/// range, so a citation without one stands there.
pub fn write_annotation(annotation: &Annotation<'_>, before: u64, out: &mut ObjectWriter<'_>) {
    let (start, end) = annotation.range.unwrap_or_default();
    out.string("type", "url_citation");
    out.object("url_citation", |out| {
        out.plain("start_index", start.saturating_add(before));
        out.plain("end_index", end.saturating_add(before));
        out.string("url", &annotation.url);
        out.string("title", &annotation.title);
    });
}

/// The address in an `image_url`, which is an object or, at some vendors, the address itself; and its detail.
pub fn image_url<'a>(raw: &Raw<'a>) -> Option<(Cow<'a, str>, Option<Cow<'a, str>>)> {
    if let Some(url) = raw.string() {
        return Some((url, None));
    }
    let mut fields = raw.fields()?;
    Some((fields.take_string("url")?, fields.take_string("detail")))
}

/// A picture that a model made, as an element of `images` or of `content`: its media type and its base64. `None`: it is
/// something else, or stands somewhere else.
pub fn generated_image<'a>(raw: &Raw<'a>) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    let (url, _) = image_url(&raw.fields()?.take("image_url")?)?;
    match data_url::source(url) {
        Source::Base64 { media_type, data } => Some((media_type, data)),
        _ => None,
    }
}

/// Writes a picture.
pub fn write_image(media_type: &str, data: &str, detail: Option<&str>, out: &mut ObjectWriter<'_>) {
    write_image_url(&data_url::write(media_type, data), detail, out);
}

/// Writes a picture that stands somewhere.
pub fn write_image_url(url: &str, detail: Option<&str>, out: &mut ObjectWriter<'_>) {
    out.string("type", "image_url");
    out.object("image_url", |out| {
        out.string("url", url);
        out.optional("detail", detail);
    });
}

/// Writes the probabilities of a text's tokens.
pub fn write_logprobs(logprobs: &str, out: &mut ObjectWriter<'_>) {
    out.raw("content", logprobs);
    out.null("refusal");
}
