use std::borrow::Cow;

use super::super::take;
use super::{Reading, kind_name};
use crate::dialect::InvalidBody;
use crate::dialect::json::{Fields, Raw};
use crate::dialect::neutral::{File, Image, Part, PartKind, Place, Source, Text};
use crate::dialect::responses::output;

impl<'a> Reading<'a> {
    /// A message's content or a tool's output: a text, or a list of parts.
    pub(super) fn parts(
        &mut self,
        place: Place,
        list: &'static str,
        raw: Raw<'a>,
    ) -> Result<Vec<Part<'a>>, InvalidBody> {
        if let Some(text) = raw.string() {
            return Ok(vec![Part::text(place.inside(list, 0), text)]);
        }
        let wrong = || InvalidBody::field(&place.field(list), raw.offset, "a text or a list of parts");
        let mut parts = Vec::new();
        for (index, part) in raw.elements().ok_or_else(wrong)?.into_iter().enumerate() {
            parts.extend(self.part(place.inside(list, index), part)?);
        }
        Ok(parts)
    }

    fn part(&mut self, place: Place, raw: Raw<'a>) -> Result<Option<Part<'a>>, InvalidBody> {
        let mut fields = raw.fields().ok_or_else(|| InvalidBody::field(&place.to_string(), raw.offset, "an object"))?;
        let kind = take::string(&mut fields, place, "type")?;
        let part = match kind.as_deref() {
            Some("input_text" | "output_text" | "text") => {
                let text = take::required(&mut fields, place, "text")?;
                let annotations = output::annotations(&mut fields, &place, &mut self.request.warnings);
                // What it once was in an answer: no question for another model.
                fields.take("logprobs");
                Some(PartKind::Text(Text { text, annotations, logprobs: None }))
            }
            Some("refusal") => Some(PartKind::Refusal(take::required(&mut fields, place, "refusal")?)),
            Some("input_image") => self.image(place, &mut fields)?,
            Some("input_file") => self.file(place, &mut fields)?,
            Some("input_audio") => audio(place, &mut fields)?,
            _ => None,
        };
        if part.is_some() {
            self.rest(place, fields);
        } else {
            self.unknown(place, kind_name(kind.as_ref()));
        }
        Ok(part.map(|kind| Part { place, kind, cache: None }))
    }

    fn image(&mut self, place: Place, fields: &mut Fields<'a>) -> Result<Option<PartKind<'a>>, InvalidBody> {
        let detail = take::string(fields, place, "detail")?;
        let source = match take::string(fields, place, "image_url")? {
            Some(url) => Some(base64_of(&url).unwrap_or(Source::Url(url))),
            None => self.file_id(place, fields)?,
        };
        Ok(source.map(|source| PartKind::Image(Image { source, detail })))
    }

    fn file(&mut self, place: Place, fields: &mut Fields<'a>) -> Result<Option<PartKind<'a>>, InvalidBody> {
        let name = take::string(fields, place, "filename")?;
        let source = if let Some(data) = take::string(fields, place, "file_data")? {
            let media_type = Cow::Borrowed(output::media_type_of_file(name.as_deref()));
            Some(base64_of(&data).unwrap_or(Source::Base64 { media_type, data }))
        } else if let Some(url) = take::string(fields, place, "file_url")? {
            Some(Source::Url(url))
        } else {
            self.file_id(place, fields)?
        };
        Ok(source.map(|source| PartKind::File(File { source, name })))
    }

    fn file_id(&mut self, place: Place, fields: &mut Fields<'a>) -> Result<Option<Source<'a>>, InvalidBody> {
        let id = take::string(fields, place, "file_id")?;
        if id.is_some() {
            self.impossible(place.field("file_id"), "the file is at the provider that it was sent to");
        }
        Ok(id.map(Source::FileId))
    }
}

fn audio<'a>(place: Place, fields: &mut Fields<'a>) -> Result<Option<PartKind<'a>>, InvalidBody> {
    let Some(mut sound) = take::object(fields, place, "input_audio")? else { return Ok(None) };
    let owner = place.field("input_audio");
    let data = take::required(&mut sound, &owner, "data")?;
    let format = take::required(&mut sound, &owner, "format")?;
    Ok(Some(PartKind::Audio { data, format }))
}

/// What a `data:` URL holds; `None`: it is another URL, or not in base64.
fn base64_of<'a>(url: &Cow<'a, str>) -> Option<Source<'a>> {
    Some(match url {
        Cow::Borrowed(url) => {
            let (media_type, data) = split_data_url(url)?;
            Source::Base64 { media_type: media_type.into(), data: data.into() }
        }
        Cow::Owned(url) => {
            let (media_type, data) = split_data_url(url)?;
            Source::Base64 { media_type: media_type.to_owned().into(), data: data.to_owned().into() }
        }
    })
}

fn split_data_url(url: &str) -> Option<(&str, &str)> {
    let (header, data) = url.strip_prefix("data:")?.split_once(',')?;
    let media_type = header.strip_suffix(";base64")?.split(';').next().filter(|it| !it.is_empty());
    Some((media_type.unwrap_or("application/octet-stream"), data))
}
