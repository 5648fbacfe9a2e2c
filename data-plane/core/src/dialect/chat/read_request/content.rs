use std::borrow::Cow;

use super::{drop_rest, impossible};
use crate::dialect::InvalidBody;
use crate::dialect::chat::parts;
use crate::dialect::neutral::{CacheMark, File, Image, Part, PartKind, Place, Request, Source, Text};
use crate::dialect::{data_url, file_name};
use crate::json::{Fields, Kind, Raw, want};

/// Reads a message's `content`: a text, or a list of parts. Empty texts are left out.
pub fn read<'a>(
    fields: &mut Fields<'a>,
    place: Place,
    request: &mut Request<'a>,
) -> Result<Vec<Part<'a>>, InvalidBody> {
    let Some(raw) = fields.take("content") else { return Ok(Vec::new()) };
    if let Some(text) = raw.words() {
        return Ok(if text.is_empty() { Vec::new() } else { vec![Part::text(place, text)] });
    }
    let Some(list) = raw.elements() else {
        return Err(InvalidBody::field(&place.field("content"), raw.offset, "a string or a list of parts"));
    };
    let mut parts = Vec::new();
    for (index, raw) in list.into_iter().enumerate() {
        parts.extend(part(&raw, place.inside("content", index), request)?);
    }
    Ok(parts)
}

/// `cache_control`, which vendors between Chat and Messages take over from Messages.
pub fn cache_mark<'a>(fields: &mut Fields<'a>) -> Option<CacheMark<'a>> {
    let mut mark = fields.take_fields("cache_control")?;
    Some(CacheMark { ttl: mark.take_string("ttl") })
}

fn part<'a>(raw: &Raw<'a>, place: Place, request: &mut Request<'a>) -> Result<Option<Part<'a>>, InvalidBody> {
    if raw.kind() == Kind::String {
        return Ok(raw.words().filter(|it| !it.is_empty()).map(|it| Part::text(place, it)));
    }
    let Some(mut fields) = raw.fields() else {
        return Err(InvalidBody::field(&place.to_string(), raw.offset, "an object"));
    };
    let kind = want::string(&mut fields, place, "type")?.unwrap_or_default();
    let read = match &*kind {
        "text" => {
            let text = want::words(&mut fields, place, "text")?.unwrap_or_default();
            (!text.is_empty()).then(|| PartKind::Text(Text::plain(text)))
        }
        "refusal" => want::string(&mut fields, place, "refusal")?.filter(|it| !it.is_empty()).map(PartKind::Refusal),
        "image_url" => Some(image(&mut fields, place)?),
        "input_audio" => Some(audio(&mut fields, place, request)?),
        "file" => Some(file(&mut fields, place, request)?),
        _ => {
            request.warnings.dropped(format!("{place}/{kind}"));
            return Ok(None);
        }
    };
    let cache = cache_mark(&mut fields);
    drop_rest(fields, place, &mut request.warnings);
    Ok(read.map(|kind| Part { place, kind, cache }))
}

fn image<'a>(fields: &mut Fields<'a>, place: Place) -> Result<PartKind<'a>, InvalidBody> {
    let raw = fields.take("image_url");
    let Some((url, detail)) = raw.as_ref().and_then(parts::image_url) else {
        return Err(InvalidBody::field(&place.field("image_url"), fields.offset, "an object with a `url`"));
    };
    // `auto` is what a model does unasked.
    Ok(PartKind::Image(Image { source: data_url::source(url), detail: detail.filter(|it| it != "auto") }))
}

fn audio<'a>(fields: &mut Fields<'a>, place: Place, request: &mut Request<'a>) -> Result<PartKind<'a>, InvalidBody> {
    let path = place.field("input_audio");
    let audio = want::object(fields, place, "input_audio")?;
    let mut audio = audio.ok_or_else(|| InvalidBody::field(&path, fields.offset, "an object"))?;
    let data = want::string(&mut audio, &path, "data")?.unwrap_or_default();
    let format = want::string(&mut audio, &path, "format")?.unwrap_or(Cow::Borrowed("wav"));
    drop_rest(audio, &path, &mut request.warnings);
    Ok(PartKind::Audio { data, format })
}

fn file<'a>(fields: &mut Fields<'a>, place: Place, request: &mut Request<'a>) -> Result<PartKind<'a>, InvalidBody> {
    let path = place.field("file");
    let file = want::object(fields, place, "file")?;
    let mut file = file.ok_or_else(|| InvalidBody::field(&path, fields.offset, "an object"))?;
    let name = want::string(&mut file, &path, "filename")?;
    let data = want::string(&mut file, &path, "file_data")?;
    let id = want::string(&mut file, &path, "file_id")?;
    let source = match (data, id) {
        (Some(data), _) => match data_url::source(data) {
            // Some clients leave the head of the address out.
            Source::Url(data) if !data.contains(':') => {
                Source::Base64 { media_type: file_name::media_type(name.as_deref()).into(), data }
            }
            source => source,
        },
        (None, Some(id)) => {
            impossible(request, format_args!("{path}.file_id"), "a file at a provider cannot be read by another one");
            Source::FileId(id)
        }
        (None, None) => return Err(InvalidBody::field(&path, file.offset, "an object with `file_data` or `file_id`")),
    };
    drop_rest(file, &path, &mut request.warnings);
    Ok(PartKind::File(File { source, name }))
}
