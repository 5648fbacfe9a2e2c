use crate::dialect::neutral::Annotation;
use crate::json::Raw;
use crate::json::write::ObjectWriter;

/// A citation as others know it: a page with an address. `None`: it points into a document of the request.
pub fn read<'a>(citation: &Raw<'a>) -> Option<Annotation<'a>> {
    let mut fields = citation.fields()?;
    let kind = fields.take_string("type")?;
    let url = match &*kind {
        "web_search_result_location" => fields.take_string("url")?,
        "search_result_location" => fields.take_string("source").filter(|it| it.starts_with("http"))?,
        _ => return None,
    };
    Some(Annotation { url, title: fields.take_string("title").unwrap_or_default(), range: None })
}

/// Writes a citation's fields. What it quotes and `encrypted_index` are the vendor's own; clients want them to be texts.
pub fn write(out: &mut ObjectWriter<'_>, annotation: &Annotation<'_>) {
    out.string("type", "web_search_result_location");
    out.string("url", &annotation.url);
    out.string("title", &annotation.title);
    out.string("cited_text", "");
    out.string("encrypted_index", "");
}
