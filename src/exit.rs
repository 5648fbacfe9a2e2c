//! Exit codes, the same for every command.

use std::fmt;

/// Why a command ends, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It failed for a reason that has no code of its own.
    Failed = 1,
    /// The arguments make no sense; clap uses the same code.
    Usage = 2,
    /// What was named does not exist.
    NotFound = 3,
    /// The admin token is missing, unknown or not allowed to.
    Denied = 4,
    /// Somebody else was first, or the state does not allow it.
    Conflict = 5,
    /// The server cannot be reached, or is not ready.
    Unavailable = 69,
    /// The configuration has mistakes.
    Configuration = 78,
}

impl Exit {
    /// Its name, for programs that read errors as JSON.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::NotFound => "not-found",
            Self::Denied => "denied",
            Self::Conflict => "conflict",
            Self::Unavailable => "unavailable",
            Self::Configuration => "config-invalid",
        }
    }
}

/// A command's failure: the exit code and what to tell the user.
#[derive(Debug)]
pub struct Failure {
    /// The process's exit code.
    pub exit: Exit,
    /// What was tried, and what went wrong. Goes to stderr as it is.
    pub message: String,
    /// The server's own name of it, which says more than the exit code.
    pub code: Option<String>,
    /// What to do next, where that is not said yet.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with that exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), code: None, hint: None }
    }

    /// The same with what to do next.
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// All of it in one line.
    pub fn in_a_line(&self) -> String {
        let hint = self.hint.as_ref().map(|it| format!(". {it}")).unwrap_or_default();
        format!("{}{}", self.message, hint.trim_end_matches('.'))
    }

    /// A failure without a code of its own.
    pub fn failed(error: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}
