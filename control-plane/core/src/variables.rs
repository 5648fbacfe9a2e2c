//! Variables of the environment in texts of a configuration.

/// Looks up a variable of the environment.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Replaces `${VAR}` and `${VAR:-default}` (used when the variable is unset or empty, as in a shell); `$$` is a `$`, and any
/// other `$` is left alone. A replacement is not looked at again.
pub(crate) fn expand(text: &str, env: &Env<'_>) -> Result<String, String> {
    replace(text, &|name, default| lookup(name, default, env))
}

/// What stands for a variable, given its name and its default.
pub(crate) type Variable<'a> = dyn Fn(&str, Option<&str>) -> Result<String, String> + 'a;

/// Replaces variables with what stands for them.
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
