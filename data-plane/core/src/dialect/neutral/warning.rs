use std::fmt;

/// What became of something in a translation. What no warning names was carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fidelity {
    /// The target gets the nearest thing that it knows.
    Approximated,
    /// The target does not get it.
    Dropped,
}

impl Fidelity {
    /// Its name in headers and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approximated => "approximated",
            Self::Dropped => "dropped",
        }
    }
}

/// Something that was not carried as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What became of it.
    pub fidelity: Fidelity,
    /// The field's path in the caller's body, of the first place where it happened: `messages[3].content[0].cache_control`.
    pub path: String,
    /// In how many places it happened.
    pub count: u32,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.fidelity.as_str(), self.path)
    }
}

/// What a translation lost, one entry for each field however often it occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    list: Vec<Warning>,
}

/// More fields than this are not told apart.
const MOST: usize = 64;

impl Warnings {
    /// Something was left out.
    pub fn dropped(&mut self, path: impl Into<String>) {
        self.add(Fidelity::Dropped, path.into(), 1);
    }

    /// Something was replaced by the nearest thing.
    pub fn approximated(&mut self, path: impl Into<String>) {
        self.add(Fidelity::Approximated, path.into(), 1);
    }

    /// Takes over what an earlier step has lost.
    pub fn extend(&mut self, earlier: &Self) {
        for warning in &earlier.list {
            self.add(warning.fidelity, warning.path.clone(), warning.count);
        }
    }

    /// All of them, in the order in which they came up.
    pub fn list(&self) -> &[Warning] {
        &self.list
    }

    /// Nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn add(&mut self, fidelity: Fidelity, path: String, count: u32) {
        let path = printable(path);
        let same = |it: &Warning| it.fidelity == fidelity && is_same_field(&it.path, &path);
        match self.list.iter().position(same) {
            Some(at) => self.list[at].count = self.list[at].count.saturating_add(count),
            None if self.list.len() < MOST => self.list.push(Warning { fidelity, path, count }),
            None => {}
        }
    }
}

/// Paths hold field names of the caller, which could hold anything: what a header cannot carry is replaced.
fn printable(path: String) -> String {
    let safe = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | '.' | '[' | ']' | '/');
    if path.len() <= 128 && path.chars().all(safe) {
        return path;
    }
    path.chars().take(128).map(|it| if safe(it) { it } else { '_' }).collect()
}

/// The same path, whatever the places in lists are.
fn is_same_field(one: &str, other: &str) -> bool {
    let name = |it: &u8| !it.is_ascii_digit();
    one.bytes().filter(name).eq(other.bytes().filter(name))
}

/// Why a request cannot be translated for a target at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {why}")]
pub struct Impossible {
    /// The field's path in the caller's body.
    pub path: String,
    /// What stands against it, for people.
    pub why: String,
    /// The vendor's own word for it, by which clients know another way.
    pub error_code: Option<&'static str>,
}

impl Impossible {
    /// Something that cannot be left out and cannot be said.
    pub fn new(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self { path: printable(path.into()), why: why.into(), error_code: None }
    }

    /// Adds the vendor's own word.
    #[must_use]
    pub fn with_error_code(self, word: &'static str) -> Self {
        Self { error_code: Some(word), ..self }
    }
}

#[cfg(test)]
mod tests;
