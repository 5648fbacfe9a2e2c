use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use thiserror::Error;

/// Where requests are written down, and how many of them.
#[derive(Clone, Debug)]
pub struct AccessLogOptions {
    /// Where lines go.
    pub to: AccessLogTo,
    /// The share of served requests that is written, 0 to 1; all others are.
    pub sample: f64,
}

impl Default for AccessLogOptions {
    fn default() -> Self {
        Self { to: AccessLogTo::Off, sample: 1.0 }
    }
}

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessLogTo {
    /// Nowhere.
    Off,
    /// Standard output.
    Stdout,
    /// Standard error, between the lines of the log.
    Stderr,
    /// A file, to which lines are appended. One that is moved away or deleted is made anew.
    File(PathBuf),
}

impl FromStr for AccessLogTo {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "off" => Self::Off,
            "stdout" | "-" => Self::Stdout,
            "stderr" => Self::Stderr,
            path => Self::File(path.into()),
        })
    }
}

impl fmt::Display for AccessLogTo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => formatter.write_str("off"),
            Self::Stdout => formatter.write_str("stdout"),
            Self::Stderr => formatter.write_str("stderr"),
            Self::File(path) => path.display().fmt(formatter),
        }
    }
}

/// The access log cannot be written.
#[derive(Debug, Error)]
#[error("cannot write the access log to {place}: {source}")]
pub struct AccessLogError {
    pub(super) place: String,
    pub(super) source: std::io::Error,
}
