use super::Context;
use crate::dialect::chat::parts;
use crate::dialect::neutral::{File, Image, Part, PartKind, Source, Text};
use crate::dialect::{data_url, file_name};
use crate::json::Words;
use crate::json::write::{self, ObjectWriter};

/// A part as it is written.
pub enum Written<'p> {
    /// Text.
    Text(Words<'p>),
    /// Something else, JSON.
    Json(String),
}

/// Writes a `content`: text alone as a string, which every server understands.
pub fn write(written: &[Written<'_>], out: &mut ObjectWriter<'_>) {
    match written {
        [] => out.string("content", ""),
        [Written::Text(text)] => out.words("content", text),
        parts => out.array("content", |out| {
            for part in parts {
                match part {
                    Written::Text(text) => out.object(|out| {
                        out.string("type", "text");
                        out.words("text", text);
                    }),
                    Written::Json(json) => out.raw(json),
                }
            }
        }),
    }
}

/// An object as a part.
pub fn json(write: impl FnOnce(&mut ObjectWriter<'_>)) -> Written<'static> {
    let mut out = Vec::new();
    write::object(&mut out, write);
    Written::Json(String::from_utf8_lossy(&out).into_owned())
}

/// Parts of a message that takes nothing but text: the operator's, the model's, a tool's.
pub fn of_texts<'p>(parts: &[&'p Part<'_>], context: &mut Context<'_>) -> Vec<Written<'p>> {
    parts.iter().filter_map(|part| text(part, context).or_else(|| dropped(part, context))).collect()
}

/// Parts of a message of the user.
pub fn of_user<'p>(parts: &[&'p Part<'_>], context: &mut Context<'_>) -> Vec<Written<'p>> {
    parts.iter().filter_map(|part| text(part, context).or_else(|| medium(part, context))).collect()
}

fn text<'p>(part: &'p Part<'_>, context: &mut Context<'_>) -> Option<Written<'p>> {
    if part.cache.is_some() {
        context.warnings.dropped(part.place.field("cache_control"));
    }
    match &part.kind {
        PartKind::Text(Text { text, annotations, logprobs }) => {
            if !annotations.is_empty() {
                context.warnings.dropped(part.place.field("annotations"));
            }
            if logprobs.is_some() {
                context.warnings.dropped(part.place.field("logprobs"));
            }
            Some(Written::Text(text.borrowed()))
        }
        PartKind::Refusal(words) => Some(Written::Text(Words::from(&**words))),
        _ => None,
    }
}

fn medium<'p>(part: &'p Part<'_>, context: &mut Context<'_>) -> Option<Written<'p>> {
    match &part.kind {
        PartKind::Image(it) => image(it, part, context),
        PartKind::File(it) => file(it, part, context),
        PartKind::Audio { data, format } => Some(json(|out| {
            out.string("type", "input_audio");
            out.object("input_audio", |out| {
                out.string("data", data);
                out.string("format", format);
            });
        })),
        PartKind::Text(_) | PartKind::Refusal(_) => None,
    }
}

fn dropped<'p>(part: &Part<'_>, context: &mut Context<'_>) -> Option<Written<'p>> {
    context.warnings.dropped(part.place.to_string());
    None
}

fn image<'p>(image: &Image<'_>, part: &Part<'_>, context: &mut Context<'_>) -> Option<Written<'p>> {
    let detail = match image.detail.as_deref() {
        Some("original") => {
            context.warnings.approximated(part.place.field("detail"));
            Some("high")
        }
        detail => detail,
    };
    match &image.source {
        Source::Base64 { media_type, data } => Some(json(|out| parts::write_image(media_type, data, detail, out))),
        Source::Url(url) => Some(json(|out| parts::write_image_url(url, detail, out))),
        Source::FileId(_) => foreign_file(part, context),
        Source::Text(_) => dropped(part, context),
    }
}

fn file<'p>(file: &'p File<'_>, part: &Part<'_>, context: &mut Context<'_>) -> Option<Written<'p>> {
    match &file.source {
        Source::Base64 { media_type, data } => Some(json(|out| {
            out.string("type", "file");
            out.object("file", |out| {
                out.string("filename", file.name.as_deref().unwrap_or(file_name::of(media_type)));
                out.string("file_data", &data_url::write(media_type, data));
            });
        })),
        // The model at least learns what it is about.
        Source::Url(words) | Source::Text(words) => {
            context.warnings.approximated(part.place.to_string());
            Some(Written::Text(match &file.name {
                Some(name) => format!("{name}\n\n{words}").into(),
                None => Words::from(&**words),
            }))
        }
        Source::FileId(_) => foreign_file(part, context),
    }
}

fn foreign_file<'p>(part: &Part<'_>, context: &mut Context<'_>) -> Option<Written<'p>> {
    context.fail(part.place.field("file_id"), "a file at a provider cannot be read by another one");
    None
}
