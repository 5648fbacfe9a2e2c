use std::borrow::Cow;

use crate::dialect::json::Raw;
use crate::dialect::json::write::ObjectWriter;
use crate::dialect::neutral::Annotation;

/// A citation as others know it: a page with an address. `None`: it points into a document of the request.
pub fn read(citation: Raw<'_>) -> Option<Annotation<'_>> {
    let mut fields = citation.fields()?;
    let kind = fields.take_string("type")?;
    let url = match &*kind {
        "web_search_result_location" => fields.take_string("url")?,
        "search_result_location" => fields.take_string("source").filter(|it| it.starts_with("http"))?,
        _ => return None,
    };
    Some(Annotation { url, title: fields.take_string("title").unwrap_or_default(), range: None })
}

/// Writes a citation's fields. `encrypted_index` is the vendor's own; clients want it to be a text.
pub fn write(out: &mut ObjectWriter<'_>, annotation: &Annotation<'_>, text: &str) {
    out.string("type", "web_search_result_location");
    out.string("url", &annotation.url);
    out.string("title", &annotation.title);
    out.string("cited_text", &cited(text, annotation.range).unwrap_or_default());
    out.string("encrypted_index", "");
}

/// The characters of the text that cite.
fn cited(text: &str, range: Option<(u64, u64)>) -> Option<Cow<'_, str>> {
    let (start, end) = range?;
    let place = |at: u64| text.char_indices().nth(at as usize).map_or(text.len(), |(place, _)| place);
    text.get(place(start)..place(end)).map(Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_that_cites_is_found_by_characters() {
        assert_eq!(cited("äöü one", Some((1, 3))).as_deref(), Some("öü"));
        assert_eq!(cited("äöü", Some((2, 90))).as_deref(), Some("ü"));
        assert_eq!(cited("äöü", Some((3, 1))), None);
        assert_eq!(cited("äöü", None), None);
    }
}
