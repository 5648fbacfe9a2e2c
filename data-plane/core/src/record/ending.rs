use super::{AttemptClass, AttemptEnd, Counted};
use crate::error::Code;

/// How a request ended, when it does.
pub struct Outcome {
    /// What the caller saw.
    pub status: u16,
    /// What it means.
    pub code: EndCode,
    /// What it used.
    pub counted: Counted,
    /// How the attempt that was under way ended; `None`: there is none.
    pub attempt: Option<AttemptEnd>,
}

/// What the end of a request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCode {
    /// It was served.
    Ok,
    /// The caller went away first.
    ClientClosed,
    /// It was refused, by the router or by what the upstream said.
    Refused(Code),
}

impl EndCode {
    /// Its name in tables and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientClosed => "client-closed",
            Self::Refused(code) => code.as_str(),
        }
    }
}

impl Outcome {
    /// The upstream's answer reached the caller.
    pub fn served(status: u16, counted: Counted) -> Self {
        let attempt = AttemptEnd { class: AttemptClass::Ok, status, detail: String::new() };
        Self { status, code: EndCode::Ok, counted, attempt: Some(attempt) }
    }

    /// The router's own answer; attempts, if any, have ended.
    pub fn refused(code: Code) -> Self {
        Self { status: code.status(), code: EndCode::Refused(code), counted: Counted::Nothing, attempt: None }
    }

    /// The router stopped before the answer's end; `counted` until then.
    pub fn cut_off(counted: Counted) -> Self {
        let detail = "the router was stopped".to_owned();
        let attempt = AttemptEnd { class: AttemptClass::Interrupted, status: 0, detail };
        Self { counted, attempt: Some(attempt), ..Self::refused(Code::Draining) }
    }

    /// The client went away first.
    pub fn client_closed(counted: Counted) -> Self {
        let attempt = AttemptEnd { class: AttemptClass::ClientClosed, status: 0, detail: String::new() };
        Self { status: 499, code: EndCode::ClientClosed, counted, attempt: Some(attempt) }
    }
}
