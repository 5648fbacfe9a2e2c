use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    path::Path,
    sync::LazyLock,
};

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// The pages of `docs/` by their path in it, sorted.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/docs.rs"));
/// What they show, likewise.
const PICTURES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/pictures.rs"));

/// Parts of the contents, in their order.
pub const PARTS: [&str; 4] = ["Use it", "Run it", "Reference", "How it is built"];
/// Which pages stand in the first ones, in their order; what is in none is told by its folder.
const USE: [&str; 6] = ["quickstart", "concepts", "clients", "translation", "login", "admin-guide"];
const BUILT: [&str; 3] = ["architecture", "walkthroughs", "performance"];

/// A page as it is shown.
pub struct DocPage {
    /// In `docs/`.
    pub path: &'static str,
    /// Its first heading.
    pub title: String,
    /// The part of the contents that it belongs to.
    pub part: &'static str,
    /// What stands in the page, as HTML.
    pub html: String,
    /// Its headings below the title: words and anchor.
    pub headings: Vec<(String, String)>,
    /// The same page as plain text, by its headings.
    pub sections: Vec<Section>,
}

/// What stands below one heading.
pub struct Section {
    /// The heading.
    pub heading: String,
    /// Where it is on its page.
    pub anchor: String,
    /// Its words, on one line.
    pub text: String,
    /// The same in lower case, byte for byte as long.
    pub lower: String,
}

/// All pages in the order of the contents, made when they are first asked for.
pub static LIBRARY: LazyLock<Vec<DocPage>> = LazyLock::new(|| {
    let mut all: Vec<DocPage> = PAGES.iter().map(|(path, text)| page(path, text)).collect();
    all.sort_by_key(|it| {
        let part = PARTS.iter().position(|part| *part == it.part);
        let stem = it.path.trim_end_matches(".md");
        (part, USE.iter().position(|it| *it == stem).unwrap_or(USE.len()), it.path)
    });
    all
});

/// All pages as a list of links.
pub static INDEX: LazyLock<String> = LazyLock::new(|| {
    let mut out = String::from("<h1>Documentation</h1>");
    for part in PARTS {
        let _ = write!(out, "<h2>{part}</h2><ul>");
        for page in LIBRARY.iter().filter(|it| it.part == part) {
            let _ = write!(out, "<li><a href=\"/docs/{}\">{}</a></li>", page.path, escaped(&page.title));
        }
        out.push_str("</ul>");
    }
    out
});

/// A picture by its path in `docs/`: its media type, and itself.
pub fn picture(path: &str) -> Option<(&'static str, &'static [u8])> {
    let (_, bytes) = PICTURES.iter().find(|(name, _)| *name == path)?;
    let drawn = Path::new(path).extension().is_some_and(|it| it == "svg");
    Some((if drawn { "image/svg+xml" } else { "image/png" }, bytes))
}

fn page(path: &'static str, markdown: &str) -> DocPage {
    let events = events(path, markdown);
    let sections = sections(&events);
    let title = sections.first().map_or_else(|| path.to_owned(), |it| it.heading.clone());
    let mut body = String::new();
    html::push_html(&mut body, events.iter().cloned());
    let stem = path.trim_end_matches(".md");
    let part = match path.split_once('/') {
        Some(("reference", _)) => PARTS[2],
        Some(_) => PARTS[3],
        None if USE.contains(&stem) => PARTS[0],
        None if BUILT.contains(&stem) => PARTS[3],
        None => PARTS[1],
    };
    let tops: HashSet<&str> = events.windows(1).filter_map(|it| second_level(&it[0])).collect();
    let headings = sections.iter().filter(|it| tops.contains(it.anchor.as_str()));
    let headings = headings.map(|it| (it.heading.clone(), it.anchor.clone())).collect();
    // Tables and blocks of code scroll by themselves, by the keyboard, too.
    let html = body.replace("<pre>", "<pre tabindex=\"0\">").replace("<table>", "<table tabindex=\"0\">");
    DocPage { path, title, part, html, headings, sections }
}

fn second_level<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    match event {
        Event::Start(Tag::Heading { level: HeadingLevel::H2, id: Some(id), .. }) => Some(id),
        _ => None,
    }
}

/// Raw HTML in a page is shown, not obeyed. Headings can be linked to, as on the pages of repositories; a link to a file that
/// is no page is its text alone.
fn events<'a>(path: &str, markdown: &'a str) -> Vec<Event<'a>> {
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
            open_links.push(is_served(path, dest_url));
            open_links.last() == Some(&true)
        }
        Event::End(TagEnd::Link) => open_links.pop() == Some(true),
        _ => true,
    });
    events
}

/// Gives each heading the id that repositories' pages give it.
fn anchored(events: &mut [Event<'_>]) {
    let mut given: HashMap<String, usize> = HashMap::new();
    for at in 0..events.len() {
        if !matches!(events[at], Event::Start(Tag::Heading { .. })) {
            continue;
        }
        let inside = events[at..].iter().take_while(|it| !matches!(it, Event::End(TagEnd::Heading(_))));
        let slug = slug(&inside.filter_map(words).collect::<String>());
        let times = given.entry(slug.clone()).or_default();
        let unique = if *times == 0 { slug } else { format!("{slug}-{times}") };
        *times += 1;
        if let Event::Start(Tag::Heading { id, .. }) = &mut events[at] {
            *id = Some(unique.into());
        }
    }
}

fn words<'a>(event: &'a Event<'_>) -> Option<&'a str> {
    match event {
        Event::Text(text) | Event::Code(text) => Some(text),
        _ => None,
    }
}

fn slug(text: &str) -> String {
    let kept = text.to_lowercase();
    kept.chars()
        .filter(|it| it.is_alphanumeric() || " -_".contains(*it))
        .map(|it| if it == ' ' { '-' } else { it })
        .collect()
}

/// A page by its headings, as plain text.
fn sections(events: &[Event<'_>]) -> Vec<Section> {
    let mut all: Vec<(String, String, String)> = Vec::new();
    let mut in_heading = false;
    for event in events {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                in_heading = true;
                all.push((String::new(), id.as_ref().map(ToString::to_string).unwrap_or_default(), String::new()));
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            event => {
                let Some((heading, _, text)) = all.last_mut() else { continue };
                let into = if in_heading { heading } else { text };
                into.push_str(words(event).unwrap_or(if in_heading || is_inline(event) { "" } else { " " }));
            }
        }
    }
    let section = |(heading, anchor, text): (String, String, String)| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Section { heading, anchor, lower: text.to_ascii_lowercase(), text }
    };
    all.into_iter().map(section).collect()
}

/// What stands within a line: words go on after it.
const fn is_inline(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Start(Tag::Link { .. } | Tag::Emphasis | Tag::Strong | Tag::Strikethrough)
            | Event::End(TagEnd::Link | TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough)
    )
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_is_shown_and_not_obeyed() {
        let page = page("a.md", "# A\n\n<script>alert(1)</script>\n\nb <img src=x onerror=y> | c\n");
        assert!(!page.html.contains("<script") && !page.html.contains("<img"), "{}", page.html);
        assert!(page.html.contains("<h1 id=\"a\">A</h1>"), "{}", page.html);
    }

    #[test]
    fn a_page_is_known_by_its_headings() {
        let page =
            page("a.md", "# A `b`\n\nOne *two*\nthree.\n\n## C\n\n| x | y |\n|---|---|\n| 1 | `2` |\n\n### D\n\nE\n");
        assert_eq!(page.title, "A b");
        let sections: Vec<_> = page.sections.iter().map(|it| (it.anchor.as_str(), it.text.as_str())).collect();
        assert_eq!(sections, [("a-b", "One two three."), ("c", "x y 1 2"), ("d", "E")]);
        assert_eq!(page.headings, [("C".to_owned(), "c".to_owned())], "the second level alone");
    }

    #[test]
    fn every_page_stands_in_the_contents_once() {
        assert_eq!(LIBRARY.len(), PAGES.len());
        assert!(LIBRARY.iter().all(|it| PARTS.contains(&it.part) && !it.title.is_empty()));
        assert_eq!(LIBRARY[0].path, "quickstart.md");
    }
}
