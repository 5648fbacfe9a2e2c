//! What stands where a page would: what happened, under which id it is found, and what to do.

mod sample;

use askama::Template;

use crate::{Chrome, View};

/// Why there is no page.
#[derive(Clone, Debug)]
pub struct FailurePage {
    /// What happened.
    pub kind: FailureKind,
    /// More of it, in words; empty: nothing more is known.
    pub detail: String,
    /// Under which it is found in logs.
    pub request_id: String,
    /// Where to go: words and path.
    pub ways: Vec<(String, String)>,
    /// What was being written when it happened, so that it is not lost: names and texts.
    pub kept: Vec<(String, String)>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// There is no such page, or nothing of that name that this person may see.
    NotFound,
    /// This person may not.
    NotPermitted,
    /// The form was too old, or another page sent it.
    Forged,
    /// Too much at once.
    TooMany,
    /// The database does not answer.
    DatabaseAway,
    /// It broke.
    Broken,
}

impl FailureKind {
    /// The status of the answer.
    pub const fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::NotPermitted | Self::Forged => 403,
            Self::TooMany => 429,
            Self::DatabaseAway => 503,
            Self::Broken => 500,
        }
    }

    /// What happened, in a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotFound => "There is nothing here",
            Self::NotPermitted => "This is not yours to see",
            Self::Forged => "This form cannot be used any more",
            Self::TooMany => "Too many requests",
            Self::DatabaseAway => "The database is away",
            Self::Broken => "This page broke",
        }
    }

    /// What it means.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::NotFound => {
                "The address is wrong, or what it names was removed or belongs to a project that you do not see."
            }
            Self::NotPermitted => "Your role does not include this. An admin can give it to you.",
            Self::Forged => "It was open for too long, or you logged in again since. Nothing was changed.",
            Self::TooMany => "Wait a little and load the page again.",
            Self::DatabaseAway => {
                "Routers keep serving callers with the configuration that they have, and keep their usage until the database is back. Nothing is lost; pages and changes wait."
            }
            Self::Broken => "It is not your fault. Nothing that was saved is lost.",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::NotFound => "search",
            Self::NotPermitted => "lock",
            Self::Forged => "shield-lock",
            Self::TooMany => "hourglass",
            Self::DatabaseAway => "database-off",
            Self::Broken => "alert-triangle",
        }
    }

    /// Loading the page again may help.
    const fn passes(self) -> bool {
        matches!(self, Self::TooMany | Self::DatabaseAway | Self::Broken)
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailureTemplate<'a> {
    chrome: &'a Chrome,
    view: &'a FailurePage,
}

impl View for FailurePage {
    fn page(&self, chrome: &Chrome) -> String {
        FailureTemplate { chrome, view: self }.render().expect("writing to a String does not fail")
    }
}
