//! Where somebody goes on after a login: a path of these pages, and nowhere else.

use url::Url;

const LONGEST: usize = 2048;
/// Stands for these pages, whatever they are called.
const HERE: &str = "https://here.invalid";

/// A path of these pages with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo(String);

impl ReturnTo {
    /// What was asked for, or the first page where that leads elsewhere.
    pub fn of(asked: Option<&str>) -> Self {
        Self(asked.and_then(path).unwrap_or_else(|| "/".to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The path as browsers read it, if it is one of these pages.
fn path(asked: &str) -> Option<String> {
    // What a browser reads otherwise than it is written is not looked at further.
    let plain = asked.len() <= LONGEST && asked.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
    if !plain || !asked.starts_with('/') || asked.starts_with("//") {
        return None;
    }
    let here = Url::parse(HERE).ok()?;
    let url = here.join(asked).ok()?;
    if url.origin() != here.origin() || url.path().starts_with("//") || is_of_the_login(url.path()) {
        return None;
    }
    let query = url.query().map(|it| format!("?{it}")).unwrap_or_default();
    Some(format!("{}{query}", url.path()))
}

/// Logging in leads no further than to the login, and a logout would undo it.
fn is_of_the_login(path: &str) -> bool {
    ["/login", "/logout"]
        .iter()
        .any(|it| path.strip_prefix(it).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_these_pages_is_kept() {
        for good in ["/", "/requests", "/requests?from=2026-01-01&group=fast", "/tokens/x%2Fy", "/loginx"] {
            assert_eq!(ReturnTo::of(Some(good)).as_str(), good);
        }
        assert_eq!(ReturnTo::of(Some("/a/../b#part")).as_str(), "/b");
    }

    #[test]
    fn nothing_leads_elsewhere() {
        for bad in [
            "",
            "https://evil.example/",
            "//evil.example/",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n//evil.example",
            " /x",
            "javascript:alert(1)",
            "evil",
            "/..//evil.example",
            "/.//evil.example",
            "/x/..//evil.example",
            "/login",
            "/login/token?x",
            "/logout",
            "/é",
        ] {
            assert_eq!(ReturnTo::of(Some(bad)).as_str(), "/", "{bad:?}");
        }
        assert_eq!(ReturnTo::of(Some(&format!("/{}", "a".repeat(3000)))).as_str(), "/");
        assert_eq!(ReturnTo::of(None).as_str(), "/");
    }
}
