use std::fmt;

use serde_json::{Value, json};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Ok,
    Warning,
    Failed,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "FAILED",
        }
    }
}

/// What a check found, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    level: Level,
    check: &'static str,
    text: String,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, text: impl fmt::Display) -> Self {
        Self::new(Level::Ok, check, &text)
    }

    /// It works, and should be looked at. The text ends with the way out.
    pub fn warning(check: &'static str, text: impl fmt::Display) -> Self {
        Self::new(Level::Warning, check, &text)
    }

    /// It does not work. The text ends with the way out.
    pub fn failed(check: &'static str, text: impl fmt::Display) -> Self {
        Self::new(Level::Failed, check, &text)
    }

    /// Whether there is nothing to do.
    pub fn is_ok(&self) -> bool {
        self.level == Level::Ok
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({"level": self.level.word().to_lowercase(), "check": self.check, "text": self.text})
    }

    fn new(level: Level, check: &'static str, text: &dyn fmt::Display) -> Self {
        let lines = text.to_string();
        Self { level, check, text: lines.lines().map(str::trim).collect::<Vec<_>>().join("; ") }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {:<15} {}", self.level.word(), self.check, self.text)
    }
}
