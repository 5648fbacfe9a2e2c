use super::Writing;
use crate::dialect::neutral::{File, Image, Impossible, Part, PartKind, Source};
use crate::dialect::responses::write_item::annotation;
use crate::dialect::{data_url, file_name};
use crate::json::Words;
use crate::json::write::ArrayWriter;

impl<'a> Writing<'_, 'a> {
    /// What the model said: text and words of refusal.
    pub(super) fn said(&mut self, content: &mut ArrayWriter<'_>, parts: &[Part<'a>]) {
        for part in parts {
            self.no_cache_mark(part.place, part.cache.as_ref());
            match &part.kind {
                PartKind::Text(text) => content.object(|it| {
                    it.string("type", "output_text");
                    it.words("text", &text.text);
                    it.array("annotations", |list| {
                        text.annotations.iter().for_each(|one| list.object(|it| annotation(it, one)));
                    });
                }),
                PartKind::Refusal(text) => content.object(|it| {
                    it.string("type", "refusal");
                    it.string("refusal", text);
                }),
                PartKind::Image(_) | PartKind::File(_) | PartKind::Audio { .. } => {
                    self.warnings.dropped(part.place.to_string());
                }
            }
        }
    }

    /// What the model is told or shown.
    pub(super) fn asked(&mut self, content: &mut ArrayWriter<'_>, parts: &[Part<'a>]) -> Result<(), Impossible> {
        parts.iter().try_for_each(|part| {
            self.no_cache_mark(part.place, part.cache.as_ref());
            self.shown(content, part)
        })
    }

    fn shown(&mut self, content: &mut ArrayWriter<'_>, part: &Part<'a>) -> Result<(), Impossible> {
        match &part.kind {
            PartKind::Text(text) => input_text(content, &text.text),
            PartKind::Refusal(text) => input_text(content, &Words::from(&**text)),
            PartKind::Image(image) => return show_image(content, part, image),
            PartKind::File(file) => return self.file(content, part, file),
            PartKind::Audio { data, format } => content.object(|it| {
                it.string("type", "input_audio");
                it.object("input_audio", |it| {
                    it.string("data", data);
                    it.string("format", format);
                });
            }),
        }
        Ok(())
    }

    fn file(&mut self, content: &mut ArrayWriter<'_>, part: &Part<'a>, file: &File<'a>) -> Result<(), Impossible> {
        let name = file.name.as_deref();
        match &file.source {
            Source::Base64 { media_type, data } => content.object(|it| {
                it.string("type", "input_file");
                it.string("filename", name.unwrap_or(file_name::of(media_type)));
                it.string("file_data", &data_url::write(media_type, data));
            }),
            Source::Url(url) => {
                // A file that the upstream fetches has the name that its address gives it.
                if name.is_some() {
                    self.warnings.dropped(part.place.field("filename"));
                }
                content.object(|it| {
                    it.string("type", "input_file");
                    it.string("file_url", url);
                });
            }
            Source::Text(text) => {
                self.warnings.approximated(part.place.to_string());
                match name {
                    Some(name) => input_text(content, &format!("{name}\n\n{text}").into()),
                    None => input_text(content, &Words::from(&**text)),
                }
            }
            Source::FileId(_) => return Err(elsewhere(part)),
        }
        Ok(())
    }
}

fn input_text(content: &mut ArrayWriter<'_>, text: &Words<'_>) {
    content.object(|it| {
        it.string("type", "input_text");
        it.words("text", text);
    });
}

fn show_image(content: &mut ArrayWriter<'_>, part: &Part<'_>, image: &Image<'_>) -> Result<(), Impossible> {
    let url = match &image.source {
        Source::Base64 { media_type, data } => data_url::write(media_type, data),
        Source::Url(url) => url.to_string(),
        Source::FileId(_) | Source::Text(_) => return Err(elsewhere(part)),
    };
    content.object(|it| {
        it.string("type", "input_image");
        it.string("image_url", &url);
        it.string("detail", image.detail.as_deref().unwrap_or("auto"));
    });
    Ok(())
}

fn elsewhere(part: &Part<'_>) -> Impossible {
    Impossible::new(part.place.to_string(), "the file is at the provider that it was sent to")
}
