//! The control plane's pages as pure functions: plain data in, HTML out. [`overview`] and its neighbours are a page each, a struct
//! of what it shows beside its template and its samples; [`Chrome`] is what stands around all of them, [`chart`] draws, [`show`]
//! writes numbers, money and moments, [`assets`] are the files that pages load, [`gallery`] is every view with every sample.
//!
//! Never here: the database, handlers, async, the clock, sockets. What a page may show was decided before: a view shows what
//! it is given.

/// Says which template shows a view.
macro_rules! view {
    ($view:ty, $path:literal) => {
        impl crate::View for $view {
            fn page(&self, chrome: &crate::Chrome) -> String {
                #[derive(askama::Template)]
                #[template(path = $path)]
                struct Page<'a> {
                    chrome: &'a crate::Chrome,
                    view: &'a $view,
                }
                askama::Template::render(&Page { chrome, view: self }).expect("writing to a String does not fail")
            }
        }
    };
}

pub mod access;
pub mod assets;
pub mod audit;
pub mod catalogue;
pub mod chart;
mod chrome;
pub mod components;
pub mod confirm;
pub mod docs;
pub mod editor;
pub mod error_groups;
pub mod explore;
pub mod failure;
pub mod first;
pub mod form;
pub mod gallery;
pub mod groups;
mod icon;
pub mod issued;
mod list;
pub mod login;
pub mod mine;
pub mod nodes;
pub mod overview;
pub mod parts;
pub mod playground;
pub mod projects;
pub mod providers;
mod range;
pub mod request_detail;
mod request_row;
pub mod requests;
mod sample;
mod screen;
pub mod sessions;
pub mod sheet;
pub mod show;
mod shown;
mod snippet;
pub mod tokens;
mod tone;
mod ui;
pub mod versions;

pub use chrome::{Banner, Chrome, Person, Theme};
pub use icon::Icon;
pub use list::{Neighbours, PickOption, Switch};
pub use range::{Chip, Preset, Range};
pub use request_row::{RequestColumn, RequestRow, outcome};
pub use sample::Sample;
pub use screen::{NavGroup, NavItem, Screen};
pub use shown::Shown;
pub use snippet::{Snippet, SnippetFor};
pub use tone::Tone;
pub use ui::Tag;

/// A page without what stands around it.
pub trait View {
    /// The whole page.
    fn page(&self, chrome: &Chrome) -> String;
}

/// The samples of a view: it must look right with each.
pub trait Sampled: Sized {
    /// What it shows of that sort.
    fn sample(of: Sample) -> Self;
}

/// What a page may load and do, for its `Content-Security-Policy`: our own files, and nothing that stands in it.
pub fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types htmx"
    )
}
