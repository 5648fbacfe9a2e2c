//! How places in a document are named.

/// The path of a member: `groups.fast`, or `groups["a b"]` where the name would be taken for more than one step.
pub(crate) fn at_key(parent: &str, key: &str) -> String {
    let simple = !key.is_empty() && key.chars().all(|it| it.is_alphanumeric() || matches!(it, '_' | '-'));
    if !simple {
        return format!("{parent}[{key:?}]");
    }
    if parent.is_empty() { key.to_owned() } else { format!("{parent}.{key}") }
}

/// The path of an entry of a list, counted from 0: `callers[0]`.
pub(crate) fn at_index(parent: &str, index: usize) -> String {
    format!("{parent}[{index}]")
}

/// The JSON Pointer (RFC 6901) to the place that a path of this module names: `/groups/fast/targets/0`.
pub fn pointer(path: &str) -> String {
    let (mut pointer, mut rest) = (String::new(), path);
    while !rest.is_empty() {
        let (step, after) = step(rest);
        pointer.push('/');
        pointer.push_str(&step.replace('~', "~0").replace('/', "~1"));
        rest = after;
    }
    pointer
}

/// The steps of a path that [`at_key`] and [`at_index`] made.
pub(crate) fn steps(path: &str) -> Vec<String> {
    let (mut all, mut rest) = (Vec::new(), path);
    while !rest.is_empty() {
        let (one, after) = step(rest);
        all.push(one);
        rest = after;
    }
    all
}

/// The first step of a path, and what follows it.
fn step(path: &str) -> (String, &str) {
    let path = path.strip_prefix('.').unwrap_or(path);
    if let Some(quoted) = path.strip_prefix("[\"") {
        return unquoted(quoted);
    }
    if let Some((index, rest)) = path.strip_prefix('[').and_then(|it| it.split_once(']')) {
        return (index.to_owned(), rest);
    }
    let end = path.find(['.', '[']).filter(|it| *it > 0).unwrap_or(path.len());
    (path[..end].to_owned(), &path[end..])
}

/// A key as [`at_key`] quotes it, up to `"]`.
fn unquoted(quoted: &str) -> (String, &str) {
    let (mut key, mut letters) = (String::new(), quoted.char_indices());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (key, quoted[at + 1..].strip_prefix(']').unwrap_or_default()),
            '\\' => match letters.next().map(|it| it.1) {
                Some('n') => key.push('\n'),
                Some('r') => key.push('\r'),
                Some('t') => key.push('\t'),
                Some('0') => key.push('\0'),
                Some('u') => {
                    let digits: String = letters
                        .by_ref()
                        .map(|it| it.1)
                        .skip_while(|it| *it == '{')
                        .take_while(|it| *it != '}')
                        .collect();
                    key.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                Some(other) => key.push(other),
                None => {}
            },
            other => key.push(other),
        }
    }
    (key, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_pointer() {
        for key in ["fast", "a b", "a.b", "a/b", "~", "\"\\\"]", "\n\u{85}\u{2028}ü", "", "007", "[0]"] {
            let path = at_index(&at_key(&at_key("groups", key), "targets"), 12);
            let escaped = key.replace('~', "~0").replace('/', "~1");
            assert_eq!(pointer(&path), format!("/groups/{escaped}/targets/12"), "{path}");
        }
        assert_eq!(pointer(""), "");
        assert_eq!(pointer("version"), "/version");
        assert_eq!(pointer("callers[3].allow[0]"), "/callers/3/allow/0");
    }
}
