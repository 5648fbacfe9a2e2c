//! Getting in and out. Nobody is known there: these pages stand alone, and load no script.

mod sample;

/// How to log in.
#[derive(Clone, Debug)]
pub struct Login {
    /// With whom.
    pub providers: Vec<LoginProvider>,
    /// What went wrong before.
    pub error: Option<String>,
    /// Somebody who is logged in must prove again who it is.
    pub again: Option<LoginAgain>,
    /// Whether an admin token will do.
    pub with_token: bool,
    /// Where the person goes on.
    pub return_to: String,
    /// Where else a way in is found: `standalone prints a link at every start`; empty: nowhere.
    pub hint: String,
}

/// A provider to log in with.
#[derive(Clone, Debug)]
pub struct LoginProvider {
    /// What people see.
    pub name: String,
    /// Where it leads: a link, as a form may not lead to another site.
    pub href: String,
}

/// Why somebody is asked again.
#[derive(Clone, Debug)]
pub struct LoginAgain {
    /// Who it is said to be.
    pub name: String,
    /// What they are about to do: `Revoke the token laptop`; empty: something that reveals or destroys.
    pub what: String,
    /// Back, without doing it.
    pub cancel_href: String,
}

/// Where a link leads that lets somebody in once: a button, because what looks at links before people do must not use it up.
#[derive(Clone, Debug)]
pub struct LoginLink {
    /// Its secret.
    pub secret: String,
}

/// A page that says one thing: why nobody was let in, or that somebody is out.
#[derive(Clone, Debug)]
pub struct LoginTold {
    /// How serious.
    pub tone: crate::Tone,
    /// In a few words.
    pub title: String,
    /// What happened, and what to do.
    pub text: String,
    /// Whether the way back to the login stands there.
    pub try_again: bool,
    /// Where it goes on: words and address, to log out with the provider, too, or to choose another account there.
    pub onwards: Option<(String, String)>,
}

impl LoginTold {
    /// Whether the browser goes on by itself: nobody is sent away from what was refused.
    pub fn goes_on(&self) -> bool {
        self.tone == crate::Tone::Good
    }
}

impl Login {
    /// Whether there is no way in at all.
    pub fn is_closed(&self) -> bool {
        self.providers.is_empty() && !self.with_token
    }
}

view!(Login, "login.html");
view!(LoginLink, "login/link.html");
view!(LoginTold, "login/told.html");
