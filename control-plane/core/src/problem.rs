use std::fmt;

/// How many problems of a document are told; a file with more is not a configuration.
pub(crate) const MAX_PROBLEMS: usize = 1000;

/// Something wrong with a configuration, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Whether the configuration is refused for it.
    pub severity: Severity,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Where in the document, such as `groups.fast.targets[0].model`; empty: the whole document.
    pub path: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Something wrong with a document, where no text is at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the document is refused for it.
    pub severity: Severity,
    /// Where, such as `groups.fast.targets[0].model`.
    pub path: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// Whether a configuration is refused for a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is refused.
    Error,
    /// It works, but hardly as meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Problem {
    /// `line:column: path: message`, to be put behind a file's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}
