//! What stands where a page would: what happened, under which id it is found, and what to do.

mod sample;

use askama::Template;

use crate::{Chrome, View};

/// Why there is no page.
#[derive(Clone, Debug)]
pub struct FailurePage {
    /// What happened.
    pub kind: FailureKind,
    /// The status of the answer.
    pub status: u16,
    /// More of it, in words; empty: nothing more is known.
    pub detail: String,
    /// Each mistake, where there can be several.
    pub mistakes: Vec<String>,
    /// Under which it is found in logs.
    pub request_id: String,
    /// What helps, if something does: words and path.
    pub help: Option<(String, String)>,
    /// Where else to go: words and path.
    pub ways: Vec<(String, String)>,
    /// What was being written when it happened, so that it is not lost: names and texts.
    pub kept: Vec<(String, String)>,
    /// The form as it was sent, where sending it again is all that it takes.
    pub again: Option<SentForm>,
}

/// A form that was filled in.
#[derive(Clone, Debug)]
pub struct SentForm {
    /// Where it was sent.
    pub action: String,
    /// All of its fields: names and values.
    pub fields: Vec<(String, String)>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// There is no such page, or nothing of that name that this person may see.
    NotFound,
    /// What is there takes forms, and is no page.
    NoPage,
    /// Nobody is logged in any more.
    LoggedOut,
    /// This takes a login not long ago.
    LogInAgain,
    /// This person may not.
    NotPermitted,
    /// The form was too old, or another page sent it.
    Forged,
    /// What was asked for cannot be done like that.
    Mistaken,
    /// It does not fit what is there by now.
    Changed,
    /// Too much at once.
    TooMany,
    /// The control plane has no room or no time for it now.
    Busy,
    /// The database does not answer.
    DatabaseAway,
    /// It broke.
    Broken,
}

impl FailureKind {
    /// What happened, in a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotFound => "There is nothing here",
            Self::NoPage => "This is no page",
            Self::LoggedOut => "You are not logged in any more",
            Self::LogInAgain => "Prove that it is you",
            Self::NotPermitted => "This is not yours to see",
            Self::Forged => "This form cannot be used any more",
            Self::Mistaken => "This cannot be done like that",
            Self::Changed => "Something has changed meanwhile",
            Self::TooMany => "Too many requests",
            Self::Busy => "Not now",
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
            Self::NoPage => "This address takes what a form sends. Go to the page that the form stands on.",
            Self::LoggedOut => "Nothing was changed. Log in, and send the form once more.",
            Self::LogInAgain => {
                "This reveals or destroys something, and takes a login of a moment ago. Nothing was changed: log in once more, and \
                 send the form again."
            }
            Self::NotPermitted => "Your role does not include this. An admin can give it to you.",
            Self::Forged => "It was open for too long, or you logged in again since. Nothing was changed.",
            Self::Mistaken => "Something in the address or in the form does not fit. Nothing was changed.",
            Self::Changed => "What you sent does not fit what is there now. Nothing of yours was changed.",
            Self::TooMany => "Wait a little and load the page again.",
            Self::Busy => "The control plane has no room for this now, or it took too long. Try again in a moment.",
            Self::DatabaseAway => {
                "Routers keep serving callers with the configuration that they have, and keep their usage until the database is back. Nothing is lost; pages and changes wait."
            }
            Self::Broken => "It is not your fault. Nothing that was saved is lost.",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::NotFound | Self::NoPage => "search",
            Self::NotPermitted => "lock",
            Self::Forged | Self::LoggedOut | Self::LogInAgain => "shield-lock",
            Self::Mistaken => "circle-x",
            Self::Changed => "history",
            Self::TooMany | Self::Busy => "hourglass",
            Self::DatabaseAway => "database-off",
            Self::Broken => "alert-triangle",
        }
    }

    /// Whether nothing was done, and a form can be sent again as it was.
    pub const fn did_nothing(self) -> bool {
        matches!(self, Self::TooMany | Self::Busy | Self::DatabaseAway)
    }

    /// Whether asking for the same again may help.
    pub const fn passes(self) -> bool {
        matches!(self, Self::TooMany | Self::Busy | Self::DatabaseAway | Self::Broken)
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct FailureTemplate<'a> {
    chrome: &'a Chrome,
    view: &'a FailurePage,
}

/// For somebody whom nobody knows.
#[derive(Template)]
#[template(path = "failure/alone.html")]
struct BareFailureTemplate<'a> {
    chrome: &'a Chrome,
    view: &'a FailurePage,
}

impl View for FailurePage {
    fn page(&self, chrome: &Chrome) -> String {
        let page = if chrome.person.is_some() {
            FailureTemplate { chrome, view: self }.render()
        } else {
            BareFailureTemplate { chrome, view: self }.render()
        };
        page.expect("writing to a String does not fail")
    }
}
