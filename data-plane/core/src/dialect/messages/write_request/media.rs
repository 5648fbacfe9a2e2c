use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::block::{Block, Mark, Media};
use crate::dialect::data_url;
use crate::dialect::neutral::{File, Image, Impossible, Part, PartKind, Place, Source, Warnings};
use crate::json::Words;

/// A part as the user's block; `None`: it has nothing in it that can be written.
pub fn block<'r>(part: &'r Part<'_>, warnings: &mut Warnings) -> Result<Option<Block<'r>>, Impossible> {
    let block = match &part.kind {
        PartKind::Text(_) => return Ok(text(part, warnings)),
        PartKind::Refusal(text) => return Ok(words(text.as_ref().into(), part, warnings)),
        PartKind::Image(image) => image_block(image, part, warnings)?,
        PartKind::File(file) => file_block(file, part, warnings)?,
        PartKind::Audio { .. } => None,
    };
    if block.is_none() {
        warnings.dropped(part.place.to_string());
    }
    Ok(block)
}

/// A text part.
pub fn text<'r>(part: &'r Part<'_>, warnings: &mut Warnings) -> Option<Block<'r>> {
    let PartKind::Text(text) = &part.kind else { return None };
    if !text.annotations.is_empty() {
        warnings.dropped(part.place.field("annotations"));
    }
    words(text.text.borrowed(), part, warnings)
}

/// A block of words. One without any is refused, so it is left out.
pub fn words<'r>(text: Words<'r>, part: &'r Part<'_>, warnings: &mut Warnings) -> Option<Block<'r>> {
    if text.is_blank() {
        if !text.is_empty() {
            warnings.dropped(part.place.to_string());
        }
        return None;
    }
    Some(Block::Text { text, mark: mark(part) })
}

/// A picture in base64, if it is of a kind that is accepted.
pub fn picture<'r>(media_type: &'r str, data: &'r str) -> Option<Media<'r>> {
    let media_type = if media_type == "image/jpg" { "image/jpeg" } else { media_type };
    let known = matches!(media_type, "image/jpeg" | "image/png" | "image/gif" | "image/webp");
    known.then_some(Media::Base64 { media_type, data })
}

fn mark<'r>(part: &'r Part<'_>) -> Option<Mark<'r>> {
    Mark::of(part.cache.as_ref(), part.place)
}

fn image_block<'r>(
    image: &'r Image<'_>,
    part: &'r Part<'_>,
    warnings: &mut Warnings,
) -> Result<Option<Block<'r>>, Impossible> {
    if image.detail.as_deref().is_some_and(|it| it != "auto") {
        warnings.dropped(part.place.field("detail"));
    }
    let source = match &image.source {
        Source::Base64 { media_type, data } => picture(media_type, data),
        Source::Url(url) => match data_url::split(url) {
            Some((media_type, data)) => picture(media_type, data),
            None => web(url),
        },
        Source::FileId(_) => return Err(kept_elsewhere(part.place)),
        Source::Text(_) => None,
    };
    Ok(source.map(|source| Block::Image { source, mark: mark(part) }))
}

fn file_block<'r>(
    file: &'r File<'_>,
    part: &'r Part<'_>,
    warnings: &mut Warnings,
) -> Result<Option<Block<'r>>, Impossible> {
    let (title, mark) = (file.name.as_deref().filter(|it| !it.is_empty()), mark(part));
    let inline = match &file.source {
        Source::Base64 { media_type, data } => Some((media_type.as_ref(), data.as_ref())),
        Source::Url(url) => data_url::split(url),
        Source::FileId(_) => return Err(kept_elsewhere(part.place)),
        Source::Text(_) => None,
    };
    let source = match (&file.source, inline) {
        (_, Some(("application/pdf", data))) => Some(Media::Base64 { media_type: "application/pdf", data }),
        (_, Some((media_type, data))) if media_type.starts_with("image/") => {
            if title.is_some() {
                warnings.dropped(part.place.field("filename"));
            }
            return Ok(picture(media_type, data).map(|source| Block::Image { source, mark }));
        }
        (_, Some((media_type, data))) if is_text(media_type) => decoded(data).map(|it| Media::Text(it.into())),
        (Source::Text(text), _) if !text.trim().is_empty() => Some(Media::Text(Cow::Borrowed(text))),
        (Source::Url(url), None) => web(url),
        _ => None,
    };
    Ok(source.map(|source| Block::Document { source, title, mark }))
}

fn web(url: &str) -> Option<Media<'_>> {
    (url.starts_with("https://") || url.starts_with("http://")).then_some(Media::Url(url))
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || matches!(media_type, "application/json" | "application/xml" | "application/yaml" | "application/javascript")
}

fn decoded(data: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(data).ok()?).ok().filter(|it| !it.trim().is_empty())
}

fn kept_elsewhere(place: Place) -> Impossible {
    Impossible::new(place.field("file_id"), "a file belongs to the provider that keeps it")
}
