//! Variables of the environment in texts of a configuration.

/// Looks up a variable of the environment.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What a document asks its surroundings for, by name.
#[derive(Clone, Copy, Debug)]
pub enum Use<'a> {
    /// A variable whose value becomes part of the document, where all see it who may read the configuration.
    Text(&'a str),
    /// A variable that the document keeps as it is written: its value is for routers alone.
    Template(&'a str),
    /// A variable with a provider's key.
    Key(&'a str),
    /// A file with a provider's key.
    File(&'a str),
}

/// What a document may take from its surroundings.
pub struct Surroundings<'a> {
    /// The environment; `None`: whoever sent the document learns nothing about it, and nothing is replaced.
    pub env: Option<&'a Env<'a>>,
    /// Why something is not open to the document; `None`: it is.
    pub refusal: &'a dyn Fn(Use<'_>) -> Option<String>,
}

impl<'a> Surroundings<'a> {
    /// An environment that is open as a whole.
    pub fn open(env: &'a Env<'a>) -> Self {
        Self { env: Some(env), refusal: &|_| None }
    }

    /// A text with its variables replaced.
    pub(crate) fn text(&self, text: &str) -> Result<String, String> {
        self.replaced(text, &|name| (self.refusal)(Use::Text(name)), &|_, _| {
            Err("variables are replaced for those only who may write the configuration (`config.write`)".to_owned())
        })
    }

    /// A text that keeps its variables, as routers need it.
    pub(crate) fn template(&self, text: &str) -> Result<String, String> {
        let unseen = |_: &str, default: Option<&str>| Ok(default.unwrap_or_default().to_owned());
        self.replaced(text, &|name| (self.refusal)(Use::Template(name)), &unseen)
    }

    fn replaced(
        &self,
        text: &str,
        refusal: &dyn Fn(&str) -> Option<String>,
        unseen: &Variable<'_>,
    ) -> Result<String, String> {
        let Some(env) = self.env else { return replace(text, unseen) };
        replace(text, &|name, default| match refusal(name) {
            Some(refusal) => Err(refusal),
            None => lookup(name, default, env),
        })
    }
}

#[cfg(test)]
fn expand(text: &str, env: &Env<'_>) -> Result<String, String> {
    Surroundings::open(env).text(text)
}

/// What stands for a variable, given its name and its default.
pub(crate) type Variable<'a> = dyn Fn(&str, Option<&str>) -> Result<String, String> + 'a;

/// Replaces `${VAR}` and `${VAR:-default}` (used when the variable is unset or empty, as in a shell) with what stands for
/// them; `$$` is a `$`, and any other `$` is left alone. A replacement is not looked at again.
pub(crate) fn replace(text: &str, value: &Variable<'_>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let Some((variable, after)) = after.split_once('}') else {
                return Err("`${` has no `}`; write `$$` for a `$` that starts no variable".to_owned());
            };
            out.push_str(&variable_in(variable, value)?);
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(out)
}

fn variable_in(variable: &str, value: &Variable<'_>) -> Result<String, String> {
    let (name, default) = match variable.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (variable, None),
    };
    let well_formed = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    if !well_formed {
        return Err(format!("`${{{variable}}}` is no variable; write `${{NAME}}` or `${{NAME:-default}}`"));
    }
    value(name, default)
}

fn lookup(name: &str, default: Option<&str>, env: &Env<'_>) -> Result<String, String> {
    match (env(name), default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => {
            Err(format!("the variable `{name}` is not set; set it, or give a default: `${{{name}:-default}}`"))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        match name {
            "HOST" => Some("example.com".to_owned()),
            "EMPTY" => Some(String::new()),
            "NESTED" => Some("${HOST}".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_replaced_once() {
        for (text, expanded) in [
            ("https://${HOST}/v1", "https://example.com/v1"),
            ("${HOST}${HOST}", "example.comexample.com"),
            ("${ABSENT:-fall back}", "fall back"),
            ("${EMPTY:-fall back}", "fall back"),
            ("${EMPTY}", ""),
            ("${ABSENT:-}", ""),
            ("${NESTED}", "${HOST}"),
            ("$${HOST}", "${HOST}"),
            ("$$", "$"),
            ("5$ $HOST $", "5$ $HOST $"),
        ] {
            assert_eq!(expand(text, &env).unwrap(), expanded, "{text}");
        }
    }

    #[test]
    fn a_variable_that_cannot_be_replaced_is_an_error() {
        assert!(expand("${ABSENT}", &env).unwrap_err().contains("`ABSENT` is not set"));
        for text in ["${", "${HOST", "${}", "${1X}", "${A B}", "${A-b}"] {
            assert!(expand(text, &env).is_err(), "{text}");
        }
    }
}
