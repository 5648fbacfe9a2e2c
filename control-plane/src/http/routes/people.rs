//! What people open in a browser, by the parts of the navigation.

use control_plane_core::permission::Action;

use super::{
    Access::{Anyone, Public, Within},
    Route, form, page, pages,
};

/// The pages.
pub(super) fn pages() -> Vec<Route> {
    [common(), observe(), govern(), route(), operate(), yours()].into_iter().flatten().collect()
}

/// What stands around every page.
fn common() -> Vec<Route> {
    vec![
        page("/", Anyone, pages::home),
        page("/assets/{digest}/{name}", Public, pages::asset),
        page("/favicon.ico", Public, pages::favicon),
        page("/about/licences", Public, pages::licences),
        form("/theme", Public, pages::set_theme),
    ]
}

fn observe() -> Vec<Route> {
    use Action::{ReportRead, RequestRead};
    vec![
        page("/overview", Within(ReportRead), pages::overview),
        page("/requests", Within(RequestRead), pages::requests),
        page("/requests/{id}", Within(RequestRead), pages::request),
    ]
}

fn govern() -> Vec<Route> {
    use Action::{TokenRead, TokenWrite};
    vec![
        page("/tokens", Within(TokenRead), pages::tokens::list),
        form("/tokens", Within(TokenWrite), pages::tokens::create),
        page("/tokens/export", Within(TokenRead), pages::tokens::exported),
        page("/tokens/new", Within(TokenWrite), pages::tokens::new),
        page("/tokens/{id}", Within(TokenRead), pages::tokens::show),
        page("/tokens/{id}/first", Within(TokenRead), pages::tokens::first),
        page("/tokens/{id}/{act}", Within(TokenWrite), pages::tokens::ask),
        form("/tokens/{id}/{act}", Within(TokenWrite), pages::tokens::done),
    ]
}

fn route() -> Vec<Route> {
    vec![]
}

fn operate() -> Vec<Route> {
    vec![]
}

fn yours() -> Vec<Route> {
    vec![]
}
