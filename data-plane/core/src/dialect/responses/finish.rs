//! Why an answer ended: `status`, and `incomplete_details.reason`.

use crate::dialect::neutral::Finish;
use crate::json::Fields;

/// How a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// `completed`
    Completed,
    /// `incomplete`, for this reason.
    Incomplete(&'static str),
}

impl Ending {
    /// `refused`: the answer says in words that the model refuses, which is a complete answer.
    pub const fn of(finish: Finish, refused: bool) -> Self {
        match finish {
            Finish::Length | Finish::ContextFull => Self::Incomplete("max_output_tokens"),
            Finish::ContentFilter => Self::Incomplete("content_filter"),
            Finish::Refusal if !refused => Self::Incomplete("content_filter"),
            Finish::Refusal | Finish::Stop | Finish::ToolCalls | Finish::Pause => Self::Completed,
        }
    }

    /// The status of the response, and of an item that ended with it.
    pub const fn status(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
        }
    }
}

/// Reads it off a response. `calls`: there is a tool call in it.
pub fn read(response: &mut Fields<'_>, calls: bool) -> Finish {
    let incomplete = response.take_string("status").as_deref() == Some("incomplete");
    let reason = response.take_fields("incomplete_details").and_then(|mut it| it.take_string("reason"));
    match (incomplete, reason.as_deref()) {
        (_, Some("content_filter")) => Finish::ContentFilter,
        (_, Some("max_output_tokens")) | (true, _) => Finish::Length,
        _ if calls => Finish::ToolCalls,
        _ => Finish::Stop,
    }
}
