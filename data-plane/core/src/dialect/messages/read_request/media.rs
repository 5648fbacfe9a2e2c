use std::borrow::Cow;

use super::conversation::{open, read_part};
use super::impossible;
use super::place::{At, says_something};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{File, Image, Part, PartKind, Place, Request, Source};
use crate::json::{Fields, Kind, Raw};

/// Reads an `image`.
pub fn read_image<'a>(fields: &mut Fields<'a>, place: Place, request: &mut Request<'a>, parts: &mut Vec<Part<'a>>) {
    match fields.take("source").and_then(|it| read_source(&it, place, request)) {
        Some(source) => {
            let kind = PartKind::Image(Image { source, detail: None });
            parts.push(Part { place, kind, cache: None });
        }
        None => request.warnings.dropped(format!("{place}/image")),
    }
}

/// Reads a `document`. One that is made of blocks becomes these blocks.
pub fn read_document<'a>(
    fields: &mut Fields<'a>,
    at: At,
    request: &mut Request<'a>,
    parts: &mut Vec<Part<'a>>,
) -> Result<(), InvalidBody> {
    let place = at.place;
    let cites = fields.take_fields("citations").and_then(|mut it| it.take_boolean("enabled")).unwrap_or_default();
    if cites {
        request.warnings.dropped(place.field("citations"));
    }
    let name = fields.take_string("title");
    let Some(source) = fields.take("source") else {
        request.warnings.dropped(format!("{place}/document"));
        return Ok(());
    };
    if let Some(blocks) = blocks_of(&source) {
        request.warnings.approximated(place.field("source"));
        parts.extend(name.map(|it| Part::text(place, it)));
        for block in blocks {
            let (fields, kind) = open(&block, at)?;
            // Blocks of a document are words and pictures, no documents again.
            if matches!(&*kind, "text" | "image") {
                read_part(fields, &kind, at, &block, request, parts)?;
            }
        }
        return Ok(());
    }
    match read_source(&source, place, request) {
        Some(source) => parts.push(Part { place, kind: PartKind::File(File { source, name }), cache: None }),
        None => request.warnings.dropped(format!("{place}/document")),
    }
    Ok(())
}

/// Reads a `search_result` that the caller found itself: its title, address and words.
pub fn read_search_result<'a>(
    fields: &mut Fields<'a>,
    place: Place,
    request: &mut Request<'a>,
    parts: &mut Vec<Part<'a>>,
) {
    let mut text = String::new();
    for name in ["title", "source"] {
        text.extend(fields.take_string(name).map(|it| format!("{it}\n")));
    }
    for block in fields.take_elements("content") {
        text.extend(block.fields().and_then(|mut it| it.take_string("text")));
    }
    says_something(fields, "citations");
    parts.push(Part::text(place, text));
    request.warnings.approximated(format!("{place}/search_result"));
}

/// The blocks of a `content` source.
fn blocks_of<'a>(source: &Raw<'a>) -> Option<Vec<Raw<'a>>> {
    let mut fields = source.fields()?;
    let content = fields.take("content")?;
    (content.kind() == Kind::Array).then(|| content.elements()).flatten()
}

fn read_source<'a>(source: &Raw<'a>, place: Place, request: &mut Request<'a>) -> Option<Source<'a>> {
    let mut fields = source.fields()?;
    match &*fields.take_string("type")? {
        "base64" => {
            let media_type = fields.take_string("media_type").unwrap_or(Cow::Borrowed("application/octet-stream"));
            Some(Source::Base64 { media_type, data: fields.take_string("data")? })
        }
        "url" => fields.take_string("url").map(Source::Url),
        "text" => fields.take_string("data").map(Source::Text),
        "content" => fields.take_string("content").map(Source::Text),
        "file" => {
            impossible(request, place.field("source.file_id"), "a file belongs to the provider that keeps it");
            fields.take_string("file_id").map(Source::FileId)
        }
        _ => None,
    }
}
