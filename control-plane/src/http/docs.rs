use std::collections::HashMap;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::{input::InPath, problem::Problem};

/// The pages of `docs/` by their path in it, sorted.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/docs.rs"));

/// Nothing but our own style: no script, no frame, no foreign source.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

const STYLE: &str = "body{max-width:48rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}\
pre{overflow-x:auto;padding:.75rem;background:#f4f4f4}code{font-size:.9em}\
table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top}";

/// The list of pages.
pub async fn index() -> Response {
    let entry = |(name, text): &(&str, &str)| {
        let title = escaped(text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(name));
        format!("<li><a href=\"/docs/{name}\">{title}</a></li>")
    };
    let list: String = PAGES.iter().map(entry).collect();
    page_of("Documentation", &format!("<h1>Documentation</h1><ul>{list}</ul>"))
}

/// The style of the pages.
pub async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "max-age=3600")], STYLE).into_response()
}

/// One page: `operations` and `operations.md` are the same.
pub async fn page(InPath(asked): InPath<String>) -> Result<Response, Problem> {
    let wanted = asked.strip_suffix(".md").unwrap_or(&asked);
    let found = PAGES.iter().find(|(name, _)| name.strip_suffix(".md") == Some(wanted));
    let (name, text) =
        found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "not-found", "no such page; `/docs` lists them"))?;
    Ok(page_of(name, &rendered(name, text)))
}

/// Raw HTML in a page is shown, not obeyed. Headings can be linked to, as on the pages of repositories; a link to a file that
/// is no page is its text alone.
fn rendered(name: &str, markdown: &str) -> String {
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let mut events: Vec<Event<'_>> = parser
        .map(|event| match event {
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            other => other,
        })
        .collect();
    anchored(&mut events);
    let mut open_links = Vec::new();
    events.retain(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            open_links.push(is_served(name, dest_url));
            open_links.last() == Some(&true)
        }
        Event::End(TagEnd::Link) => open_links.pop() == Some(true),
        _ => true,
    });
    let mut body = String::new();
    html::push_html(&mut body, events.into_iter());
    body
}

/// Gives each heading the id that repositories' pages give it.
fn anchored(events: &mut [Event<'_>]) {
    let mut given: HashMap<String, usize> = HashMap::new();
    for at in 0..events.len() {
        if !matches!(events[at], Event::Start(Tag::Heading { .. })) {
            continue;
        }
        let inside = events[at..].iter().take_while(|it| !matches!(it, Event::End(TagEnd::Heading(_))));
        let text: String = inside
            .filter_map(|it| match it {
                Event::Text(text) | Event::Code(text) => Some(&**text),
                _ => None,
            })
            .collect();
        let slug = slug(&text);
        let times = given.entry(slug.clone()).or_default();
        let unique = if *times == 0 { slug } else { format!("{slug}-{times}") };
        *times += 1;
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[at] {
            *id = Some(unique.into());
        }
    }
}

fn slug(text: &str) -> String {
    let kept = text.to_lowercase();
    kept.chars()
        .filter(|it| it.is_alphanumeric() || " -_".contains(*it))
        .map(|it| if it == ' ' { '-' } else { it })
        .collect()
}

/// Whether a link leads somewhere from here: to another site, a place on this page, or a page of the documentation.
fn is_served(from: &str, link: &str) -> bool {
    if link.contains("://") || link.starts_with('#') {
        return true;
    }
    let path = link.split('#').next().unwrap_or_default();
    let mut steps: Vec<&str> = from.split('/').collect();
    steps.pop();
    for step in path.split('/') {
        match step {
            ".." if steps.pop().is_none() => return false,
            "." | "" | ".." => {}
            step => steps.push(step),
        }
    }
    let target = steps.join("/");
    PAGES.iter().any(|(name, _)| *name == target)
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
        let html = rendered("a.md", "# A\n\n<script>alert(1)</script>\n\nb <img src=x onerror=y> | c\n");
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("<h1 id=\"a\">A</h1>"), "{html}");
    }
}
