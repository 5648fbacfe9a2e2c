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
