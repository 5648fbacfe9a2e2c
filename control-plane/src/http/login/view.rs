//! The HTML of these pages, in the style of the documentation.

use std::fmt::Write as _;

use control_plane_core::{document::OidcProvider, login::ReturnTo};
use url::form_urlencoded::Serializer;

/// How to log in.
pub struct LoginPage<'a> {
    /// With whom.
    pub providers: Vec<ProviderLink>,
    /// What went wrong before.
    pub error: Option<&'static str>,
    /// Where the person goes on.
    pub return_to: &'a str,
    /// What the form sends along.
    pub csrf: String,
    /// Who must prove again who it is.
    pub again: Option<&'a str>,
    /// Whether an admin token will do.
    pub with_token: bool,
}

/// A provider to log in with.
pub struct ProviderLink {
    /// What people see.
    pub name: String,
    /// Where it leads.
    pub href: String,
}

/// A link that lets somebody in once.
pub struct LinkPage<'a> {
    /// Its secret.
    pub secret: &'a str,
    /// What the form sends along.
    pub csrf: String,
}

impl ProviderLink {
    /// A link to begin with a provider. A link and no form: a form may not lead to another site.
    pub fn new(provider: &OidcProvider, return_to: &ReturnTo, again: bool) -> Self {
        let mut query = Serializer::new(String::new());
        query.append_pair("return_to", return_to.as_str());
        if again {
            query.append_pair("again", "true");
        }
        Self { name: provider.shown().to_owned(), href: format!("/login/oidc/{}?{}", provider.id, query.finish()) }
    }
}

/// The page that asks.
pub fn login(page: &LoginPage<'_>) -> String {
    let mut body = String::new();
    match page.again {
        Some(name) => {
            let _ = write!(
                body,
                "<h1>Log in again</h1><p>You are {}. What you are about to do reveals or destroys something: \
                prove once more that it is you.</p>",
                escaped(name)
            );
        }
        None => body.push_str("<h1>Log in</h1>"),
    }
    if let Some(error) = page.error {
        let _ = write!(body, "<p role=\"alert\"><strong>{}</strong></p>", escaped(error));
    }
    for ProviderLink { name, href } in &page.providers {
        let _ = write!(body, "<p><a href=\"{}\">Log in with {}</a></p>", escaped(href), escaped(name));
    }
    if page.with_token {
        let _ = write!(
            body,
            "<form method=\"post\" action=\"/login/token\"><p><label for=\"token\">Admin token</label><br>\
             <input id=\"token\" name=\"token\" type=\"password\" autocomplete=\"off\" required></p>{}{}\
             <p><button>Log in</button></p></form>",
            hidden("return_to", page.return_to),
            hidden("csrf", &page.csrf),
        );
    }
    whole("Log in", &body, "")
}

/// Where a link leads that lets somebody in once.
pub fn link(page: &LinkPage<'_>) -> String {
    let body = format!(
        "<h1>Log in</h1><p>This link lets you in once, as the administrator of this machine.</p>\
         <form method=\"post\" action=\"/login/link\">{}{}<p><button>Log in</button></p></form>",
        hidden("secret", page.secret),
        hidden("csrf", &page.csrf)
    );
    whole("Log in", &body, "")
}

/// After a logout; `onwards`: to the provider, to log out there, too.
pub fn logged_out(onwards: Option<&str>) -> String {
    let Some(onwards) = onwards.map(escaped) else {
        return whole("Logged out", "<h1>Logged out</h1><p><a href=\"/login\">Log in</a></p>", "");
    };
    let body = format!("<h1>Logged out</h1><p><a href=\"{onwards}\">Log out with your login provider, too</a></p>");
    whole("Logged out", &body, &format!("<meta http-equiv=\"refresh\" content=\"0; url={onwards}\">"))
}

/// A page that says one thing.
pub fn told(title: &str, text: &str) -> String {
    let body = format!("<h1>{}</h1><p>{}</p><p><a href=\"/login\">Log in</a></p>", escaped(title), escaped(text));
    whole(title, &body, "")
}

fn hidden(name: &str, value: &str) -> String {
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
}

fn whole(title: &str, body: &str, head: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{} - Smart Router</title>\
         <meta name=\"viewport\" content=\"width=device-width\">{head}<link rel=\"stylesheet\" href=\"/docs/style.css\"></head>\
         <body><main>{body}</main></body></html>",
        escaped(title)
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, it| {
        match it {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            it => out.push(it),
        }
        out
    })
}
