use std::fmt;

use crate::{
    screen::{NavGroup, Screen},
    tone::Tone,
};

/// What stands around every page.
#[derive(Clone, Debug)]
pub struct Chrome {
    /// Where this is.
    pub screen: Screen,
    /// Of the window; the place's where there is none.
    pub title: String,
    /// What this person may see.
    pub nav: Vec<NavGroup>,
    /// Who looks; `None`: nobody is logged in.
    pub person: Option<Person>,
    /// Light or dark.
    pub theme: Theme,
    /// Of this answer: what carries it may be enhanced by scripts.
    pub nonce: String,
    /// Of this session: what changes something must carry it.
    pub csrf: String,
    /// What everybody should know now.
    pub banners: Vec<Banner>,
    /// The path and query of this page.
    pub here: String,
    /// The product's version.
    pub version: String,
}

/// Who looks.
#[derive(Clone, Debug)]
pub struct Person {
    /// As the provider says, or the token's name.
    pub name: String,
    /// What they may do, in words.
    pub role: String,
    /// Their first page.
    pub home: &'static str,
    /// The page of their sessions; empty: they have none.
    pub sessions_href: &'static str,
    /// Where the form goes that logs them out.
    pub logout: &'static str,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    /// As it stands in the page and in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// As people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Auto => "System theme",
            Self::Light => "Light theme",
            Self::Dark => "Dark theme",
        }
    }

    /// The theme of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

impl fmt::Display for Theme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A line above every page.
#[derive(Clone, Debug)]
pub struct Banner {
    /// How serious.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// Where more is said: words and path.
    pub more: Option<(String, String)>,
}

impl Chrome {
    /// The title of the window.
    pub fn window_title(&self) -> &str {
        if self.title.is_empty() { self.screen.title() } else { &self.title }
    }

    /// The keys that do something, with what they do: apart by a blank, one after the other.
    pub fn keys(&self) -> Vec<(String, &'static str)> {
        let screens = self.nav.iter().flat_map(|it| &it.items).map(|it| it.screen);
        let places = screens.filter(|it| !it.key().is_empty()).map(|it| (format!("g {}", it.key()), it.title()));
        let here = [
            ("/", "Search"),
            ("t", "Period"),
            ("f", "Add a filter"),
            ("j", "Next row"),
            ("k", "Row before"),
            (".", "Load again"),
            ("Esc", "Close what is open"),
            ("?", "These keys"),
        ];
        here.into_iter().map(|(key, words)| (key.to_owned(), words)).chain(places).collect()
    }

    /// The first page of whoever looks.
    pub fn home(&self) -> &'static str {
        self.person.as_ref().map_or("/", |it| it.home)
    }

    /// Where a page is, for somebody who may see it; empty: there is none for them.
    pub fn path_to(&self, screen: Screen) -> &str {
        let mut items = self.nav.iter().flat_map(|it| &it.items);
        items.find(|it| it.screen == screen).map_or("", |it| &it.href)
    }
}
