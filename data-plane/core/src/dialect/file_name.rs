//! What the name of a document tells about what it holds, and the other way round.

/// What a document without a name is called: OpenAI demands one, and reads the kind of document from it.
pub fn of(media_type: &str) -> &'static str {
    match media_type {
        "text/plain" => "document.txt",
        "text/csv" => "document.csv",
        "text/html" => "document.html",
        "application/json" => "document.json",
        _ => "document.pdf",
    }
}

/// What a document holds, by its name.
pub fn media_type(name: Option<&str>) -> &'static str {
    let ending = name.and_then(|it| it.rsplit_once('.')).map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("txt" | "md" | "log") => "text/plain",
        Some("csv") => "text/csv",
        Some("html" | "htm") => "text/html",
        Some("json") => "application/json",
        // What the APIs took first, and what nearly all of them are.
        _ => "application/pdf",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_what_it_stands_for_agree() {
        for kind in ["text/plain", "text/csv", "text/html", "application/json", "application/pdf"] {
            assert_eq!(media_type(Some(of(kind))), kind);
        }
        assert_eq!(media_type(Some("A.B.TXT")), "text/plain");
        assert_eq!((media_type(None), of("application/msword")), ("application/pdf", "document.pdf"));
    }
}
