use std::error::Error;
use std::io;

use data_plane_core::decide::FailureClass;
use thiserror::Error;

/// Why an upstream gave no answer, or stopped giving one. Displays without anything that the upstream wrote.
#[derive(Debug, Error)]
pub enum SendError {
    /// No connection within `timeouts.connect`.
    #[error("no connection within the connect timeout")]
    ConnectTimeout,
    /// No connection at all.
    #[error("cannot connect: {}", chain(.0.as_ref()))]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// No answer within `timeouts.first_byte`.
    #[error("no answer within the first-byte timeout")]
    FirstByteTimeout,
    /// Nothing for `timeouts.stream_idle`.
    #[error("silent for longer than the stream-idle timeout")]
    IdleTimeout,
    /// Not done within `timeouts.total`.
    #[error("not done within the total timeout")]
    TotalTimeout,
    /// The connection broke, or HTTP was not kept to.
    #[error("the connection broke: {}", innermost(.0))]
    Broken(#[source] hyper::Error),
    /// The URL of the provider cannot be used.
    #[error("the provider's base URL cannot be used")]
    Address,
}

impl SendError {
    /// What it means for the next step.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::ConnectTimeout | Self::FirstByteTimeout | Self::IdleTimeout | Self::TotalTimeout => {
                FailureClass::Timeout
            }
            Self::Broken(error) if error.is_parse() => FailureClass::InvalidResponse,
            Self::Connect(error) if timed_out(error.as_ref()) => FailureClass::Timeout,
            Self::Connect(_) | Self::Broken(_) | Self::Address => FailureClass::Network,
        }
    }
}

impl SendError {
    /// This machine or process has no descriptor left for a connection.
    pub fn is_exhaustion(&self) -> bool {
        // EMFILE and ENFILE, which the standard library has no names for.
        let exhausted = |it: &io::Error| matches!(it.raw_os_error(), Some(24 | 23));
        matches!(self, Self::Connect(error) if any(error.as_ref(), exhausted))
    }
}

fn any(error: &(dyn Error + 'static), is: impl Fn(&io::Error) -> bool) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.downcast_ref::<io::Error>().is_some_and(&is) {
            return true;
        }
        next = error.source();
    }
    false
}

fn timed_out(error: &(dyn Error + 'static)) -> bool {
    any(error, |it| it.kind() == io::ErrorKind::TimedOut)
}

/// Every cause, outermost first, each said once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        let cause = error.to_string();
        if !told.contains(&cause) {
            told.push_str(": ");
            told.push_str(&cause);
        }
        next = error.source();
    }
    told
}

/// hyper's own messages say little; the operating system's say what happened.
fn innermost(error: &hyper::Error) -> String {
    let mut last: &dyn Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}
