//! Help for names that do not exist.

/// `: did you mean …?` when a name is close to a known one, otherwise nothing.
pub fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(name, known).map_or_else(String::new, |it| format!(": did you mean `{it}`?"))
}

/// Longer names are nothing that somebody typed, and take long to compare.
const LONGEST: usize = 64;
/// Of more names than these, the first are looked at.
pub(crate) const MOST_KNOWN: usize = 1000;

/// The known name that is closest to a misspelt one, when it is close at all: a third of its characters may differ.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST {
        return None;
    }
    let most = (name.chars().count() / 3).max(1);
    let written = name.to_lowercase().replace('-', "_");
    let distance = |it: &str| strsim::osa_distance(&written, &it.to_lowercase().replace('-', "_"));
    known
        .into_iter()
        .take(MOST_KNOWN)
        .filter(|it| it.len() <= LONGEST)
        .map(|it| (distance(it), it))
        .filter(|(far, _)| *far <= most)
        .min_by_key(|(far, _)| *far)
        .map(|(_, it)| it)
}

/// Names as a list in a sentence: "`a`, `b`"; "nothing" when there are none.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|it| format!("`{it}`")).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
