//! The documentation as pages, with a search. It is this product's own, and everybody may read it.

mod library;
mod search;

use axum::{
    extract::State,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use url::form_urlencoded;
use web::{
    Screen, View,
    docs::{Docs, DocsLink, DocsPart},
};

use self::library::{DocPage, INDEX, LIBRARY, PARTS};
use super::{
    App,
    access::visitor,
    input::InPath,
    pages::{PageAnswer, surrounding, takes_gzip},
    problem::Problem,
};

/// All pages, or those with what is looked for.
pub async fn index(State(app): State<App>, parts: Parts) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    let looked_for = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q").map(|(_, value)| value);
    let words = looked_for.as_deref().map(search::bounded).unwrap_or_default();
    let found = (!words.is_empty()).then(|| search::find(&LIBRARY, &words));
    let view = Docs {
        search: words,
        contents: contents(None),
        title: "Documentation".to_owned(),
        body: &INDEX,
        headings: Vec::new(),
        found,
    };
    shown(&app, &parts, &view).await
}

/// One page: `operations` and `operations.md` are the same. A picture of one.
pub async fn page(State(app): State<App>, InPath(asked): InPath<String>, parts: Parts) -> Result<Response, Problem> {
    if let Some((media_type, bytes)) = library::picture(&asked) {
        return Ok(
            ([(header::CONTENT_TYPE, media_type), (header::CACHE_CONTROL, "max-age=3600")], bytes).into_response()
        );
    }
    let wanted = asked.strip_suffix(".md").unwrap_or(&asked);
    let found = LIBRARY.iter().find(|it| it.path.strip_suffix(".md") == Some(wanted));
    let page =
        found.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "not-found", "no such page of the documentation"))?;
    let view = Docs {
        search: String::new(),
        contents: contents(Some(page)),
        title: page.title.clone(),
        body: &page.html,
        headings: page.headings.clone(),
        found: None,
    };
    Ok(shown(&app, &parts, &view).await)
}

fn contents(current: Option<&DocPage>) -> Vec<DocsPart> {
    let link = |it: &DocPage| DocsLink {
        title: it.title.clone(),
        href: format!("/docs/{}", it.path),
        current: current.is_some_and(|current| current.path == it.path),
    };
    let part = |title: &'static str| DocsPart {
        title,
        pages: LIBRARY.iter().filter(|it| it.part == title).map(link).collect(),
    };
    PARTS.into_iter().map(part).filter(|it| !it.pages.is_empty()).collect()
}

async fn shown(app: &App, parts: &Parts, view: &Docs) -> Response {
    let reader = visitor(app, parts).await;
    let mut chrome = surrounding(app, parts, reader.as_ref());
    chrome.screen = Screen::Docs;
    chrome.title.clone_from(&view.title);
    let html = view.page(&chrome);
    PageAnswer { nonce: chrome.nonce, html, gzip: takes_gzip(&parts.headers), status: StatusCode::OK }.into_response()
}
