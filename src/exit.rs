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

/// A command's failure: the exit code and what to tell the user.
#[derive(Debug)]
pub struct Failure {
    /// The process's exit code.
    pub exit: Exit,
    /// What was tried, what went wrong, what to do next. Goes to stderr as it is.
    pub message: String,
}

impl Failure {
    /// A failure with that exit code.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }

    /// A failure without a code of its own.
    pub fn failed(error: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}
