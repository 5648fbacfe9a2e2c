use http::{HeaderMap, HeaderValue, header};

use super::{BrowserSecret, Site};

/// The cookies of the pages that hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Of somebody who is logged in.
    Session,
    /// Of a caller that looks at its own usage: a cookie of its own, so that no page takes one for the other.
    Caller,
    /// Of a browser in which somebody is about to log in: it ties what comes back to what was sent.
    Login,
}

impl Cookie {
    /// With `__Host-` browsers keep it for this host alone, over TLS alone, and let no other host set it. They do not take that over
    /// plain HTTP, which is for this machine alone: there its name has the port.
    fn name(self, site: &Site) -> String {
        let name = match self {
            Self::Session => "smart-router-session",
            Self::Caller => "smart-router-caller",
            Self::Login => "smart-router-login",
        };
        if site.is_secure() { format!("__Host-{name}") } else { format!("{name}-{}", site.port()) }
    }

    /// What a browser has sent. Of two with one name nobody knows which is ours: there is none.
    pub fn read(self, site: &Site, headers: &HeaderMap) -> Option<BrowserSecret> {
        let name = self.name(site);
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
        let pairs = lines.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
        let mut found = pairs.filter(|(it, _)| *it == name).map(|(_, value)| value);
        let value = found.next()?;
        found.next().is_none().then(|| BrowserSecret::parse(value)).flatten()
    }

    /// `Set-Cookie`. It ends with the browser's own session.
    pub fn set(self, site: &Site, secret: &BrowserSecret) -> HeaderValue {
        let mut value = self.header(site, secret.expose(), "");
        value.set_sensitive(true);
        value
    }

    /// `Set-Cookie` that removes it.
    pub fn remove(self, site: &Site) -> HeaderValue {
        self.header(site, "", "; Max-Age=0")
    }

    fn header(self, site: &Site, value: &str, more: &str) -> HeaderValue {
        let secure = if site.is_secure() { "; Secure" } else { "" };
        // Lax, because somebody who comes back from a provider comes from another site.
        let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}", self.name(site));
        HeaderValue::from_str(&text).expect("names, numbers and base64")
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::login::PublicUrl;

    fn site(url: &str) -> Site {
        Site::of(Some(&PublicUrl::parse(url).unwrap()), false, None, None).unwrap()
    }

    #[test]
    fn over_tls_a_cookie_is_bound_to_its_host() {
        let (secure, local) = (site("https://router.example.com"), site("http://localhost:8081"));
        let secret = BrowserSecret::mint();
        let set = |cookie: Cookie, site: &Site| cookie.set(site, &secret).to_str().unwrap().to_owned();
        let value = secret.expose();
        assert_eq!(
            set(Cookie::Session, &secure),
            format!("__Host-smart-router-session={value}; Path=/; HttpOnly; SameSite=Lax; Secure")
        );
        assert_eq!(
            set(Cookie::Login, &local),
            format!("smart-router-login-8081={value}; Path=/; HttpOnly; SameSite=Lax")
        );
    }

    #[test]
    fn a_cookie_that_is_there_twice_is_nobodys() {
        let (secure, local) = (site("https://router.example.com"), site("http://localhost:8081"));
        let (secret, other) = (BrowserSecret::mint(), BrowserSecret::mint());
        let read = |site: &Site, line: String| {
            let headers = HeaderMap::from_iter([(header::COOKIE, line.parse().unwrap())]);
            Cookie::Session.read(site, &headers).map(|it| it.digest())
        };
        let (a, b) = (secret.expose(), other.expose());
        assert_eq!(read(&secure, format!("theme=dark; __Host-smart-router-session={a}")), Some(secret.digest()));
        assert_eq!(read(&secure, format!("__Host-smart-router-session={a}; __Host-smart-router-session={b}")), None);
        assert_eq!(read(&secure, format!("smart-router-session-443={a}")), None);
        assert_eq!(
            read(&local, format!("smart-router-session-8081={a}; smart-router-session-8082={b}")),
            Some(secret.digest())
        );
        assert_eq!(read(&local, format!("__Host-smart-router-session={a}")), None);
    }
}
