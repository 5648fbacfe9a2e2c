use super::{Login, LoginAgain, LoginLink, LoginProvider, LoginTold};
use crate::{Sample, Sampled, Tone};

impl Sampled for Login {
    fn sample(of: Sample) -> Self {
        let provider = |at| LoginProvider {
            name: of.name(&["Example ID", "Partners"], at),
            href: "/login/oidc/example?return_to=%2Foverview".to_owned(),
        };
        Self {
            providers: (0..of.rows(2, 9)).map(provider).collect(),
            error: (of == Sample::Huge).then(|| "This token is unknown, expired or revoked.".to_owned()),
            again: (of == Sample::Hostile).then(|| LoginAgain {
                name: of.name(&["Ana Lovelace"], 0),
                what: format!("Revoke the token {}", of.name(&["laptop"], 1)),
                cancel_href: "/tokens".to_owned(),
            }),
            with_token: of != Sample::Empty,
            return_to: "/overview".to_owned(),
            hint: if of == Sample::Empty {
                "Look at where the control plane was started: it prints a link that lets you in once.".to_owned()
            } else {
                String::new()
            },
        }
    }
}

impl Sampled for LoginLink {
    fn sample(of: Sample) -> Self {
        Self { secret: of.name(&["c2VjcmV0"], 1) }
    }
}

impl Sampled for LoginTold {
    fn sample(of: Sample) -> Self {
        let told = |tone, title: &str, text: String| Self {
            tone,
            title: title.to_owned(),
            text,
            try_again: true,
            onwards: None,
        };
        match of {
            Sample::Empty => Self {
                onwards: Some(("Log out with your login provider, too".to_owned(), "/login".to_owned())),
                ..told(Tone::Good, "Logged out", "Your session here has ended.".to_owned())
            },
            Sample::Normal => told(
                Tone::Bad,
                "No access",
                "You cannot enter: no rule gives a role to the group contractors. Ask an administrator of this \
                 installation."
                    .to_owned(),
            ),
            Sample::Huge => told(
                Tone::Warning,
                "Your login provider does not answer",
                "Nobody can log in with it at the moment. Who is logged in already stays so. The control plane's log says \
                 more; try again in a moment, or log in another way."
                    .to_owned(),
            ),
            Sample::Hostile => told(
                Tone::Bad,
                "Not logged in",
                format!("Your login provider did not log you in: {}", of.name(&["access_denied"], 0)),
            ),
        }
    }
}
