//! Whether the first request has arrived: a part of several pages, which ask for it again until it has.

use crate::{
    Sample, Tag, Tone, View,
    show::{Millis, Money},
};

/// Whether the first request has arrived. A page of its own, too, without anything around it: the page asks for it again.
#[derive(Clone, Debug)]
pub struct FirstRequest {
    /// Where it is asked for again; empty: it is not.
    pub poll_href: String,
    /// This page, for whoever has no scripts.
    pub here_href: String,
    /// It has.
    pub arrived: Option<Arrived>,
}

/// The first request.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Its page; empty: it is not for whoever looks.
    pub href: String,
    /// `200` or the code of the failure.
    pub outcome: Tag,
    /// The group that was asked for; empty: it was refused before one was known.
    pub group: String,
    /// The target that served it; empty: none did, or it is not told.
    pub target: String,
    /// How long it took.
    pub took: Millis,
    /// What it cost; `None`: it is not told.
    pub cost: Option<Money>,
}

impl FirstRequest {
    /// Where it stands on a page, as HTML.
    pub fn html(&self, chrome: &crate::Chrome) -> String {
        self.page(chrome)
    }

    /// One that is waited for, or has come.
    pub(crate) fn sample(of: Sample, waits: bool, here: &str) -> Self {
        Self {
            poll_href: String::new(),
            here_href: here.to_owned(),
            arrived: (!waits).then(|| Arrived {
                href: "/requests/req_0001".to_owned(),
                outcome: Tag::new(Tone::Good, "200"),
                group: of.name(&["fast"], 0),
                target: of.name(&["openai/mini"], 3),
                took: Millis(Some(812.0)),
                cost: Some(Money(i128::from(of.count(21_000)))),
            }),
        }
    }
}

view!(FirstRequest, "first.html");
