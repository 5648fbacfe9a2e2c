use super::{Reading, kind_name};
use crate::dialect::InvalidBody;
use crate::dialect::neutral::{File, Image, Part, PartKind, Place, Source, Text};
use crate::dialect::responses::output;
use crate::dialect::{data_url, file_name};
use crate::json::{Fields, Raw, want};

impl<'a> Reading<'a> {
    /// A message's content or a tool's output: a text, or a list of parts.
    pub(super) fn parts(
        &mut self,
        place: Place,
        list: &'static str,
        raw: &Raw<'a>,
    ) -> Result<Vec<Part<'a>>, InvalidBody> {
        if let Some(text) = raw.words() {
            return Ok(vec![Part::text(place.inside(list, 0), text)]);
        }
        let wrong = || InvalidBody::field(&place.field(list), raw.offset, "a text or a list of parts");
        let mut parts = Vec::new();
        for (index, part) in raw.elements().ok_or_else(wrong)?.into_iter().enumerate() {
            parts.extend(self.part(place.inside(list, index), &part)?);
        }
        Ok(parts)
    }

    fn part(&mut self, place: Place, raw: &Raw<'a>) -> Result<Option<Part<'a>>, InvalidBody> {
        let mut fields = raw.fields().ok_or_else(|| InvalidBody::field(&place.to_string(), raw.offset, "an object"))?;
        let kind = want::string(&mut fields, place, "type")?;
        let part = match kind.as_deref() {
            Some("input_text" | "output_text" | "text") => {
                let text = want::required_words(&mut fields, place, "text")?;
                let annotations = output::annotations(&mut fields, &place, &mut self.request.warnings);
                // What it once was in an answer: no question for another model.
                fields.take("logprobs");
                Some(PartKind::Text(Text { text, annotations, logprobs: None }))
            }
            Some("refusal") => Some(PartKind::Refusal(want::required(&mut fields, place, "refusal")?)),
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
        let detail = want::string(fields, place, "detail")?;
        let source = match want::string(fields, place, "image_url")? {
            Some(url) => Some(data_url::source(url)),
            None => self.file_id(place, fields)?,
        };
        Ok(source.map(|source| PartKind::Image(Image { source, detail })))
    }

    fn file(&mut self, place: Place, fields: &mut Fields<'a>) -> Result<Option<PartKind<'a>>, InvalidBody> {
        let name = want::string(fields, place, "filename")?;
        let source = if let Some(data) = want::string(fields, place, "file_data")? {
            Some(match data_url::source(data) {
                // Some clients leave the head of the address out.
                Source::Url(data) => Source::Base64 { media_type: file_name::media_type(name.as_deref()).into(), data },
                source => source,
            })
        } else if let Some(url) = want::string(fields, place, "file_url")? {
            Some(Source::Url(url))
        } else {
            self.file_id(place, fields)?
        };
        Ok(source.map(|source| PartKind::File(File { source, name })))
    }

    fn file_id(&mut self, place: Place, fields: &mut Fields<'a>) -> Result<Option<Source<'a>>, InvalidBody> {
        let id = want::string(fields, place, "file_id")?;
        if id.is_some() {
            self.impossible(place.field("file_id"), "the file is at the provider that it was sent to");
        }
        Ok(id.map(Source::FileId))
    }
}

fn audio<'a>(place: Place, fields: &mut Fields<'a>) -> Result<Option<PartKind<'a>>, InvalidBody> {
    let Some(mut sound) = want::object(fields, place, "input_audio")? else { return Ok(None) };
    let owner = place.field("input_audio");
    let data = want::required(&mut sound, &owner, "data")?;
    let format = want::required(&mut sound, &owner, "format")?;
    Ok(Some(PartKind::Audio { data, format }))
}
