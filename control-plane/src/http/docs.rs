use axum::{
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use pulldown_cmark::{Event, Options, Parser, html};

use super::problem::Problem;

/// The pages of `docs/` by their path in it, sorted.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/docs.rs"));

/// Nothing but our own style: no script, no frame, no foreign source.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const STYLE: &str = "body{max-width:48rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}\
pre{overflow-x:auto;padding:.75rem;background:#f4f4f4}code{font-size:.9em}\
table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top}";

/// The list of pages.
#[utoipa::path(get, path = "/docs", tag = "docs", responses((status = 200, description = "HTML", content_type = "text/html")))]
pub async fn index() -> Response {
    let entry = |(name, text): &(&str, &str)| {
        let title = escaped(text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(name));
        format!("<li><a href=\"/docs/{name}\">{title}</a></li>")
    };
    let list: String = PAGES.iter().map(entry).collect();
    page_of("Documentation", &format!("<h1>Documentation</h1><ul>{list}</ul>"))
}

/// The style of the pages.
#[utoipa::path(get, path = "/docs/style.css", tag = "docs", responses((status = 200, description = "CSS", content_type = "text/css")))]
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "max-age=3600")], STYLE).into_response()
}

/// One page: `operations` and `operations.md` are the same.
#[utoipa::path(get, path = "/docs/{page}", tag = "docs", params(("page" = String, Path, description = "Path in docs/")),
    responses((status = 200, description = "HTML", content_type = "text/html"), (status = 404, body = Problem)))]
pub async fn page(Path(asked): Path<String>) -> Result<Response, Problem> {
    let wanted = asked.strip_suffix(".md").unwrap_or(&asked);
    let found = PAGES.iter().find(|(name, _)| name.strip_suffix(".md") == Some(wanted));
    let (name, text) =
        found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "not-found", "no such page; `/docs` lists them"))?;
    Ok(page_of(name, &rendered(text)))
}

/// Raw HTML in a page is shown, not obeyed.
fn rendered(markdown: &str) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let events = parser.map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    let mut body = String::new();
    html::push_html(&mut body, events);
    body
}

fn page_of(title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{} - Smart Router</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/docs/style.css\"></head>\
         <body><p><a href=\"/docs\">Smart Router</a></p>{body}</body></html>",
        escaped(title)
    );
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    (headers, html).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_is_shown_and_not_obeyed() {
        let html = rendered("# A\n\n<script>alert(1)</script>\n\nb <img src=x onerror=y> | c\n");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("<h1>A</h1>"));
    }
}
